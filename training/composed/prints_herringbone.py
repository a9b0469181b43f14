"""Herringbone: a twill whose diagonal turns back at every rib, half a line further on."""

from __future__ import annotations

import numpy as np

from training.composed.drawing import Tile, across, path_of
from training.composed.layout import cells_over
from training.composed.palettes import CHECKS, GEOMETRICS, SKINS, two_tones
from training.composed.setts import repeated
from training.swatches import SWATCH

SHORTEST, LONGEST = 20, 40
"""Range of the repeat in px, two ribs wide, that of the network's waves."""
FEWEST, MOST = 3, 4
"""Lines of one colour in a repeat's height."""
LEAST_CONTRAST = 50


def herringbone_tile(random: np.random.Generator) -> Tile:
    """Design one herringbone of two colours; its repeat is 20 to 40 px."""
    pale, dark, palette = two_tones(
        (*CHECKS, *GEOMETRICS, *SKINS), random, least_contrast=LEAST_CONTRAST, reversed_share=0.5
    )
    repeat = int(random.integers(SHORTEST, LONGEST + 1))
    lines = int(random.integers(FEWEST, MOST + 1))
    columns = cells_over(repeat, SWATCH, 1)
    side = columns * repeat
    cell = f'<path d="{bones(repeat, lines)}" fill="{dark}"/>'
    tile = Tile(side, side, pale, [across(side, side, repeated(cell, columns, repeat), "herringbone")])
    tile.name = f"herringbone of {lines} lines, {repeat} px, in {palette}"
    tile.main = columns * columns
    return tile


def bones(repeat: float, lines: int) -> str:
    """SVG path data of one repeat: lines at 45 degrees, as wide as their gaps, up in one rib and down in the next.

    They reach over the upper edge of the repeat as far as those of the one below reach into it.
    """
    rib, step = repeat / 2, repeat / lines
    parts = []
    for top in step * np.arange(lines):
        for left, start, end in ((0.0, top, top - rib), (rib, top - rib + step / 2, top + step / 2)):
            right = left + rib
            corners = [(left, start), (right, end), (right, end + step / 2), (left, start + step / 2)]
            parts.append(path_of(np.array(corners, float)))
    return "".join(parts)
