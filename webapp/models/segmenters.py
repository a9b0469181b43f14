"""The networks that find garments."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


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
