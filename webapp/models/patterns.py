"""Prints, and what it takes to draw each again."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from webapp.models.categories import Category
from webapp.models.owned import Owned, one_owner
from webapp.models.versions import VECTOR_SIZE, ModelVersion

FIRST_SIZE = 512
"""Side in pixels of a print for which nobody asked another."""

FIRST_REPEAT_CM = 40
"""Where pages begin: at 40 cm a print of 512 px has spots, flowers and stripes of the size that is worn."""

CANDIDATES = "candidates"
"""In the latent of a variation until it is drawn: how many seeds stand for the one that it mixes in last."""


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
    def first_repeat_cm(self) -> float:
        """Width of a tile on cloth where pages begin: motifs of all versions then have the size that is worn."""
        if self.version.draws_single_pictures:
            return FIRST_REPEAT_CM * VECTOR_SIZE / FIRST_SIZE
        return FIRST_REPEAT_CM / self.version.fineness

    @property
    def is_ready(self) -> bool:
        return bool(self.image_key)

    @property
    def recipe(self) -> str:
        return recipe_of(self.seed, self.latent or {})
