"""Jobs: the newest of each thing, and their place in line."""

from __future__ import annotations

from django.db.models import QuerySet

from webapp.models import Design, Job, Pattern, Photo


def job_of_pattern(pattern: Pattern) -> Job | None:
    return pattern.jobs.filter(kind=Job.Kind.GENERATE).order_by("-queued_at").first()


def print_jobs_of(pattern: Pattern) -> QuerySet[Job]:
    """Print files of a pattern, made or in the making, newest first."""
    return pattern.jobs.filter(kind=Job.Kind.PRINT).order_by("-queued_at")


def job_of_design(design: Design) -> Job | None:
    return design.jobs.order_by("-queued_at").first()


def segment_job_of(photo: Photo) -> Job | None:
    return photo.jobs.filter(kind=Job.Kind.SEGMENT).order_by("-queued_at").first()


def queue_position(*, job: Job) -> int:
    """1 for the job that is next, 0 for one that no longer waits. Asks no more of rows from `with_earlier()`."""
    if job.state != Job.State.QUEUED:
        return 0
    if not hasattr(job, "earlier"):
        job = Job.objects.with_earlier().get(pk=job.pk)
    return job.earlier + 1
