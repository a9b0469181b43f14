"""The Celery tasks. One serves whoever is next in a queue: claim, load, call, store, and the row says how it ended."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.utils.translation import gettext_noop

from aifashion.celery import app
from webapp import expiry, sweep
from webapp.models import Design, Job, Pattern
from webapp.queue import QUEUES, TICKET
from workers import covers, intake, jobs, pipeline, previews, segmenters, trainer, versions
from workers.jobs import Attempt
from workers.messages import JobFailed, is_out_of_memory

logger = logging.getLogger(__name__)

Work = Callable[[Attempt], Callable[[], None]]
"""Computes, and returns what stores the result in the job's last transaction."""


@app.task(name=TICKET)
def serve(queue: str) -> None:
    """Do the job that is next in this queue. Nothing waits where a ticket comes twice or its job was cancelled.

    Raises SystemExit after a job that ran out of memory.
    """
    job, error = jobs.claim_next(queue), None
    if job is None:
        logger.info("Nothing waits in %s.", queue)
    else:
        error = jobs.run_job(job, WORKS[Job.Kind(job.kind)])
    if queue == QUEUES[Job.Kind.TRAIN]:
        trainer.free_ended_runs()
    if is_out_of_memory(error):
        # Once oneDNN found no room for a layer's code it makes no more in this process, however much is free again. The
        # ticket comes back and finds nothing to do.
        raise SystemExit("Memory ran out: this process ends, and a fresh one takes the next ticket.")


@app.task(name="workers.expire")
def expire() -> None:
    expiry.expire_all()


@app.task(name="workers.sweep_files")
def sweep_files() -> None:
    sweep.sweep()


def generate_pattern(attempt: Attempt) -> Callable[[], None]:
    pattern = attempt.job.pattern
    if pattern is None:
        raise JobFailed(gettext_noop("The pattern was deleted."))
    made = pipeline.make_pattern(pattern, attempt.part(0, 0.95))
    return lambda: _store(Pattern, pattern.pk, **made)


def print_pattern(attempt: Attempt) -> Callable[[], None]:
    pipeline.print_pattern(attempt.job, attempt.part(0, 0.9))
    return lambda: None


def segment_photo(attempt: Attempt) -> Callable[[], None]:
    photo = attempt.job.photo
    if photo is None:
        raise JobFailed(gettext_noop("The photo was deleted."))
    found = pipeline.find_garments(photo, attempt.part(0, 0.9))
    return lambda: pipeline.store_garments(photo, found)


def update_previews(attempt: Attempt) -> Callable[[], None]:
    photo = attempt.job.photo
    if photo is None:
        raise JobFailed(gettext_noop("The photo was deleted."))
    return previews.update_photo(photo, attempt.part(0, 0.9))


def compose_design(attempt: Attempt) -> Callable[[], None]:
    design = attempt.job.design
    if design is None:
        raise JobFailed(gettext_noop("The design was deleted."))
    key, preview = pipeline.compose(design, attempt.part(0, 0.9))
    return lambda: _store(Design, design.pk, image_key=key, preview_key=preview)


WORKS: dict[Job.Kind, Work] = {
    Job.Kind.GENERATE: generate_pattern,
    Job.Kind.PRINT: print_pattern,
    Job.Kind.SEGMENT: segment_photo,
    Job.Kind.PREVIEW: update_previews,
    Job.Kind.COMPOSE: compose_design,
    Job.Kind.INTAKE: intake.take_in,
    Job.Kind.COVER: covers.draw_cover,
    Job.Kind.COMPARE: segmenters.compare_segmenters,
    Job.Kind.FETCH: segmenters.fetch_segmenter,
    Job.Kind.TRAIN: trainer.train,
    Job.Kind.TRIAL: trainer.measure_step,
    Job.Kind.VERSUS: versions.draw_versions,
    Job.Kind.IMPORT: versions.import_version,
}


def _store(model: type[Pattern] | type[Design], pk: object, **fields: object) -> None:
    model.objects.filter(pk=pk).update(**fields)
