"""Jobs: the newest of each thing, and their place in line."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db.models import QuerySet

from webapp.models import Design, Job, Pattern, Photo
from webapp.selectors.line import places_in_line


def jobs_of_patterns(patterns: Iterable[Pattern]) -> dict[uuid.UUID, Job]:
    """The newest job that draws each of these prints, by the print's key."""
    keys = [pattern.pk for pattern in patterns]
    jobs = Job.objects.filter(pattern__in=keys, kind=Job.Kind.GENERATE).order_by("queued_at") if keys else ()
    return {job.pattern_id: job for job in jobs}


def print_jobs_of(pattern: Pattern) -> QuerySet[Job]:
    """Print files of a pattern, made or in the making, newest first."""
    return pattern.jobs.filter(kind=Job.Kind.PRINT).order_by("-queued_at")


def job_of_design(design: Design) -> Job | None:
    return design.jobs.order_by("-queued_at").first()


def segment_job_of(photo: Photo) -> Job | None:
    return photo.jobs.filter(kind=Job.Kind.SEGMENT).order_by("-queued_at").first()


def queue_position(*, job: Job) -> int:
    """1 for the job that is next, 0 for one that no longer waits. For several jobs: `places_in_line`."""
    return places_in_line([job]).get(job.pk, 0)
