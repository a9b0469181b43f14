"""The nouns of the site. Rows that belong to someone carry either a user or a visitor's random id, never both."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from webapp.curation import Block, SegmentationModel, TrainingImage
from webapp.keeping import ApiToken, Collection, Share
from webapp.owned import Owned, OwnedQuerySet, one_owner
from webapp.runs import TrainingNote, TrainingPoint, TrainingRun, TrainingSample, VersionEvent

__all__ = [
    "ApiToken",
    "Block",
    "Category",
    "Collection",
    "Design",
    "DesignLayer",
    "Garment",
    "Job",
    "ModelVersion",
    "Owned",
    "OwnedQuerySet",
    "Pattern",
    "Photo",
    "SegmentationModel",
    "Share",
    "TrainingImage",
    "TrainingNote",
    "TrainingPoint",
    "TrainingRun",
    "TrainingSample",
    "VersionEvent",
    "recipe_of",
]


class CategoryQuerySet(models.QuerySet):
    def published(self) -> CategoryQuerySet:
        return self.filter(is_published=True)


class Category(models.Model):
    slug = models.SlugField(unique=True, help_text="Used in addresses and as the name of the weight file.")
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=300, blank=True, help_text="One line shown under the name.")
    position = models.PositiveIntegerField(default=0, help_text="Smaller numbers come first.")
    is_published = models.BooleanField(default=False, help_text="Shown on the site.")
    cover_key = models.CharField(max_length=300, blank=True, editable=False)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        ordering = ("position", "name")
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name

    @property
    def cover(self) -> str:
        """Where the sample picture of the category is: its own, else the one that came with the site, else none."""
        from django.contrib.staticfiles import finders
        from django.templatetags.static import static

        from webapp import files

        if self.cover_key:
            return files.file_url(self.cover_key, self)
        name = f"categories/{self.slug}.webp"
        return static(name if finders.find(name) else "categories/none.svg")

    @property
    def holder(self) -> str:
        """Covers are everybody's."""
        return ""

    @property
    def active_version(self) -> ModelVersion | None:
        return self.versions.filter(is_active=True).first()


class ModelVersion(models.Model):
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    weights_key = models.CharField(max_length=300, help_text='A storage key, or "shipped:<slug>".')
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
        """Whether its file came with the site, and is none of ours to delete."""
        return self.weights_key.startswith("shipped:")

    @property
    def holder(self) -> str:
        """Links to its files are for whoever sees the admin's pages: they name no owner."""
        return ""


def recipe_of(seed: int, latent: dict[str, Any]) -> str:
    """What it takes to draw a print again, in words; the colours of a palette are for the page to show."""
    parts = [_("seed %d") % seed]
    parts += [
        _("%(share)d %% of %(seed)d") % {"seed": other, "share": round(100 * share)}
        for other, share in latent.get("mixes", ())
    ]
    if latent.get("palette"):
        parts.append(_("recoloured"))
    return " · ".join(map(str, parts))


class Pattern(Owned):
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="patterns")
    seed = models.BigIntegerField(validators=[MinValueValidator(0)])
    size = models.PositiveIntegerField(default=512, validators=[MinValueValidator(64), MaxValueValidator(8192)])
    latent = models.JSONField(
        null=True, blank=True, help_text="What sets it apart from the seed's own print: mixes (seed, share), palette."
    )
    colours = models.JSONField(default=list, blank=True, help_text="Its main colours, from dark to light.")
    image_key = models.CharField(max_length=300, blank=True)
    is_favourite = models.BooleanField(default=False)
    is_hidden = models.BooleanField(default=False)

    class Meta(Owned.Meta):
        constraints = (one_owner("pattern_one_owner"),)

    def __str__(self) -> str:
        return f"{self.category} {self.seed}"

    @property
    def category(self) -> Category:
        return self.version.category

    @property
    def is_ready(self) -> bool:
        return bool(self.image_key)

    @property
    def recipe(self) -> str:
        return recipe_of(self.seed, self.latent or {})


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


class Design(Owned):
    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="designs")
    image_key = models.CharField(max_length=300, blank=True)
    preview_key = models.CharField(max_length=300, blank=True)
    parameters = models.JSONField(default=dict, blank=True)
    is_favourite = models.BooleanField(default=False)
    is_hidden = models.BooleanField(default=False)

    class Meta(Owned.Meta):
        constraints = (one_owner("design_one_owner"),)

    def __str__(self) -> str:
        return f"Design {str(self.pk)[:8]}"

    @property
    def described_layers(self) -> list[dict[str, Any]]:
        """What was asked for, layer by layer, in a person's words: kept apart from the prints, which may be deleted."""
        return [
            {
                **layer,
                "recipe": recipe_of(layer["seed"], layer["latent"]),
                "garment": _("all clothing")
                if layer["garment"] == "all"
                else Garment.name_of(layer["garment"]).lower(),
            }
            for layer in self.parameters.get("layers", ())
        ]

    @property
    def is_ready(self) -> bool:
        return bool(self.image_key)


class DesignLayer(models.Model):
    design = models.ForeignKey(Design, on_delete=models.CASCADE, related_name="layers")
    position = models.PositiveSmallIntegerField(default=0)
    garment = models.ForeignKey(
        Garment, null=True, blank=True, on_delete=models.CASCADE, help_text="Empty means all clothing."
    )
    pattern = models.ForeignKey(Pattern, on_delete=models.CASCADE, related_name="layers")
    scale = models.FloatField(default=1, validators=[MinValueValidator(0.05), MaxValueValidator(20)])
    rotation = models.FloatField(default=0, validators=[MinValueValidator(-360), MaxValueValidator(360)])
    offset_x = models.FloatField(default=0, validators=[MinValueValidator(-1), MaxValueValidator(1)])
    offset_y = models.FloatField(default=0, validators=[MinValueValidator(-1), MaxValueValidator(1)])

    class Meta:
        ordering = ("position",)

    def __str__(self) -> str:
        return f"{self.pattern} on {self.garment or 'all clothing'}"


class JobQuerySet(OwnedQuerySet):
    def active(self) -> JobQuerySet:
        return self.filter(state__in=(Job.State.QUEUED, Job.State.RUNNING))


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
    sent_at = models.DateTimeField(default=timezone.now, help_text="When the broker last heard of it.")
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    params = models.JSONField(default=dict, blank=True)
    pattern = models.ForeignKey(Pattern, null=True, blank=True, on_delete=models.CASCADE, related_name="jobs")
    photo = models.ForeignKey(Photo, null=True, blank=True, on_delete=models.CASCADE, related_name="jobs")
    design = models.ForeignKey(Design, null=True, blank=True, on_delete=models.CASCADE, related_name="jobs")
    run = models.ForeignKey("webapp.TrainingRun", null=True, blank=True, on_delete=models.CASCADE, related_name="jobs")

    objects = JobQuerySet.as_manager()

    class Meta(Owned.Meta):
        constraints = (one_owner("job_one_owner"),)
        indexes = (models.Index(fields=("kind", "state", "queued_at"), name="job_queue_order"),)

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
    def percent(self) -> int:
        return round(100 * self.progress)
