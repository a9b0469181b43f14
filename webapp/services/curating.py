"""What staff do with categories' covers and with the networks that find garments."""

from __future__ import annotations

import hashlib
import io
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from webapp import files, uploads
from webapp.errors import BadRequest, NotReady, StorageUnavailable
from webapp.models import Category, Job, Photo, SegmentationModel
from webapp.services.common import saved, send_or_delete

COVER_SIDE = 400
MOST_COMPARED = 6


def set_cover(*, category: Category, picture: bytes) -> None:
    """Keep the square in the middle of a picture as the cover, instead of what was. Raises StorageUnavailable."""
    with Image.open(io.BytesIO(picture)) as opened:
        square = ImageOps.fit(opened.convert("RGB"), (COVER_SIDE, COVER_SIDE), Image.Resampling.LANCZOS)
    data = uploads.preview_of(square, COVER_SIDE)
    before, key = category.cover_key, f"covers/{category.pk}-{hashlib.sha256(data).hexdigest()[:16]}.webp"
    try:
        files.store_bytes(key, data)
        Category.objects.filter(pk=category.pk).update(cover_key=key)
        if before != key:
            files.delete_keys(before)
    except files.STORAGE_ERRORS as error:
        raise StorageUnavailable from error
    category.cover_key = key


def upload_cover(*, category: Category, file: Any) -> None:
    """Raises UploadRefused, StorageUnavailable."""
    set_cover(category=category, picture=uploads.clean_photo(file).data)


def draw_cover(*, user: Any, category: Category, seed: int) -> Job:
    """Queue a cover from a print of the active version. Raises NotReady, QueueUnavailable."""
    if category.active_version is None:
        raise NotReady(_("%(category)s has no active version to draw a cover with.") % {"category": category})
    job = saved(Job(user=user, kind=Job.Kind.COVER, params={"category": category.pk, "seed": seed}))
    send_or_delete(job, job)
    return job


@transaction.atomic
def activate_segmenter(*, model: SegmentationModel) -> None:
    """Let workers find garments with this network from their next photo on. Raises NotReady."""
    if not model.is_available:
        raise NotReady(_("%(model)s is not here yet: fetch it first.") % {"model": model})
    SegmentationModel.objects.filter(is_active=True).update(is_active=False)
    SegmentationModel.objects.filter(pk=model.pk).update(is_active=True, changed_at=timezone.now())


def fetch_segmenter(*, user: Any, model: SegmentationModel) -> Job:
    """Queue the fetching of a published network. Raises QueueUnavailable."""
    job = saved(Job(user=user, kind=Job.Kind.FETCH, params={"model": model.name}))
    send_or_delete(job, job)
    return job


def compare_segmenters(*, user: Any, models: list[SegmentationModel], photos: list[Photo]) -> Job:
    """Queue overlays of what each network finds on each photo. Raises BadRequest, QueueUnavailable."""
    ready = [model.name for model in models if model.is_available]
    if not ready or not 1 <= len(photos) <= MOST_COMPARED:
        raise BadRequest(
            _("Choose a network that is here, and 1 to %(most)d photos: your own and our drawings can be compared.")
            % {"most": MOST_COMPARED}
        )
    params = {"models": ready, "photos": [str(photo.pk) for photo in photos]}
    job = saved(Job(user=user, kind=Job.Kind.COMPARE, params=params))
    send_or_delete(job, job)
    return job


def overlay_key(job: Job, photo: str, model: str) -> str:
    return f"comparisons/{job.pk}/{photo}-{model}.webp"
