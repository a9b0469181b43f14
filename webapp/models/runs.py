"""Trainings of a generator: a run with its curves, its samples and its log."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from webapp.models.jobs import Job


class TrainingRun(models.Model):
    """One training of a category's generator. The jobs that refer to it are its stretches: each ends the last pause.

    `asked` holds what the form asked for (webapp.training_settings.Settings); `state` follows from the newest job.
    """

    class Start(models.TextChoices):
        SCRATCH = "scratch", _("nothing: random weights")
        BASE = "base", _("the base, which knows prints in general")
        ACTIVE = "active", _("the active version of this category")

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting in line")
        RUNNING = "running", _("training")
        LOST = "lost", _("its worker vanished")
        PAUSING = "pausing", _("pausing after this step")
        PAUSED = "paused", _("paused")
        FINISHED = "finished", _("finished")
        FAILED = "failed", _("failed")
        COLLAPSED = "collapsed", _("stopped: it collapsed")
        CANCELLED = "cancelled", _("cancelled")

    OPEN = (State.QUEUED, State.RUNNING, State.LOST, State.PAUSING, State.PAUSED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    category = models.ForeignKey("webapp.Category", on_delete=models.CASCADE, related_name="runs")
    start_from = models.CharField(max_length=8, choices=Start.choices, default=Start.SCRATCH)
    start_version = models.ForeignKey(
        "webapp.ModelVersion", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked = models.JSONField(default=dict, help_text=_("Its settings."))
    images = models.PositiveIntegerField(default=0, help_text=_("Training images when it started."))
    swatches = models.PositiveIntegerField(default=0, help_text=_("Squares made of them."))
    steps = models.PositiveIntegerField(default=0, help_text=_("Steps that it will take, as far as that is known."))
    step = models.PositiveIntegerField(default=0, help_text=_("Steps taken."))
    seconds = models.FloatField(default=0, help_text=_("Time that its steps took."))
    saved_step = models.PositiveIntegerField(default=0, help_text=_("Step of the last checkpoint in storage."))
    phase = models.CharField(max_length=60, blank=True, help_text=_("What the worker does besides training."))
    is_paused = models.BooleanField(default=False)
    is_collapsed = models.BooleanField(default=False)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.category}, {self.created_at:%d %b %Y %H:%M}"

    @property
    def folder(self) -> str:
        """Where its files are in storage."""
        return f"runs/{self.pk}"

    @property
    def job(self) -> Job | None:
        """Its newest job."""
        return self.jobs.order_by("-queued_at").first()

    @property
    def state(self) -> str:
        return self.state_with(self.job)

    def state_with(self, job: Job | None) -> str:
        """Its state, when this is its newest job."""
        if self.finished_at is not None:
            return self.State.FINISHED
        if self.is_collapsed:
            return self.State.COLLAPSED
        if job is None:
            return self.State.PAUSED if self.is_paused else self.State.CANCELLED
        if job.state == "running":
            if self.is_paused:
                return self.State.PAUSING
            silent = timezone.now() - timedelta(seconds=settings.AIFASHION_JOB_LEASE_S)
            return self.State.LOST if job.heartbeat_at and job.heartbeat_at < silent else self.State.RUNNING
        if job.state == "cancelled" and self.is_paused:
            return self.State.PAUSED
        return {"queued": self.State.QUEUED, "failed": self.State.FAILED}.get(job.state, self.State.CANCELLED)

    def get_state_display(self) -> str:
        """Its state in words."""
        return str(self.State(self.state).label)

    @property
    def is_open(self) -> bool:
        """Whether it still trains, waits or is paused: a category has one such run at a time."""
        return self.state in self.OPEN

    @property
    def share(self) -> float:
        """The finished part, 0 to 1."""
        minutes = self.asked.get("minutes")
        if self.finished_at is not None:
            return 1.0
        done = self.seconds / (60 * minutes) if minutes else self.step / self.steps if self.steps else 0.0
        return min(1.0, done)

    @property
    def seconds_left(self) -> float | None:
        """An estimate from its own steps so far; None before the first."""
        if minutes := self.asked.get("minutes"):
            return max(0.0, 60 * minutes - self.seconds)
        if not self.step or not self.steps:
            return None
        return max(0, self.steps - self.step) * self.seconds / self.step

    @property
    def epoch(self) -> float:
        return self.epoch_of(self.step)

    def epoch_of(self, step: int) -> float:
        """How often every swatch was seen by a step, on average."""
        return step * self.asked.get("batch", 0) / self.swatches if self.swatches else 0.0


class TrainingPoint(models.Model):
    """A point of a run's curves: the means over the steps since the one before."""

    run = models.ForeignKey(TrainingRun, on_delete=models.CASCADE, related_name="points")
    step = models.PositiveIntegerField()
    loss_d = models.FloatField()
    loss_g = models.FloatField()
    d_real = models.FloatField()
    d_fake = models.FloatField()
    seconds = models.FloatField(help_text=_("Of one step."))

    class Meta:
        ordering = ("step",)
        constraints = (models.UniqueConstraint(fields=("run", "step"), name="point_once"),)

    def __str__(self) -> str:
        return f"step {self.step}"


class TrainingSample(models.Model):
    """A grid of prints of the same sixteen latents, at one checkpoint of a run."""

    run = models.ForeignKey(TrainingRun, on_delete=models.CASCADE, related_name="samples")
    step = models.PositiveIntegerField()
    image_key = models.CharField(max_length=300)
    diversity = models.FloatField(help_text=_("How much its prints differ, as a share of what the swatches do."))

    class Meta:
        ordering = ("step",)
        constraints = (models.UniqueConstraint(fields=("run", "step"), name="sample_once"),)

    def __str__(self) -> str:
        return f"step {self.step}"

    @property
    def holder(self) -> str:
        """Links to it are for whoever sees the admin's pages: they name no owner."""
        return ""


class TrainingNote(models.Model):
    """A line of a run's log."""

    run = models.ForeignKey(TrainingRun, on_delete=models.CASCADE, related_name="notes")
    at = models.DateTimeField(default=timezone.now)
    text = models.CharField(max_length=500)

    class Meta:
        ordering = ("at", "pk")

    def __str__(self) -> str:
        return self.text


def note(run: TrainingRun, text: str, **also: Any) -> None:
    """Add a line to the run's log."""
    TrainingNote.objects.create(run=run, text=text[:500], **also)
