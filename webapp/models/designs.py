"""Prints laid on garments of a photo."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from webapp.models.owned import Owned, one_owner
from webapp.models.patterns import Pattern, recipe_of
from webapp.models.photos import Garment, Photo

REPEAT_CM = 20
"""Width of one repeat on the garment at scale 1, as in segmentation.REPEAT_CM."""

SHARED = "-shared.jpg"
"""Ending of the key of a picture for a link, after that of the design's picture."""


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
                "repeat_cm": round(REPEAT_CM * layer["scale"], 1),
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

    @property
    def shared_key(self) -> str:
        """Where the picture is kept that a link to the design shows, once somebody has looked at it."""
        return self.image_key.removesuffix(".png") + SHARED


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
