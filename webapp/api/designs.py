"""Designs: prints laid on the garments of a photo."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router

from webapp import selectors, services
from webapp.api.openapi import PICTURES, extra, starts
from webapp.api.requests import PageIn, narrowed, owner_of, page_of
from webapp.api.rows import design_out, share_out
from webapp.api.schemas.base import NarrowIn
from webapp.api.schemas.designs import DesignIn, DesignList, DesignOut, LayerIn, ShareOut
from webapp.api.schemas.patterns import MarksIn, PictureIn
from webapp.models import REPEAT_CM, Design, Pattern, Photo
from webapp.selectors import listing
from webapp.views import downloads

router = Router(tags=["Designs"])


@router.post("/designs", response={202: DesignOut}, openapi_extra=starts(404, 409))
def create_design(request: HttpRequest, asked: DesignIn) -> Any:
    """Lay prints on the garments of a photo, in its full resolution."""
    owner = owner_of(request)
    photo = selectors.get_photo(owner=owner, pk=asked.photo)
    layers = [_layer(request, photo, layer) for layer in asked.layers]
    job = services.create_design(owner=owner, photo=photo, layers=layers)
    return design_out(request, _design(request, job.design_id))


@router.get("/designs", response=DesignList)
def list_designs(request: HttpRequest, asked: Query[NarrowIn], page: Query[PageIn]) -> Any:
    """Your designs, newest first, also those that are still being made."""
    rows = narrowed(request, listing.designs_of(owner=owner_of(request)), asked)
    return page_of(rows, page, lambda row: design_out(request, row))


@router.get("/designs/{uuid:design}", response=DesignOut, openapi_extra=extra(404))
def get_design(request: HttpRequest, design: uuid.UUID) -> Any:
    """One design with what was asked for, layer by layer."""
    return design_out(request, _design(request, design))


@router.patch("/designs/{uuid:design}", response=DesignOut, openapi_extra=extra(404))
def mark_design(request: HttpRequest, design: uuid.UUID, asked: MarksIn) -> Any:
    """Mark a design as a favourite, or hide it."""
    row = _design(request, design)
    services.mark(owner=owner_of(request), rows=[row], favourite=asked.favourite, hidden=asked.hidden)
    return design_out(request, row)


@router.delete("/designs/{uuid:design}", response={204: None}, openapi_extra=extra(404))
def delete_design(request: HttpRequest, design: uuid.UUID) -> Any:
    """Delete a design and its files for good. Links to it show nothing any more."""
    services.delete_design(owner=owner_of(request), design=_design(request, design))


@router.get("/designs/{uuid:design}/image", openapi_extra=extra(404, 409, 503, sends=PICTURES))
def download_design(request: HttpRequest, design: uuid.UUID, asked: Query[PictureIn]) -> HttpResponse:
    """The picture as a file."""
    return downloads.picture_response(_design(request, design), asked.format, asked.side)


@router.post("/designs/{uuid:design}/share", response={200: ShareOut}, openapi_extra=extra(404, 409))
def share_design(request: HttpRequest, design: uuid.UUID) -> Any:
    """A link that shows the design to whoever has it. Asking twice gives the same link."""
    return share_out(request, services.share_design(owner=owner_of(request), design=_design(request, design)))


@router.delete("/designs/{uuid:design}/share", response={204: None}, openapi_extra=extra(404))
def revoke_share(request: HttpRequest, design: uuid.UUID) -> Any:
    """Revoke the link: it shows nothing from now on."""
    shares = _design(request, design).live_shares
    if not shares:
        raise services.NotFound(_("This design has no link."))
    for share in shares:
        services.revoke_share(owner=owner_of(request), share=share)


def _design(request: HttpRequest, pk: uuid.UUID) -> Design:
    return listing.pick(listing.designs_of(owner=owner_of(request)), pk)


def _layer(request: HttpRequest, photo: Photo, asked: LayerIn) -> services.LayerInput:
    pattern = selectors.get_owned(Pattern, owner=owner_of(request), pk=asked.pattern)
    return services.LayerInput(
        pattern=pattern,
        garment=listing.pick(photo.garments.all(), asked.garment) if asked.garment else None,
        scale=(asked.repeat_cm or pattern.first_repeat_cm) / REPEAT_CM,
        rotation=asked.rotation,
        offset_x=asked.offset_x,
        offset_y=asked.offset_y,
    )
