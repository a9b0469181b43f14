"""Photos, the garments found on them, and the strokes that correct their masks."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from webapp.models.jobs import Job
from webapp.models.owned import Owned, OwnedQuerySet


class PhotoQuerySet(OwnedQuerySet):
    def stock(self) -> PhotoQuerySet:
        return self.exclude(stock_slug=None)

    def expired(self) -> PhotoQuerySet:
        return self.filter(expires_at__lt=timezone.now())


class Photo(Owned):
    stock_slug = models.SlugField(null=True, blank=True, unique=True, help_text="Set for the site's own garments.")
    original_name = models.CharField(max_length=200, blank=True)
    image_key = models.CharField(max_length=300)
    preview_key = models.CharField(max_length=300, blank=True)
    clothing_mask_key = models.CharField(max_length=300, blank=True)
    found_clothing_key = models.CharField(
        max_length=300, blank=True, help_text="The mask as it was found, once somebody has corrected it."
    )
    clothing_maps_key = models.CharField(max_length=300, blank=True, help_text="What the browser's preview needs.")
    clothing_area = models.FloatField(default=0, help_text="Share of the photo that clothes cover, 0 to 1.")
    clothing_box = models.JSONField(default=list, blank=True)
    cm_per_px = models.FloatField(
        null=True, blank=True, help_text="Centimetres of the garment that one pixel of the photo shows; a guess."
    )
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    expires_at = models.DateTimeField(null=True, blank=True, db_index=True)

    objects = PhotoQuerySet.as_manager()

    class Meta(Owned.Meta):
        constraints = (
            models.CheckConstraint(
                condition=Q(user__isnull=True, visitor__isnull=False, stock_slug__isnull=True)
                | Q(user__isnull=False, visitor__isnull=True, stock_slug__isnull=True)
                | Q(user__isnull=True, visitor__isnull=True, stock_slug__isnull=False),
                name="photo_one_owner_or_stock",
            ),
        )

    def __str__(self) -> str:
        return self.original_name or str(self.pk)

    @property
    def is_stock(self) -> bool:
        return self.stock_slug is not None

    @property
    def garments_state(self) -> str:
        """ "ready", the state of the newest search for garments, or "none" when nobody asked yet."""
        if self.clothing_mask_key:
            return "ready"
        job = self.jobs.filter(kind=Job.Kind.SEGMENT).order_by("-queued_at").first()
        return job.state if job else "none"


class Garment(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="garments")
    label = models.CharField(max_length=40)
    mask_key = models.CharField(max_length=300)
    found_mask_key = models.CharField(
        max_length=300, blank=True, help_text="The mask as it was found, once somebody has corrected it."
    )
    maps_key = models.CharField(max_length=300, blank=True, help_text="What the browser's preview needs.")
    is_painted = models.BooleanField(default=False, help_text="Nobody found it: a person painted all of it.")
    area = models.FloatField(default=0, help_text="Share of the photo that this garment covers, 0 to 1.")
    confidence = models.FloatField(default=1)
    box = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ("-area",)

    NAMES = {
        "upper": _("Top or coat"),
        "lower": _("Trousers or skirt"),
        "accessory": _("Hat, scarf or belt"),
    }

    def __str__(self) -> str:
        return self.name_of(self.label)

    @classmethod
    def name_of(cls, label: str) -> str:
        """What a person would call it; the label itself is the network's word, "upper-2" of a second person."""
        kind, _dash, number = label.partition("-")
        return f"{cls.NAMES.get(kind, kind.capitalize())} {number}".rstrip()


class Correction(models.Model):
    """Strokes of a brush on the mask of one garment, of all clothing, or of a garment that they make."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="corrections")
    garment = models.ForeignKey(
        Garment,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="corrections",
        help_text="Empty means all clothing, or a garment that is still to be made.",
    )
    label = models.CharField(max_length=40, blank=True, help_text="Of the garment that this made or is to make.")
    strokes = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return f"{len(self.strokes)} strokes on {self.garment or self.label or 'all clothing'}"
