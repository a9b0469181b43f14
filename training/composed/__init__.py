"""Swatches for categories without enough photos, composed as a textile designer would.

A print starts as a `Tile` (drawing.py): motifs (foliage.py, figures.py, icons.py, botehs.py) at the places of a repeat
(layout.py), or lines drawn across all of it (setts.py), in the colours of a palette (palettes.py), perhaps on cloth
(cloth.py). The modules `prints_*` design one tile of a category each; compose.py renders tiles, cuts swatches out of
them and writes the manifest.
"""

from training.composed.compose import CATEGORIES, compose_swatches, design_tile, icons_for, swatches_of
from training.composed.icons import MotifError

__all__ = ["CATEGORIES", "MotifError", "compose_swatches", "design_tile", "icons_for", "swatches_of"]
