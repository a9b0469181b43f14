"""Celery tasks: a job's id in; load, call, store, and the row says how it ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aifashion.celery import app
from webapp import expiry
from webapp.models import Design, Pattern
from workers import covers, intake, jobs, models_cache, pipeline, previews, segmenters, trainer, versions
from workers.jobs import Attempt
from workers.messages import JobFailed, is_out_of_memory

Work = Callable[[Attempt], Callable[[], None]]
"""Computes, and returns what stores the result in the job's last transaction."""


def job_task(name: str) -> Callable[[Work], Any]:
    """Make a task of the work of a job. Jobs are sent by this name (webapp.queue)."""

    def made(work: Work) -> Any:
        @app.task(name=name)
        def task(job_id: str) -> None:
            _run(job_id, work)

        return task

    return made


@job_task("workers.generate_pattern")
def generate_pattern(attempt: Attempt) -> Callable[[], None]:
    pattern = attempt.job.pattern
    if pattern is None:
        raise JobFailed("The pattern was deleted.")
    key, colours = pipeline.make_pattern(pattern, attempt.part(0, 0.95))
    return lambda: _store(Pattern, pattern.pk, image_key=key, colours=colours)


@job_task("workers.print_pattern")
def print_pattern(attempt: Attempt) -> Callable[[], None]:
    pipeline.print_pattern(attempt.job, attempt.part(0, 0.9))
    return lambda: None


@job_task("workers.segment_photo")
def segment_photo(attempt: Attempt) -> Callable[[], None]:
    photo = attempt.job.photo
    if photo is None:
        raise JobFailed("The photo was deleted.")
    found = pipeline.find_garments(photo, attempt.part(0, 0.9))
    return lambda: pipeline.store_garments(photo, found)


@job_task("workers.update_previews")
def update_previews(attempt: Attempt) -> Callable[[], None]:
    photo = attempt.job.photo
    if photo is None:
        raise JobFailed("The photo was deleted.")
    return previews.update_photo(photo, attempt.part(0, 0.9))


@job_task("workers.compose_design")
def compose_design(attempt: Attempt) -> Callable[[], None]:
    design = attempt.job.design
    if design is None:
        raise JobFailed("The design was deleted.")
    key, preview = pipeline.compose(design, attempt.part(0, 0.9))
    return lambda: _store(Design, design.pk, image_key=key, preview_key=preview)


take_in_images = job_task("workers.take_in_images")(intake.take_in)
draw_cover = job_task("workers.draw_cover")(covers.draw_cover)
fetch_segmenter = job_task("workers.fetch_segmenter")(segmenters.fetch_segmenter)
compare_segmenters = job_task("workers.compare_segmenters")(segmenters.compare_segmenters)
train_trial = job_task("workers.train_trial")(trainer.measure_step)
draw_versions = job_task("workers.draw_versions")(versions.draw_versions)
import_version = job_task("workers.import_version")(versions.import_version)


@app.task(name="workers.train_category")
def train_category(job_id: str) -> None:
    _run(job_id, trainer.train)
    trainer.free_ended_runs()


@app.task(name="workers.expire")
def expire() -> None:
    expiry.expire_all()


def _run(job_id: str, work: Work) -> None:
    def careful(attempt: Attempt) -> Callable[[], None]:
        try:
            return work(attempt)
        except BaseException as error:
            if is_out_of_memory(error):
                models_cache.forget()  # room for the next job
                pipeline.forget_photo()
            raise

    jobs.run_job(job_id, careful)


def _store(model: type[Pattern] | type[Design], pk: object, **fields: Any) -> None:
    model.objects.filter(pk=pk).update(**fields)
