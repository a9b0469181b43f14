"""What the tests of training ask of a site, as functions that run in its own Django process (servers.Site.call)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib.auth import get_user_model

from tests import training_rows
from webapp.errors import ServiceError
from webapp.models import Job, TrainingRun
from webapp.services import runs


def _user() -> Any:
    return get_user_model().objects.get_or_create(username="tess")[0]


def start(seconds: float) -> str:
    """A run of a small network for so many seconds: too few steps to be judged a collapse, however fast the machine."""
    settings = replace(
        training_rows.TINY, features=24, discriminator_features=24, batch=16, epochs=None, minutes=seconds / 60
    )
    category = training_rows.category_with_images()
    return str(runs.start_run(user=_user(), category=category, settings=settings).pk)


def time_trial(features: int) -> str:
    """A job of two seconds that waits behind the run: one per number of features."""
    settings = replace(training_rows.TINY, features=features)
    return str(runs.time_trial(user=_user(), settings=settings).pk)


def refusal(features: int) -> str:
    """The message with which such a job is refused; empty when it is not."""
    try:
        time_trial(features)
    except ServiceError as error:
        return error.message
    return ""


def facts(run_id: str) -> dict[str, Any]:
    """How far a run is, and what was written in its log."""
    run = TrainingRun.objects.get(pk=run_id)
    return {
        "state": str(run.state),
        "step": run.step,
        "attempts": [job.attempts for job in run.jobs.order_by("queued_at")],
        "notes": [note.text for note in run.notes.all()],
        "versions": run.category.versions.count(),
    }


def active_jobs() -> int:
    return Job.objects.active().count()
