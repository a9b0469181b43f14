"""The life of a job: claimed once, heard from while it runs, ended in exactly one way."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from webapp.errors import QueueUnavailable
from webapp.models import Job
from webapp.models.runs import note
from webapp.queue import QUEUES, kinds_in, send_ticket, waiting_in
from webapp.selectors.line import next_in_line
from workers.messages import message_for

logger = logging.getLogger(__name__)

PROGRESS_EVERY_S = 0.4
STOPPED_TOO_OFTEN = (
    "The worker stopped in the middle of this {attempts} times, perhaps for lack of memory. "
    "Try a smaller size, or try again later."
)


class JobCancelled(Exception):
    """The job is no longer this attempt's: cancelled, deleted, or taken over by another worker."""


def claim_next(queue: str) -> Job | None:
    """Take the job that is next in a queue's line (webapp.selectors.line); None when none waits.

    Workers who choose the same job at once are told apart by `claim`, and those who did not get it choose again from
    the line as it is then. So no lock is held while one chooses, on any database, and the order is kept: passing over
    locked rows (SKIP LOCKED) would give a second job to an owner whose first is just being taken. Each round is
    somebody's success or a deletion, so it ends.
    """
    while (chosen := next_in_line(queue)) is not None:
        if (job := claim(chosen)) is not None:
            return job
    return None


def claim(job_id: uuid.UUID | str) -> Job | None:
    """Take a job that waits. Of many who try at once one gets it, and nobody a job that is deleted meanwhile."""
    now = timezone.now()
    claimed = Job.objects.filter(pk=job_id, state=Job.State.QUEUED).update(
        state=Job.State.RUNNING,
        attempt_token=uuid.uuid4(),
        attempts=F("attempts") + 1,
        heartbeat_at=now,
        started_at=now,
        progress=0,
        error="",
    )
    if not claimed:
        return None
    found = Job.objects.select_related(
        "pattern__version__category", "photo", "design__photo", "run__category", "run__start_version__category"
    )
    return found.filter(pk=job_id).first()


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


def run_job(job: Job, work: Callable[[Attempt], Callable[[], None]]) -> Exception | None:
    """Do the work of a claimed job, and write down how it ended. Returns the error with which it failed.

    `work` returns what to store in its last transaction.
    """
    with Attempt(job) as attempt:
        try:
            attempt.succeed(work(attempt))
        except JobCancelled:
            logger.info("Job %s was cancelled or taken over.", job.pk)
        except Exception as error:
            logger.exception("Job %s failed", job.pk)
            attempt.fail(message_for(error))
            return error
    return None


def requeue_lost() -> int:
    """Put jobs back in line that lost their worker; fail what has lost too many. Returns how many wait again.

    Their tickets went with the workers: `replace_tickets` gives them new ones.
    """
    silent = _silent()
    most = settings.AIFASHION_JOB_MAX_ATTEMPTS
    stale = Job.objects.filter(state=Job.State.RUNNING, heartbeat_at__lt=silent, kind__in=list(QUEUES))
    stale.filter(attempts__gte=most).update(
        state=Job.State.FAILED, error=STOPPED_TOO_OFTEN.format(attempts=most), finished_at=timezone.now()
    )
    count = 0
    for job in stale.filter(attempts__lt=most).select_related("run"):
        # Conditional on the heartbeat that was read: a worker that speaks again at this moment keeps its job.
        if Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, heartbeat_at=job.heartbeat_at).update(
            state=Job.State.QUEUED, attempt_token=None, progress=0
        ):
            count += 1
            if job.run_id is not None:
                note(job.run, "Its worker vanished. It waits for another, and goes on from its last checkpoint.")
    return count


def replace_tickets() -> int:
    """Send tickets where fewer wait than jobs: the broker forgot some, or they went with a worker. Returns how many.

    Jobs that were just sent are left out, for their tickets may be on the way. So a job without a ticket waits a lease
    longer than with one at the most, and two workers who look at once send a ticket too many at the worst.
    """
    count = 0
    for queue in dict.fromkeys(QUEUES.values()):
        waiting = Job.objects.filter(kind__in=kinds_in(queue), state=Job.State.QUEUED, sent_at__lt=_silent())
        if not waiting.exists():
            continue
        try:
            tickets = waiting_in(queue)
            jobs = list(waiting.values_list("pk", flat=True))
            for _ in range(len(jobs) - tickets):
                send_ticket(queue)
                count += 1
        except QueueUnavailable:
            logger.warning("The broker is not reachable: jobs without a ticket get theirs at the next try.")
            return count
        if len(jobs) > tickets:
            Job.objects.filter(pk__in=jobs).update(sent_at=timezone.now())
    return count


def _silent() -> datetime:
    """A worker that was last heard from before this is lost."""
    return timezone.now() - timedelta(seconds=settings.AIFASHION_JOB_LEASE_S)
