"""Prints."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from webapp import selectors, services
from webapp.api.openapi import PICTURES, extra, starts
from webapp.api.requests import PageIn, narrowed, owner_of, page_of
from webapp.api.rows import pattern_out
from webapp.api.schemas.patterns import (
    GenerateIn,
    MarksIn,
    MixIn,
    NewPatterns,
    PatternList,
    PatternOut,
    PatternsIn,
    PictureIn,
    RecolourIn,
    VaryIn,
)
from webapp.models import Job, Pattern
from webapp.selectors import listing
from webapp.views import downloads

router = Router(tags=["Patterns"])


@router.post("/patterns", response={202: NewPatterns}, openapi_extra=starts(404))
def generate_patterns(request: HttpRequest, asked: GenerateIn) -> Any:
    """Draw new prints of a category. They are drawn one after the other; ask for each until it is ready."""
    category = selectors.get_category(slug=asked.category)
    jobs = services.generate_patterns(owner=owner_of(request), category=category, count=asked.count, seed=asked.seed)
    return _new(request, jobs)


@router.get("/patterns", response=PatternList)
def list_patterns(request: HttpRequest, asked: Query[PatternsIn], page: Query[PageIn]) -> Any:
    """Your prints, newest first, also those that are still being drawn."""
    rows = narrowed(request, listing.patterns_of(owner=owner_of(request)), asked)
    if asked.category:
        rows = rows.filter(version__category__slug=asked.category)
    return page_of(rows, page, lambda row: pattern_out(request, row))


@router.get("/patterns/{uuid:pattern}", response=PatternOut, openapi_extra=extra(404))
def get_pattern(request: HttpRequest, pattern: uuid.UUID) -> Any:
    """One print."""
    return pattern_out(request, _pattern(request, pattern))


@router.patch("/patterns/{uuid:pattern}", response=PatternOut, openapi_extra=extra(404))
def mark_pattern(request: HttpRequest, pattern: uuid.UUID, asked: MarksIn) -> Any:
    """Mark a print as a favourite, or hide it."""
    row = _pattern(request, pattern)
    services.mark(owner=owner_of(request), rows=[row], favourite=asked.favourite, hidden=asked.hidden)
    return pattern_out(request, row)


@router.delete("/patterns/{uuid:pattern}", response={204: None}, openapi_extra=extra(404))
def delete_pattern(request: HttpRequest, pattern: uuid.UUID) -> Any:
    """Delete a print and its files for good. Designs made with it keep their picture."""
    services.delete_pattern(owner=owner_of(request), pattern=_pattern(request, pattern))


@router.post("/patterns/{uuid:pattern}/variations", response={202: NewPatterns}, openapi_extra=starts(404))
def vary_pattern(request: HttpRequest, pattern: uuid.UUID, asked: VaryIn) -> Any:
    """Draw prints like this one."""
    row = _pattern(request, pattern)
    jobs = services.vary_pattern(owner=owner_of(request), pattern=row, count=asked.count, share=asked.share)
    return _new(request, jobs)


@router.post("/patterns/{uuid:pattern}/mix", response={202: PatternOut}, openapi_extra=starts(404))
def mix_patterns(request: HttpRequest, pattern: uuid.UUID, asked: MixIn) -> Any:
    """Draw a print between this one and another."""
    row, other = _pattern(request, pattern), _pattern(request, asked.other)
    job = services.mix_patterns(owner=owner_of(request), pattern=row, other=other, share=asked.share)
    return pattern_out(request, _pattern(request, job.pattern_id))


@router.post("/patterns/{uuid:pattern}/recolour", response={202: PatternOut}, openapi_extra=starts(404))
def recolour_pattern(request: HttpRequest, pattern: uuid.UUID, asked: RecolourIn) -> Any:
    """Draw the same print in other colours."""
    row = _pattern(request, pattern)
    job = services.recolour_pattern(owner=owner_of(request), pattern=row, palette=asked.palette)
    return pattern_out(request, _pattern(request, job.pattern_id))


@router.get("/patterns/{uuid:pattern}/image", openapi_extra=extra(404, 409, 503, sends=PICTURES))
def download_pattern(request: HttpRequest, pattern: uuid.UUID, asked: Query[PictureIn]) -> HttpResponse:
    """The tile as a file."""
    return downloads.picture_response(_pattern(request, pattern), asked.format, asked.side)


def _pattern(request: HttpRequest, pk: uuid.UUID) -> Pattern:
    return listing.pick(listing.patterns_of(owner=owner_of(request)), pk)


def _new(request: HttpRequest, jobs: Sequence[Job]) -> dict[str, Any]:
    rows = listing.patterns_of(owner=owner_of(request)).filter(pk__in=[job.pattern_id for job in jobs])
    return {"items": [pattern_out(request, row) for row in listing.with_places(rows)]}
