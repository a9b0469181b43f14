"""Houndstooth: the check of four dark and four pale threads, woven as a twill of two up and two down."""

from __future__ import annotations

import numpy as np

from training.composed.drawing import Tile, across, path_of
from training.composed.layout import cells_over
from training.composed.palettes import CHECKS, GEOMETRICS, SKINS, two_tones
from training.composed.setts import box, repeated
from training.swatches import SWATCH

SHORTEST, LONGEST = 20, 40
"""Range of the repeat in px, that of the network's waves."""
THREADS = 8
"""Of one repeat, half of them dark. A twill of as many as that is no check any more, and one of fewer has no teeth."""
LEAST_CONTRAST = 70


def houndstooth_tile(random: np.random.Generator) -> Tile:
    """Design one houndstooth; its repeat is 20 to 40 px. All teeth point one way: what they bend to may not vary."""
    pale, dark, palette = two_tones(
        (*CHECKS, *GEOMETRICS, *SKINS), random, least_contrast=LEAST_CONTRAST, reversed_share=0.3
    )
    repeat = int(random.integers(SHORTEST, LONGEST + 1))
    columns = cells_over(repeat, SWATCH, 1)
    side = columns * repeat
    cell = f'<g fill="{dark}" transform="scale({repeat / THREADS})">{tooth(dark)}</g>'
    tile = Tile(side, side, pale, [across(side, side, repeated(cell, columns, repeat), "houndstooth")])
    tile.name = f"houndstooth, {repeat} px, in {palette}"
    tile.main = columns * columns
    return tile


def tooth(colour: str) -> str:
    """One repeat, THREADS wide: the square where dark threads cross, and where dark crosses pale, the twill's ribs.

    Ribs run at 45 degrees, two threads wide and two apart. Where warp and weft are of one colour none is seen.
    """
    half = THREADS / 2
    ribs = "".join(
        path_of(np.array(points, float))
        for left, top in ((half, 0.0), (0.0, half))
        for points in (
            [(left, top), (left + 2, top), (left, top + 2)],
            [(left + 4, top), (left + 4, top + 2), (left + 2, top + 4), (left, top + 4)],
        )
    )
    return box(0, 0, half, half, colour) + f'<path d="{ribs}"/>'
