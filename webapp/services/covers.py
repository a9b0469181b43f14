"""Pictures that stand for a category: uploaded, or drawn from its active version."""

from __future__ import annotations

import hashlib
import io
from typing import Any

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from webapp import files, uploads
from webapp.errors import NotAllowed, NotReady, StorageUnavailable
from webapp.models import Category, Job
from webapp.models.versions import VECTOR_SIZE
from webapp.services.common import queue_job

COVER_SIDE = 400


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
    """Raises UploadRefused, Busy, OutOfMemory, StorageUnavailable."""
    set_cover(category=category, picture=uploads.clean_photo(file).data)


def draw_cover(*, user: Any, category: Category, seed: int) -> Job:
    """Queue a cover from a print of the active version.

    Raises NotReady, NotAllowed (its prints are too small), QueueUnavailable.
    """
    version = category.active_version
    if version is None:
        raise NotReady(_("%(category)s has no active version to draw a cover with.") % {"category": category})
    if version.draws_single_pictures:
        raise NotAllowed(
            _("%(version)s draws pictures of %(side)s pixels, and a cover has %(cover)s: upload one instead.")
            % {"version": version, "side": VECTOR_SIZE, "cover": COVER_SIDE}
        )
    return queue_job(user=user, kind=Job.Kind.COVER, params={"category": category.pk, "seed": seed})
