"""Collections of prints and designs, and many things at once in one zip."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from webapp import selectors, services
from webapp.api.openapi import PICTURES, extra
from webapp.api.requests import PageIn, owner_of, page_of
from webapp.api.schemas.collections import CollectionIn, CollectionList, CollectionOut, DownloadIn, KeptIn
from webapp.models import Collection, Design, Job, Pattern, Photo
from webapp.selectors import listing
from webapp.views import downloads

router = Router(tags=["Collections"])


@router.post("/collections", response={201: CollectionOut})
def create_collection(request: HttpRequest, asked: CollectionIn) -> Any:
    """Make an empty collection."""
    made = services.create_collection(owner=owner_of(request), name=asked.name)
    return _described(_collection(request, made.pk))


@router.get("/collections", response=CollectionList)
def list_collections(request: HttpRequest, page: Query[PageIn]) -> Any:
    """Your collections by name. To see what is in one, list the patterns or the designs of it."""
    return page_of(selectors.collections_of(owner=owner_of(request)), page, _described)


@router.get("/collections/{uuid:collection}", response=CollectionOut, openapi_extra=extra(404))
def get_collection(request: HttpRequest, collection: uuid.UUID) -> Any:
    """One collection."""
    return _described(_collection(request, collection))


@router.patch("/collections/{uuid:collection}", response=CollectionOut, openapi_extra=extra(404))
def rename_collection(request: HttpRequest, collection: uuid.UUID, asked: CollectionIn) -> Any:
    """Give a collection another name."""
    row = _collection(request, collection)
    services.rename_collection(owner=owner_of(request), collection=row, name=asked.name)
    return _described(row)


@router.delete("/collections/{uuid:collection}", response={204: None}, openapi_extra=extra(404))
def delete_collection(request: HttpRequest, collection: uuid.UUID) -> Any:
    """Delete a collection. What is in it stays."""
    services.delete_collection(owner=owner_of(request), collection=_collection(request, collection))


@router.post("/collections/{uuid:collection}/add", response=CollectionOut, openapi_extra=extra(404))
def add_to_collection(request: HttpRequest, collection: uuid.UUID, asked: KeptIn) -> Any:
    """Put prints and designs in."""
    rows = _kept(request, asked)
    services.add_to_collection(owner=owner_of(request), collection=_collection(request, collection), rows=rows)
    return _described(_collection(request, collection))


@router.post("/collections/{uuid:collection}/remove", response=CollectionOut, openapi_extra=extra(404))
def remove_from_collection(request: HttpRequest, collection: uuid.UUID, asked: KeptIn) -> Any:
    """Take prints and designs out. They stay in the history."""
    rows = _kept(request, asked)
    services.remove_from_collection(owner=owner_of(request), collection=_collection(request, collection), rows=rows)
    return _described(_collection(request, collection))


@router.post("/downloads", openapi_extra=extra(404, 409, 503, sends=("application/zip", *PICTURES)))
def download_several(request: HttpRequest, asked: DownloadIn) -> HttpResponse:
    """Several things in one zip, with a file that tells how each was made; a single thing as its own file."""
    kinds = {Pattern: asked.patterns, Design: asked.designs, Photo: asked.photos, Job: asked.print_files}
    rows = selectors.selected_of(owner=owner_of(request), asked={kind: map(str, ids) for kind, ids in kinds.items()})
    return downloads.several_response(rows, asked.format, asked.side)


def _collection(request: HttpRequest, pk: uuid.UUID) -> Collection:
    return listing.pick(selectors.collections_of(owner=owner_of(request)), pk)


def _kept(request: HttpRequest, asked: KeptIn) -> list[Pattern | Design]:
    """Raises NotFound where one of them is not there."""
    owner = owner_of(request)
    patterns = listing.pick_all(Pattern.objects.owned_by(owner), asked.patterns)
    return patterns + listing.pick_all(Design.objects.owned_by(owner), asked.designs)


def _described(row: Collection) -> dict[str, Any]:
    return {"id": row.pk, "name": row.name, "patterns": row.prints, "designs": row.made, "created_at": row.created_at}
