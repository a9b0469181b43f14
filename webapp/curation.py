"""The rows that staff keep: training images, the network that finds garments, and who is blocked.

They live here rather than in webapp.models, which imports them, because visitors own none of them.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class TrainingImage(models.Model):
    """A picture that generators of a category learn from: upright sRGB, re-encoded, without metadata."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    category = models.ForeignKey("webapp.Category", on_delete=models.CASCADE, related_name="training_images")
    image_key = models.CharField(max_length=300, editable=False)
    thumbnail_key = models.CharField(max_length=300, editable=False)
    sha256 = models.CharField(max_length=64, editable=False, help_text="Of the stored file.")
    dhash = models.CharField(
        max_length=64, editable=False, help_text="Difference hash, hexadecimal: near-duplicates have near hashes."
    )
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    source = models.CharField(max_length=300, blank=True, help_text=_("Where it comes from: a collection, an address."))
    licence = models.CharField(max_length=200, blank=True, help_text=_("Under which licence it may be used."))
    original_name = models.CharField(max_length=300, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ("-created_at", "original_name")
        constraints = (models.UniqueConstraint(fields=("category", "sha256"), name="training_image_once"),)

    def __str__(self) -> str:
        return self.original_name or str(self.pk)

    @property
    def holder(self) -> str:
        """Links to it are for whoever sees the admin's pages, which are for staff only: they name no owner."""
        return ""

    @property
    def crop(self) -> tuple[int, int, int]:
        """Left, top and side in pixels of the square that training takes from its middle."""
        side = min(self.width, self.height)
        return (self.width - side) // 2, (self.height - side) // 2, side


class SegmentationModel(models.Model):
    """A network that finds garments. Without an active row the setting AIFASHION_SEGMENTER chooses."""

    name = models.CharField(max_length=60, unique=True, help_text=_("What segmentation.load_segmenter calls it."))
    is_active = models.BooleanField(default=False, help_text=_("Workers find garments with it."))
    is_available = models.BooleanField(default=False, help_text=_("A worker has loaded it."))
    note = models.CharField(max_length=300, blank=True)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=("is_active",), condition=Q(is_active=True), name="one_active_segmenter"),
        )

    def __str__(self) -> str:
        return self.name


class Block(models.Model):
    """An owner who may look at what they have, and start nothing more."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="block"
    )
    visitor = models.UUIDField(null=True, blank=True, unique=True, help_text=_("The id of a browser session."))
    reason = models.CharField(
        max_length=300, blank=True, help_text=_("For your colleagues; the owner does not see it.")
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(user__isnull=True, visitor__isnull=False) | Q(user__isnull=False, visitor__isnull=True),
                name="block_one_owner",
            ),
        )

    def __str__(self) -> str:
        return str(self.user or self.visitor)
