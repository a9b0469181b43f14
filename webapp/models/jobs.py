"""What workers are asked to do, and how far they are."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext

from webapp.models.owned import Owned, OwnedQuerySet, one_owner


class JobQuerySet(OwnedQuerySet):
    def active(self) -> JobQuerySet:
        return self.filter(state__in=(Job.State.QUEUED, Job.State.RUNNING))

    def cancel(self) -> int:
        """Cancel those that wait or run; returns how many. A worker's writes are all conditional on "running", so it
        notices at its next report of progress."""
        return self.active().update(state=Job.State.CANCELLED, finished_at=timezone.now())


class Job(Owned):
    class Kind(models.TextChoices):
        GENERATE = "generate"
        SEGMENT = "segment"
        PREVIEW = "preview"
        COMPOSE = "compose"
        PRINT = "print"
        TRAIN = "train"
        INTAKE = "intake"
        COVER = "cover"
        COMPARE = "compare"
        FETCH = "fetch"
        TRIAL = "trial"
        VERSUS = "versus"
        IMPORT = "import"

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELLED = "cancelled"

    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED, db_index=True)
    progress = models.FloatField(default=0)
    error = models.TextField(blank=True, help_text="What went wrong, in words for the person who waits.")
    attempts = models.PositiveSmallIntegerField(default=0)
    attempt_token = models.UUIDField(null=True, blank=True, editable=False)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    queued_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(default=timezone.now, help_text="When the broker last got a ticket for it.")
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    params = models.JSONField(default=dict, blank=True)
    pattern = models.ForeignKey("webapp.Pattern", null=True, blank=True, on_delete=models.CASCADE, related_name="jobs")
    photo = models.ForeignKey("webapp.Photo", null=True, blank=True, on_delete=models.CASCADE, related_name="jobs")
    design = models.ForeignKey("webapp.Design", null=True, blank=True, on_delete=models.CASCADE, related_name="jobs")
    run = models.ForeignKey("webapp.TrainingRun", null=True, blank=True, on_delete=models.CASCADE, related_name="jobs")

    objects = JobQuerySet.as_manager()

    class Meta(Owned.Meta):
        constraints = (one_owner("job_one_owner"),)
        indexes = (
            models.Index(fields=("kind", "state", "queued_at"), name="job_queue_order"),
            models.Index(fields=("kind", "started_at"), name="job_served"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"

    @property
    def is_active(self) -> bool:
        return self.state in (self.State.QUEUED, self.State.RUNNING)

    @property
    def file_key(self) -> str:
        """Where the file of a print job is, once it has succeeded."""
        return f"prints/{self.pk}.{self.params['extension']}"

    @property
    def problem(self) -> str:
        """What went wrong, in the language of whoever looks; a sentence that names something is kept as it is."""
        return gettext(self.error) if self.error else ""

    @property
    def percent(self) -> int:
        return round(100 * self.progress)
