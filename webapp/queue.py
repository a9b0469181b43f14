"""Calling the workers, by the name of a task: the site never imports what computes."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone
from kombu.exceptions import OperationalError

from aifashion.celery import app
from webapp.errors import QueueUnavailable
from webapp.models import Job

QUEUES = {
    Job.Kind.GENERATE: "generate",
    Job.Kind.PRINT: "generate",
    Job.Kind.SEGMENT: "segment",
    Job.Kind.PREVIEW: "segment",
    Job.Kind.COMPOSE: "compose",
    Job.Kind.INTAKE: "intake",
    Job.Kind.COVER: "generate",
    Job.Kind.COMPARE: "segment",
    Job.Kind.FETCH: "segment",
    Job.Kind.TRAIN: "train",
    Job.Kind.TRIAL: "train",
    Job.Kind.VERSUS: "generate",
    Job.Kind.IMPORT: "generate",
}
"""The queue in which each kind of job waits. Designers' work is apart from the staff's of minutes (an intake of
thousands of images) and of hours (a training), so that none waits for another."""
TICKET = "workers.serve"
"""The task that the broker carries: a ticket, one free place of work in a queue. Its argument is the queue; which job
gets the place is decided when a worker takes the ticket (webapp.selectors.line), so the broker's order is nobody's
advantage. All tickets of a queue are alike: one too many finds nothing to do, and one that was lost is replaced
(workers.jobs.replace_tickets)."""


def kinds_in(queue: str) -> list[str]:
    return [kind for kind, its in QUEUES.items() if its == queue]


def send_jobs(jobs: Iterable[Job]) -> None:
    """Hand the broker a ticket for each job. Raises QueueUnavailable; then some may have been sent all the same."""
    jobs = list(jobs)
    for job in jobs:
        send_ticket(QUEUES[Job.Kind(job.kind)])
    Job.objects.filter(pk__in=[job.pk for job in jobs]).update(sent_at=timezone.now())


def send_ticket(queue: str) -> None:
    """Raises QueueUnavailable."""
    try:
        app.send_task(TICKET, args=[queue], queue=queue, retry=False)
    except (OperationalError, OSError, ConnectionError) as error:
        raise QueueUnavailable from error
    except Exception as error:
        # redis-py has its own exceptions, which kombu lets through on some paths.
        if type(error).__module__.startswith(("redis", "kombu", "amqp", "valkey")):
            raise QueueUnavailable from error
        raise


def waiting_in(queue: str) -> int:
    """How many tickets wait in a queue. Raises QueueUnavailable."""
    try:
        with app.connection_for_write() as connection:
            return connection.default_channel._size(queue)
    except Exception as error:
        raise QueueUnavailable from error
