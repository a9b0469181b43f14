"""Tartans: one sett, threaded forwards and back, in warp and weft."""

from __future__ import annotations

import numpy as np

from training.composed.drawing import Tile, across
from training.composed.layout import cells_over
from training.composed.palettes import CHECKS
from training.composed.prints_checkered import tartan_sett, woven
from training.swatches import SWATCH

SHORTEST = 26
"""Px of a repeat below which a sett's stripes are threads."""


def tartan_tile(random: np.random.Generator) -> Tile:
    """Design one tartan; its repeat is up to 40 px."""
    while True:
        palette = CHECKS[random.integers(len(CHECKS))].jittered(random)
        sett = tartan_sett(palette, random)
        repeat = round(sum(width for _, width in sett))
        if repeat >= SHORTEST and len({colour for colour, _ in sett}) > 2:
            break
    columns = cells_over(repeat, SWATCH, 1)
    side = columns * repeat
    tile = Tile(side, side, palette.ground, [across(side, side, woven(sett * columns, sett * columns, side), "tartan")])
    tile.name = f"tartan of {len(sett)} stripes, {repeat} px, in {palette.name}"
    tile.main = columns * columns
    return tile
