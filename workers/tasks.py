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


@app.task(name="workers.generate_pattern")
def generate_pattern(job_id: str) -> None:
    def work(attempt: Attempt) -> Callable[[], None]:
        pattern = attempt.job.pattern
        if pattern is None:
            raise JobFailed("The pattern was deleted.")
        key, colours = pipeline.make_pattern(pattern, attempt.part(0, 0.95))
        return lambda: _store(Pattern, pattern.pk, image_key=key, colours=colours)

    _run(job_id, work)


@app.task(name="workers.print_pattern")
def print_pattern(job_id: str) -> None:
    def work(attempt: Attempt) -> Callable[[], None]:
        pipeline.print_pattern(attempt.job, attempt.part(0, 0.9))
        return lambda: None

    _run(job_id, work)


@app.task(name="workers.segment_photo")
def segment_photo(job_id: str) -> None:
    def work(attempt: Attempt) -> Callable[[], None]:
        photo = attempt.job.photo
        if photo is None:
            raise JobFailed("The photo was deleted.")
        found = pipeline.find_garments(photo, attempt.part(0, 0.9))
        return lambda: pipeline.store_garments(photo, found)

    _run(job_id, work)


@app.task(name="workers.update_previews")
def update_previews(job_id: str) -> None:
    def work(attempt: Attempt) -> Callable[[], None]:
        photo = attempt.job.photo
        if photo is None:
            raise JobFailed("The photo was deleted.")
        return previews.update_photo(photo, attempt.part(0, 0.9))

    _run(job_id, work)


@app.task(name="workers.compose_design")
def compose_design(job_id: str) -> None:
    def work(attempt: Attempt) -> Callable[[], None]:
        design = attempt.job.design
        if design is None:
            raise JobFailed("The design was deleted.")
        key, preview = pipeline.compose(design, attempt.part(0, 0.9))
        return lambda: _store(Design, design.pk, image_key=key, preview_key=preview)

    _run(job_id, work)


@app.task(name="workers.take_in_images")
def take_in_images(job_id: str) -> None:
    _run(job_id, intake.take_in)


@app.task(name="workers.draw_cover")
def draw_cover(job_id: str) -> None:
    _run(job_id, covers.draw_cover)


@app.task(name="workers.fetch_segmenter")
def fetch_segmenter(job_id: str) -> None:
    _run(job_id, segmenters.fetch_segmenter)


@app.task(name="workers.compare_segmenters")
def compare_segmenters(job_id: str) -> None:
    _run(job_id, segmenters.compare_segmenters)


@app.task(name="workers.train_category")
def train_category(job_id: str) -> None:
    _run(job_id, trainer.train)
    trainer.free_ended_runs()


@app.task(name="workers.train_trial")
def train_trial(job_id: str) -> None:
    _run(job_id, trainer.measure_step)


@app.task(name="workers.draw_versions")
def draw_versions(job_id: str) -> None:
    _run(job_id, versions.draw_versions)


@app.task(name="workers.import_version")
def import_version(job_id: str) -> None:
    _run(job_id, versions.import_version)


@app.task(name="workers.requeue_lost")
def requeue_lost() -> None:
    jobs.requeue_lost()


@app.task(name="workers.expire_photos")
def expire_photos() -> None:
    expiry.expire_photos()
    expiry.expire_print_files()
    expiry.expire_intakes()


def _run(job_id: str, work: Callable[[Attempt], Callable[[], None]]) -> None:
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
