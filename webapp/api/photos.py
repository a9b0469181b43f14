"""Photos, the garments found on them, and the brush that corrects their masks."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import File, Form, Query, Router, UploadedFile

from webapp import exports, services
from webapp.api.openapi import extra, starts
from webapp.api.requests import PageIn, owner_of, page_of
from webapp.api.rows import garment_out, job_out, photo_out
from webapp.api.schemas.jobs import JobOut
from webapp.api.schemas.photos import CorrectionIn, GarmentList, PhotoList, PhotoOut, PhotosIn, UndoIn
from webapp.models import Garment, Photo
from webapp.selectors import listing
from webapp.views import downloads

router = Router(tags=["Photos"])


@router.post("/photos", response={201: PhotoOut}, openapi_extra=starts(413))
def upload_photo(
    request: HttpRequest,
    photo: Annotated[UploadedFile, File(description="JPEG, PNG, WebP or HEIC.")],
    segment: Annotated[bool, Form(description="Whether to look for garments at once.")] = True,
) -> Any:
    """Upload a photo of a garment, and look for what is worn on it. Where and with what it was taken is not kept."""
    owner = owner_of(request)
    add = services.add_photo if segment else services.upload_photo
    return photo_out(request, _photo(request, add(owner=owner, file=photo).pk))


@router.get("/photos", response=PhotoList)
def list_photos(request: HttpRequest, asked: Query[PhotosIn], page: Query[PageIn]) -> Any:
    """Your photos, newest first, or the site's own garments."""
    rows = listing.photos_of(owner=owner_of(request)).filter(stock_slug__isnull=not asked.stock)
    return page_of(rows, page, lambda row: photo_out(request, row))


@router.get("/photos/{uuid:photo}", response=PhotoOut, openapi_extra=extra(404))
def get_photo(request: HttpRequest, photo: uuid.UUID) -> Any:
    """One photo with its garments."""
    return photo_out(request, _photo(request, photo))


@router.delete("/photos/{uuid:photo}", response={204: None}, openapi_extra=extra(404))
def delete_photo(request: HttpRequest, photo: uuid.UUID) -> Any:
    """Delete a photo with its masks and every design made on it, files too."""
    services.delete_photo(owner=owner_of(request), photo=_photo(request, photo))


@router.post("/photos/{uuid:photo}/segment", response={202: JobOut}, openapi_extra=starts(404))
def segment_photo(request: HttpRequest, photo: uuid.UUID) -> Any:
    """Look for garments. Asking twice looks once: the answer is the job that waits, runs or is done."""
    return job_out(services.segment_photo(owner=owner_of(request), photo=_photo(request, photo)))


@router.get("/photos/{uuid:photo}/image", openapi_extra=extra(404, 503, sends=("image/jpeg", "image/png")))
def download_photo(request: HttpRequest, photo: uuid.UUID) -> HttpResponse:
    """The photo as it is kept: upright, without metadata."""
    return downloads.photo_response(_photo(request, photo))


@router.get("/photos/{uuid:photo}/mask", openapi_extra=extra(404, 409, 503, sends=("image/png",)))
def download_photo_mask(request: HttpRequest, photo: uuid.UUID) -> HttpResponse:
    """The mask of all clothing: white where there is cloth, grey at its edge."""
    row = _photo(request, photo)
    if not row.clothing_mask_key:
        raise services.NotReady(_("The clothes on this photo have not been found yet. Wait for that to finish."))
    return _mask(row.clothing_mask_key, row, "clothing")


@router.get("/photos/{uuid:photo}/garments", response=GarmentList, openapi_extra=extra(404))
def list_garments(request: HttpRequest, photo: uuid.UUID) -> Any:
    """The garments of a photo, the largest first."""
    return {"items": [garment_out(request, garment) for garment in _photo(request, photo).garments.all()]}


@router.get("/photos/{uuid:photo}/garments/{uuid:garment}/mask", openapi_extra=extra(404, 503, sends=("image/png",)))
def download_garment_mask(request: HttpRequest, photo: uuid.UUID, garment: uuid.UUID) -> HttpResponse:
    """The mask of one garment."""
    row = _photo(request, photo)
    found = _garment(row, garment)
    return _mask(found.mask_key, row, found.label)


@router.post("/photos/{uuid:photo}/corrections", response={202: JobOut}, openapi_extra=starts(404, 409))
def correct_garment(request: HttpRequest, photo: uuid.UUID, asked: CorrectionIn) -> Any:
    """Add to a mask with a brush, or erase from it."""
    row = _photo(request, photo)
    target = asked.garment if isinstance(asked.garment, str) else _garment(row, asked.garment)
    strokes = [stroke.model_dump() for stroke in asked.strokes]
    job = services.correct_garment(
        owner=owner_of(request), photo=row, target=target, strokes=strokes, label=asked.label
    )
    return job_out(job)


@router.post("/photos/{uuid:photo}/corrections/undo", response={202: JobOut}, openapi_extra=starts(404, 409))
def undo_correction(request: HttpRequest, photo: uuid.UUID, asked: UndoIn) -> Any:
    """Take back the last correction of a garment, or of all clothing."""
    row = _photo(request, photo)
    target = asked.garment if isinstance(asked.garment, str) else _garment(row, asked.garment)
    return job_out(services.undo_correction(owner=owner_of(request), photo=row, target=target))


def _photo(request: HttpRequest, pk: uuid.UUID) -> Photo:
    return listing.pick(listing.photos_of(owner=owner_of(request)), pk)


def _garment(photo: Photo, pk: uuid.UUID) -> Garment:
    return listing.pick(photo.garments.all(), pk)


def _mask(key: str, photo: Photo, label: str) -> HttpResponse:
    return downloads.stored_response(key, f"{exports.name_of(photo)}-{label}", _("This mask is gone. Segment again."))
