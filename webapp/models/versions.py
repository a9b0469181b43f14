"""Trained generators of a category, and what happened to each of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from webapp.models.categories import Category

VECTOR_SIZE = 64
"""Side in pixels of the prints of the plain DCGAN; others draw any size."""


class ModelVersion(models.Model):
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    weights_key = models.CharField(max_length=300, help_text='A storage key; "shipped:<slug>" where no file was kept.')
    networks_key = models.CharField(
        max_length=300,
        blank=True,
        help_text="Both networks, from which another run may start; trained versions have it.",
    )
    grid_key = models.CharField(max_length=300, blank=True, help_text="Sixteen prints, of the seeds 0 to 15.")
    manifest_key = models.CharField(max_length=300, blank=True, help_text="What it learned from, file by file.")
    run = models.OneToOneField(
        "webapp.TrainingRun", null=True, blank=True, on_delete=models.SET_NULL, related_name="version"
    )
    is_active = models.BooleanField(default=False, help_text="The version the site generates with.")
    metrics = models.JSONField(default=dict, blank=True)
    header = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("category", "-number")
        constraints = (
            models.UniqueConstraint(fields=("category", "number"), name="version_number_once"),
            models.UniqueConstraint(fields=("category",), condition=Q(is_active=True), name="one_active_version"),
        )

    def __str__(self) -> str:
        return f"{self.category} {self.number}"

    @property
    def is_shipped(self) -> bool:
        """Whether it came with the site. Storage keeps a copy of its file, which an update of the site writes over."""
        return self.weights_key.startswith(("shipped/", "shipped:"))

    @property
    def is_lost(self) -> bool:
        """Whether an update wrote over its file before storage kept copies (webapp.site_setup)."""
        return self.weights_key.startswith("shipped:")

    @property
    def fineness(self) -> int:
        """Pixels to each side that its prints have for one that it learned: 2 where a finisher lies in its file."""
        return 2 if self.header.get("sampling", {}).get("finisher") else 1

    @property
    def draws_single_pictures(self) -> bool:
        """Whether it is the plain DCGAN: `VECTOR_SIZE` pixels, no mixes, and no repeat but basic."""
        return self.header.get("architecture") == "dcgan"

    @property
    def holder(self) -> str:
        """Links to its files are for whoever sees the admin's pages: they name no owner."""
        return ""


class VersionEvent(models.Model):
    """What happened to a version, when and by whom; it outlives the version."""

    class Action(models.TextChoices):
        TRAINED = "trained", _("trained")
        IMPORTED = "imported", _("imported")
        PROMOTED = "promoted", _("promoted")
        ROLLED_BACK = "rolled back", _("rolled back to")
        DELETED = "deleted", _("deleted")

    category = models.ForeignKey("webapp.Category", on_delete=models.CASCADE, related_name="version_events")
    version = models.ForeignKey(
        "webapp.ModelVersion", null=True, blank=True, on_delete=models.SET_NULL, related_name="events"
    )
    number = models.PositiveIntegerField(help_text=_("Of the version, which may be deleted by now."))
    before = models.ForeignKey(
        "webapp.ModelVersion",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("The version that was active before."),
    )
    action = models.CharField(max_length=12, choices=Action.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.get_action_display()} version {self.number}"
