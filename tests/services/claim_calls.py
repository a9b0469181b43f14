"""What the PostgreSQL tests ask of a site, as functions that run in its own Django process (servers.Site.call)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tests import factories, servers, site_calls
from tests.site_calls import OWNER
from webapp import services
from webapp.models import Design, Job, Photo
from workers import jobs


def claim(job_id: str) -> bool:
    return jobs.claim(job_id) is not None


def claim_and_wait_to_commit(job_id: str, go_on: str) -> bool:
    with held_open(go_on):
        return claim(job_id)


def ask_for_twelve() -> str:
    """Why they are refused; empty where they are not."""
    try:
        site_calls.generate(count=12)
    except services.TooManyJobs as error:
        return error.message
    return ""


def ask_and_wait_to_commit(go_on: str) -> str:
    with held_open(go_on):
        return ask_for_twelve()


@contextmanager
def held_open(go_on: str) -> Iterator[None]:
    """A transaction that stays open at its end until the file `go_on` appears; says so with a file beside it."""
    with transaction.atomic():
        yield
        Path(go_on).with_suffix(".done").touch()
        servers.until(Path(go_on).exists, seconds=60, what="leave to commit")


def claim_line() -> list[str]:
    """Claim from the line of prints until nobody stands in it."""
    return [str(job.pk) for job in iter(lambda: jobs.claim_next("generate"), None)]


def fall_silent(job_ids: list[str]) -> None:
    long_ago = timezone.now() - timedelta(seconds=2 * settings.AIFASHION_JOB_LEASE_S)
    Job.objects.filter(pk__in=job_ids).update(heartbeat_at=long_ago)


def requeue_lost() -> int:
    return jobs.requeue_lost()


def upload() -> str:
    return str(factories.photo(OWNER).pk)


def design() -> str:
    return str(factories.design(OWNER).pk)


def share_and_wait_to_commit(design_id: str, go_on: str) -> str:
    with held_open(go_on):
        return share(design_id)


def share(design_id: str) -> str:
    return services.share_design(owner=OWNER, design=Design.objects.get(pk=design_id)).token


def segment_all(photo_ids: list[str]) -> list[str]:
    return [str(services.segment_photo(owner=OWNER, photo=Photo.objects.get(pk=photo_id)).pk) for photo_id in photo_ids]
