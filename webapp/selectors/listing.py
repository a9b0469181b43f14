"""Rows of an owner in every state, newest first, each with what describes it: for lists that programs read.

A list asks as many queries as one row does: rows carry `.own_jobs`, the jobs that make them, newest first.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from webapp.errors import NotFound
from webapp.models import Design, Job, Pattern, Photo
from webapp.ownership import Owner
from webapp.selectors.line import places_in_line
from webapp.selectors.shares import live_shares

KINDS = (Job.Kind.GENERATE, Job.Kind.SEGMENT, Job.Kind.PREVIEW, Job.Kind.COMPOSE, Job.Kind.PRINT)
"""Jobs that people ask for; the others are the staff's."""


def pick(rows: QuerySet, pk: uuid.UUID) -> Any:
    """One of these rows. Raises NotFound, also for what belongs to someone else."""
    row = rows.filter(pk=pk).first()
    if row is None:
        raise NotFound(_("This %(thing)s does not exist, or was deleted.") % {"thing": rows.model._meta.verbose_name})
    return row


def pick_all(rows: QuerySet, pks: Iterable[uuid.UUID]) -> list[Any]:
    """These of these rows. Raises NotFound where one is missing."""
    wanted = set(pks)
    found = list(rows.filter(pk__in=wanted))
    if len(found) < len(wanted):
        raise NotFound(_("What was selected does not exist, or was deleted."))
    return found


def patterns_of(*, owner: Owner) -> QuerySet[Pattern]:
    rows = Pattern.objects.owned_by(owner).select_related("version__category")
    return rows.prefetch_related(_jobs(owner, Job.Kind.GENERATE)).order_by("-created_at", "seed", "pk")


def photos_of(*, owner: Owner) -> QuerySet[Photo]:
    """Their own, and the site's garments, which everybody may use."""
    rows = Photo.objects.filter(Q(pk__in=Photo.objects.owned_by(owner)) | ~Q(stock_slug=None))
    return rows.prefetch_related("garments", _jobs(owner, Job.Kind.SEGMENT)).order_by("-created_at", "pk")


def designs_of(*, owner: Owner) -> QuerySet[Design]:
    """Each also with its layers and its `.live_shares`."""
    rows = Design.objects.owned_by(owner).prefetch_related("layers", live_shares(), _jobs(owner, Job.Kind.COMPOSE))
    return rows.order_by("-created_at", "pk")


def jobs_of(*, owner: Owner) -> QuerySet[Job]:
    return Job.objects.owned_by(owner).filter(kind__in=KINDS).order_by("-queued_at", "pk")


def with_places(rows: Iterable[Any]) -> list[Any]:
    """These rows, the jobs that they are or carry with their `.place` in line, for as many queries as one costs."""
    rows = list(rows)
    jobs = [job for row in rows for job in ([row] if isinstance(row, Job) else getattr(row, "own_jobs", ()))]
    places = places_in_line(jobs)
    for job in jobs:
        job.place = places.get(job.pk, 0)
    return rows


def _jobs(owner: Owner, kind: str) -> Prefetch:
    jobs = Job.objects.owned_by(owner).filter(kind=kind).order_by("-queued_at")
    return Prefetch("jobs", jobs, to_attr="own_jobs")
