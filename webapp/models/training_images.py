"""Pictures that generators learn from."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class TrainingImage(models.Model):
    """A picture that generators of a category learn from: upright sRGB, re-encoded, without metadata."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    category = models.ForeignKey("webapp.Category", on_delete=models.CASCADE, related_name="training_images")
    image_key = models.CharField(max_length=300, editable=False)
    thumbnail_key = models.CharField(max_length=300, editable=False)
    sha256 = models.CharField(max_length=64, editable=False, help_text="Of the stored file.")
    look = models.BinaryField(
        default=b"", help_text=_("Near-duplicates have near looks (training.sameness.Look); empty: not yet looked at.")
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
