"""Uploads of visitors without an account are kept for some days, then removed with all that was made from them."""

from __future__ import annotations

import logging

from webapp.models import Photo
from webapp.services import remove_photo

logger = logging.getLogger(__name__)


def expire_photos() -> int:
    """Remove what is past its time; returns how many photos. One that fails is tried again next time."""
    removed = 0
    for photo in Photo.objects.expired():
        try:
            remove_photo(photo)
            removed += 1
        except Exception:
            logger.exception("Photo %s could not be removed", photo.pk)
    return removed
