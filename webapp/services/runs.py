"""Training runs: started, paused, gone on with, cancelled. All raise ServiceErrors."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from webapp import files
from webapp.errors import BadRequest, NotAllowed, QueueUnavailable
from webapp.models import Category, Job, TrainingNote, TrainingPoint, TrainingRun, TrainingSample
from webapp.models.runs import note
from webapp.queue import send_jobs
from webapp.services.common import queue_once, rows_with_their_files, saved, send_or_delete
from webapp.training_settings import Settings, check_settings, check_start


def start_run(*, user: Any, category: Category, settings: Settings, start_from: str = "scratch") -> TrainingRun:
    """Queue a training. Raises BadRequest, NotAllowed (the category has a run that is open), QueueUnavailable."""
    if start_from not in TrainingRun.Start.values:
        raise BadRequest(_("Choose what to start from: nothing, the base or the active version."))
    with transaction.atomic():
        locked = Category.objects.select_for_update().get(pk=category.pk)  # two clicks at once make one run
        images = locked.training_images.count()
        check_settings(settings, images=images)
        version = check_start(settings, start_from=start_from, category=locked)
        earlier = open_run_of(locked)
        if earlier is not None:
            raise NotAllowed(
                _("A run of %(name)s is %(state)s. A category has one at a time: wait for it, or cancel it.")
                % {"name": locked.name, "state": earlier.get_state_display()}
            )
        run = saved(
            TrainingRun(
                category=locked,
                start_from=start_from,
                start_version=version,
                asked=settings.stored(),
                images=images,
                started_by=user,
            )
        )
        job = saved(Job(user=user, kind=Job.Kind.TRAIN, run=run))
        note(run, f"Started by {user.get_username()} with {images} images, from {run.get_start_from_display()}.")
    send_or_delete(job, run)
    return run


def pause_run(*, user: Any, run: TrainingRun) -> None:
    """Stop at the next step, with a checkpoint. Raises NotAllowed."""
    with transaction.atomic():
        run = TrainingRun.objects.select_for_update().get(pk=run.pk)
        if run.state not in (run.State.QUEUED, run.State.RUNNING, run.State.LOST):
            raise NotAllowed(
                _("This run is %(state)s: only one that waits or trains can pause.")
                % {"state": run.get_state_display()}
            )
        lost = run.state == run.State.LOST
        TrainingRun.objects.filter(pk=run.pk).update(is_paused=True)
        # Of a worker that vanished, nobody is there to hear of the pause.
        (run.jobs.all() if lost else run.jobs.filter(state=Job.State.QUEUED)).cancel()
        note(run, f"Pause asked for by {user.get_username()}.")


def resume_run(*, user: Any, run: TrainingRun) -> None:
    """Go on from the last checkpoint after a pause or a failure. Raises NotAllowed, QueueUnavailable."""
    with transaction.atomic():
        Category.objects.select_for_update().get(pk=run.category_id)
        run = TrainingRun.objects.select_for_update().get(pk=run.pk)
        if run.state == run.State.COLLAPSED:
            raise NotAllowed(_("This run collapsed, and would again. Start a new one with a lower learning rate."))
        if run.state not in (run.State.PAUSED, run.State.FAILED):
            raise NotAllowed(
                _("This run is %(state)s: only one that is paused or failed can go on.")
                % {"state": run.get_state_display()}
            )
        other = open_run_of(run.category)
        if other is not None and other.pk != run.pk:
            raise NotAllowed(
                _("Another run of %(category)s is %(state)s: wait for it, or cancel it.")
                % {"category": run.category, "state": other.get_state_display()}
            )
        was_paused = run.is_paused
        TrainingRun.objects.filter(pk=run.pk).update(is_paused=False)
        job = saved(Job(user=user, kind=Job.Kind.TRAIN, run=run))
        note(run, f"{user.get_username()} lets it go on.")
    try:
        send_jobs([job])
    except QueueUnavailable:
        job.delete()
        TrainingRun.objects.filter(pk=run.pk).update(is_paused=was_paused)
        raise


def cancel_run(*, user: Any, run: TrainingRun) -> None:
    """End a run without a version; its curves and samples stay. Raises NotAllowed."""
    with transaction.atomic():
        run = TrainingRun.objects.select_for_update().get(pk=run.pk)
        if not run.is_open:
            raise NotAllowed(_("This run is %(state)s already.") % {"state": run.get_state_display()})
        run.jobs.all().cancel()
        TrainingRun.objects.filter(pk=run.pk).update(is_paused=False)
        note(run, f"Cancelled by {user.get_username()}.")


def delete_run(*, run: TrainingRun) -> None:
    """Delete a run that is over, with its files; its version stays. Raises NotAllowed, StorageUnavailable."""
    if run.is_open:
        raise NotAllowed(_("This run is %(state)s: cancel it first.") % {"state": run.get_state_display()})
    keys = keys_of(run)
    with rows_with_their_files():
        run.delete()
        files.delete_keys(*keys)


def parts_of(runs: QuerySet[TrainingRun]) -> list[QuerySet]:
    """The rows that go with runs, by kind."""
    return [model.objects.filter(run__in=runs) for model in (TrainingPoint, TrainingSample, TrainingNote, Job)]


def keys_of(run: TrainingRun) -> set[str]:
    """Its files in storage; those of its version are not among them."""
    return {*files.keys_under(run.folder), *run.samples.values_list("image_key", flat=True)}


def time_trial(*, user: Any, settings: Settings) -> Job:
    """A job that measures a step of such a run on the trainer; the newest one of the same shape where there is one.

    Raises QueueUnavailable.
    """
    return queue_once(user=user, kind=Job.Kind.TRIAL, params={"shape": settings.shape()})


def open_run_of(category: Category) -> TrainingRun | None:
    """The run of a category that trains, waits or is paused."""
    return next((run for run in category.runs.filter(finished_at=None, is_collapsed=False) if run.is_open), None)


def run_before(job: Job) -> TrainingRun | None:
    """The training for which a trial that waits in the trainer's queue waits; None where it is worked on, or soon will
    be."""
    if job.state != Job.State.QUEUED:
        return None
    training = Job.objects.filter(kind=Job.Kind.TRAIN, state=Job.State.RUNNING, run__isnull=False)
    first = training.select_related("run__category").order_by("started_at").first()
    return first.run if first else None
