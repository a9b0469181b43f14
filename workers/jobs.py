"""The life of a job: claimed once, heard from while it runs, ended in exactly one way."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from webapp.errors import QueueUnavailable
from webapp.models import Job
from webapp.models.runs import note
from webapp.queue import TASKS, send_jobs, waiting_in
from workers.messages import message_for

logger = logging.getLogger(__name__)

PROGRESS_EVERY_S = 0.4
STOPPED_TOO_OFTEN = (
    "The worker stopped in the middle of this {attempts} times, perhaps for lack of memory. "
    "Try a smaller size, or try again later."
)


class JobCancelled(Exception):
    """The job is no longer this attempt's: cancelled, deleted, or taken over by another worker."""


def claim(job_id: str) -> Job | None:
    """Take a job that waits, or one whose worker fell silent. Of many who try at once one gets it."""
    token, now = uuid.uuid4(), timezone.now()
    silent = now - timedelta(seconds=settings.AIFASHION_JOB_LEASE_S)
    claimed = Job.objects.filter(
        Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, heartbeat_at__lt=silent), pk=job_id
    ).update(
        state=Job.State.RUNNING,
        attempt_token=token,
        attempts=F("attempts") + 1,
        heartbeat_at=now,
        started_at=now,
        progress=0,
        error="",
    )
    if not claimed:
        return None
    return Job.objects.select_related(
        "pattern__version__category", "photo", "design__photo", "run__category", "run__start_version__category"
    ).get(pk=job_id)


class Attempt:
    """One run of a claimed job. Every write asks whether the job is still this attempt's."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._written = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"heartbeat {job.pk}", daemon=True)

    def __enter__(self) -> Attempt:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        self._thread.join(timeout=5)

    def progress(self, share: float) -> None:
        """Report 0 to 1. Raises JobCancelled when nobody waits for this attempt any more."""
        if time.monotonic() - self._written < PROGRESS_EVERY_S:
            return
        self._written = time.monotonic()
        if not self._mine().update(progress=min(max(share, 0.0), 1.0), heartbeat_at=timezone.now()):
            raise JobCancelled

    def part(self, start: float, end: float) -> Callable[[float], None]:
        """A progress callback for a step that is a part of the whole."""
        return lambda share: self.progress(start + (end - start) * share)

    @transaction.atomic
    def succeed(self, store: Callable[[], None]) -> None:
        """End well, with the rows that `store` writes in the same transaction. Raises JobCancelled."""
        now = timezone.now()
        if not self._mine().update(state=Job.State.SUCCEEDED, progress=1, heartbeat_at=now, finished_at=now):
            raise JobCancelled
        store()

    def fail(self, message: str) -> None:
        self._mine().update(state=Job.State.FAILED, error=message, finished_at=timezone.now())

    def _mine(self) -> Any:
        return Job.objects.filter(pk=self.job.pk, state=Job.State.RUNNING, attempt_token=self.job.attempt_token)

    def _beat(self) -> None:
        """Say "alive" while the computation is busy; torch lets this thread run meanwhile."""
        try:
            while not self._stop.wait(settings.AIFASHION_JOB_LEASE_S / 4):
                try:
                    if not self._mine().update(heartbeat_at=timezone.now()):
                        return
                except Exception:
                    logger.exception("No heartbeat for job %s", self.job.pk)
                    connection.close()
        finally:
            connection.close()


def run_job(job_id: str, work: Callable[[Attempt], Callable[[], None]]) -> None:
    """Claim a job, do its work, and write down how it ended. `work` returns what to store in its last transaction."""
    job = claim(job_id)
    if job is None:
        logger.info("Job %s is gone, ended, or runs elsewhere: nothing to do.", job_id)
        return
    with Attempt(job) as attempt:
        try:
            attempt.succeed(work(attempt))
        except JobCancelled:
            logger.info("Job %s was cancelled or taken over.", job_id)
        except Exception as error:
            logger.exception("Job %s failed", job_id)
            attempt.fail(message_for(error))


def requeue_lost() -> int:
    """Queue again what lost its worker or its message; fail what has lost too many. Returns how many were queued."""
    now = timezone.now()
    silent = now - timedelta(seconds=settings.AIFASHION_JOB_LEASE_S)
    most = settings.AIFASHION_JOB_MAX_ATTEMPTS
    stale = Job.objects.filter(state=Job.State.RUNNING, heartbeat_at__lt=silent, kind__in=list(TASKS))
    stale.filter(attempts__gte=most).update(
        state=Job.State.FAILED, error=STOPPED_TOO_OFTEN.format(attempts=most), finished_at=now
    )
    lost = []
    for job in stale.filter(attempts__lt=most).select_related("run"):
        # Conditional on the heartbeat that was read: a worker that speaks again at this moment keeps its job.
        if Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, heartbeat_at=job.heartbeat_at).update(
            state=Job.State.QUEUED, attempt_token=None, progress=0
        ):
            lost.append(job)
            if job.run_id is not None:
                note(job.run, "Its worker vanished. It waits for another, and goes on from its last checkpoint.")
    try:
        lost += _without_message(now, silent, {job.pk for job in lost})
        send_jobs(lost)
    except QueueUnavailable:
        logger.warning("The broker is not reachable: lost jobs are queued at the next try.")
        return 0
    return len(lost)


def _without_message(now: Any, silent: Any, known: set[uuid.UUID]) -> list[Job]:
    """Jobs that wait while no message does. A message too many is harmless: only one claim succeeds."""
    long_ago = now - 20 * timedelta(seconds=settings.AIFASHION_JOB_LEASE_S)
    found: list[Job] = []
    for kind, (_, queue) in TASKS.items():
        waiting = Job.objects.filter(kind=kind, state=Job.State.QUEUED, sent_at__lt=silent).exclude(pk__in=known)
        if waiting.exists():
            empty = waiting_in(queue) == 0
            found += waiting if empty else waiting.filter(sent_at__lt=long_ago)
    return found
