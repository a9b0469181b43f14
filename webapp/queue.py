"""Sending jobs to the workers, by task name: the site never imports what computes."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone
from kombu.exceptions import OperationalError

from aifashion.celery import app
from webapp.errors import QueueUnavailable
from webapp.models import Job

TASKS = {
    Job.Kind.GENERATE: ("workers.generate_pattern", "generate"),
    Job.Kind.PRINT: ("workers.print_pattern", "generate"),
    Job.Kind.SEGMENT: ("workers.segment_photo", "segment"),
    Job.Kind.PREVIEW: ("workers.update_previews", "segment"),
    Job.Kind.COMPOSE: ("workers.compose_design", "compose"),
    Job.Kind.INTAKE: ("workers.take_in_images", "train"),
    Job.Kind.COVER: ("workers.draw_cover", "generate"),
    Job.Kind.COMPARE: ("workers.compare_segmenters", "segment"),
    Job.Kind.FETCH: ("workers.fetch_segmenter", "segment"),
    Job.Kind.TRAIN: ("workers.train_category", "train"),
    Job.Kind.TRIAL: ("workers.train_trial", "train"),
    Job.Kind.VERSUS: ("workers.draw_versions", "generate"),
    Job.Kind.IMPORT: ("workers.import_version", "generate"),
}
"""The task of each kind of job, and the queue that it waits in."""


def send_jobs(jobs: Iterable[Job]) -> None:
    """Hand jobs to the broker. Raises QueueUnavailable; what was already sent finds no row and does nothing."""
    for job in jobs:
        task, queue = TASKS[Job.Kind(job.kind)]
        try:
            app.send_task(task, args=[str(job.pk)], queue=queue, retry=False)
        except (OperationalError, OSError, ConnectionError) as error:
            raise QueueUnavailable from error
        except Exception as error:
            # redis-py has its own exceptions, which kombu lets through on some paths.
            if type(error).__module__.startswith(("redis", "kombu", "amqp", "valkey")):
                raise QueueUnavailable from error
            raise
        Job.objects.filter(pk=job.pk).update(sent_at=timezone.now())


def waiting_in(queue: str) -> int:
    """How many messages wait in a queue. Raises QueueUnavailable."""
    try:
        with app.connection_for_write() as connection:
            return connection.default_channel._size(queue)
    except Exception as error:
        raise QueueUnavailable from error
