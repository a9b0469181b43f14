"""What is kept for some days only: uploads of visitors without an account, with all made from them, and print files."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from webapp.models import Job, Photo
from webapp.services import remove_photo, remove_print_file
from webapp.services.training_images import remove_intake

logger = logging.getLogger(__name__)


def expire_photos() -> int:
    """Remove what is past its time; returns how many photos. One that fails is tried again next time."""
    return sum(_removed(remove_photo, photo) for photo in Photo.objects.expired())


def expire_print_files() -> int:
    """Remove print files past their time; returns how many. Their print can make them again."""
    made_before = timezone.now() - timedelta(days=settings.AIFASHION_ANONYMOUS_DAYS)
    old = Job.objects.filter(kind=Job.Kind.PRINT, finished_at__lt=made_before)
    return sum(_removed(remove_print_file, job) for job in old)


def expire_intakes() -> int:
    """Remove reports of uploads of training images past their time, and zips whose look failed; returns how many."""
    made_before = timezone.now() - timedelta(days=settings.AIFASHION_ANONYMOUS_DAYS)
    old = Job.objects.filter(kind=Job.Kind.INTAKE, finished_at__lt=made_before)
    return sum(_removed(remove_intake, job) for job in old)


def _removed(remove: Callable[[Any], None], row: Photo | Job) -> bool:
    try:
        remove(row)
    except Exception:
        logger.exception("%s %s could not be removed", type(row).__name__, row.pk)
        return False
    return True
