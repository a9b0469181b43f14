"""What is kept for some days only: what visitors without an account uploaded and made, and everybody's print files.

What such a visitor marked as a favourite, put in a collection or shared is kept for as long as their session lives:
until then they can come back to it. Photos and what was made on them go after the days whatever is marked.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Q, QuerySet
from django.utils import timezone

from webapp.models import Collection, Design, Job, Owned, Pattern, Photo
from webapp.ownership import visitor_in
from webapp.services import delete_design, delete_pattern, remove_photo, remove_print_file
from webapp.services.blocks import owner_of_row
from webapp.services.training_images import remove_intake

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 1000
"""Prints and designs that one run removes: more would keep designers' jobs waiting. The next run takes the rest."""


def expire_all() -> dict[str, int]:
    """Remove everything that is past its time; says how many of what."""
    return {
        "photos": expire_photos(),
        "prints, designs and collections": expire_made(),
        "print files": expire_print_files(),
        "reports": expire_intakes(),
        "sessions": expire_sessions(),
    }


def expire_photos() -> int:
    """Remove what is past its time; returns how many photos. One that fails is tried again next time."""
    return sum(_removed(remove_photo, photo) for photo in Photo.objects.expired())


def expire_print_files() -> int:
    """Remove print files past their time; returns how many. Their print can make them again."""
    old = Job.objects.filter(kind=Job.Kind.PRINT, finished_at__lt=_made_before())
    return sum(_removed(remove_print_file, job) for job in old)


def expire_intakes() -> int:
    """Remove reports of uploads of training images past their time, and zips whose look failed; returns how many."""
    old = Job.objects.filter(kind=Job.Kind.INTAKE, finished_at__lt=_made_before())
    return sum(_removed(remove_intake, job) for job in old)


def expire_made() -> int:
    """Remove prints, designs and collections of visitors without an account past their time; returns how many.

    A print that a design still shows stays with it. A visitor whose session is over cannot reach anything any more:
    their marks count no longer.
    """
    living = living_visitors()
    designs = Q(is_favourite=True) | Q(collections__isnull=False) | Q(shares__isnull=False, shares__revoked_at=None)
    count = _expire(Design, lambda row: delete_design(owner=owner_of_row(row), design=row), designs, living)
    prints = Q(is_favourite=True) | Q(collections__isnull=False)
    count += _expire(Pattern, lambda row: delete_pattern(owner=owner_of_row(row), pattern=row), prints, living)
    of_gone = (row for row in _old(Collection) if row.visitor not in living)
    return count + sum(_removed(Collection.delete, row) for row in islice(of_gone, MOST_AT_ONCE))


def living_visitors() -> set[uuid.UUID]:
    """The ids of visitors whose browser still has a session."""
    sessions = Session.objects.filter(expire_date__gt=timezone.now()).only("session_data")
    return {visitor for row in sessions.iterator() if (visitor := visitor_in(row.get_decoded())) is not None}


def expire_sessions() -> int:
    """Drop sessions that are over; returns how many."""
    return Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]


def _expire(model: type[Owned], remove: Callable[[Any], None], marked: Q, living: set[uuid.UUID]) -> int:
    old = _old(model)
    if model is Pattern:
        old = old.filter(layers=None)
    kept = set(old.filter(marked).values_list("pk", flat=True))
    gone = (row for row in old.iterator() if row.pk not in kept or row.visitor not in living)
    return sum(_removed(remove, row) for row in islice(gone, MOST_AT_ONCE))


def _old(model: type[Owned]) -> QuerySet:
    """Rows of visitors past their time, the oldest first."""
    return model.objects.filter(user=None, created_at__lt=_made_before()).exclude(visitor=None).order_by("created_at")


def _made_before() -> datetime:
    return timezone.now() - timedelta(days=settings.AIFASHION_ANONYMOUS_DAYS)


def _removed(remove: Callable[[Any], Any], row: Photo | Job | Owned) -> bool:
    try:
        remove(row)
    except Exception:
        logger.exception("%s %s could not be removed", type(row).__name__, row.pk)
        return False
    return True
