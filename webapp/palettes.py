"""Palettes with a name, to recolour a print with; each from dark to light, as `Pattern.colours` is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Palette:
    name: Any
    colours: tuple[str, ...]


PALETTES = (
    Palette(_("Indigo and chalk"), ("#141b3c", "#2b3f7a", "#5f79b3", "#b3c1d9", "#f2efe6")),
    Palette(_("Ink and paper"), ("#15171a", "#3b3f43", "#7d7f7d", "#c4c1b8", "#f7f4ec")),
    Palette(_("Terracotta"), ("#3b1a14", "#8a3b25", "#c76a42", "#e3a780", "#f6e4d2")),
    Palette(_("Olive grove"), ("#23291a", "#4d5a2f", "#86904f", "#bfc08a", "#efe9cf")),
    Palette(_("Sea glass"), ("#0f2f35", "#1f6068", "#4f9c9a", "#a3cfc4", "#eef5ec")),
    Palette(_("Plum and rose"), ("#2c1026", "#6d2150", "#b24a73", "#e19ba6", "#f9e6e1")),
    Palette(_("Marigold"), ("#2a1d10", "#8c4a12", "#d98a1c", "#f0c04f", "#fbf0cf")),
    Palette(_("Night garden"), ("#0d1020", "#2d1f52", "#8e2f66", "#3f8f6b", "#f1d9a8")),
)
