"""Tartans: one sett, threaded forwards and back, in warp and weft."""

from __future__ import annotations

import numpy as np

from training.composed.drawing import Tile, across
from training.composed.layout import cells_over
from training.composed.palettes import TARTANS, Palette
from training.composed.prints_checkered import woven
from training.composed.setts import Sett
from training.swatches import SWATCH

SHORTEST, LONGEST = 36, 60
"""Px of a repeat: in less, a sett's lines are threads, and a training patch holds no more."""


def tartan_sett(palette: Palette, random: np.random.Generator) -> Sett:
    """A sett of three or four colours: broad stripes, guards beside them, and a thin line where the threading turns."""
    first, second, accent = palette.inks[0], palette.inks[1], palette.accent
    ground, broad = float(random.integers(7, 14)), float(random.integers(4, 11))
    guard = float(random.integers(2, 4))
    half: Sett = [(palette.ground, ground), (first, broad)]
    way = random.random()
    if way < 0.3:  # the second colour parts ground and stripe
        half.insert(1, (second, guard + 1))
    elif way < 0.55:  # a line within the ground
        half[:1] = [(palette.ground, ground - 4), (second, 2.0), (palette.ground, 4.0)]
    elif way < 0.8:  # the stripe is laid in two colours
        half[1:] = [(first, broad), (second, guard + 2)]
    turns = [(accent, 2.0), (accent, 3.0), (second, 3.0), (first, 4.0), (palette.ground, 4.0)]
    chances = np.array([0.35, 0.15, 0.2, 0.15, 0.15])
    start, middle = (turns[index] for index in random.choice(len(turns), 2, p=chances))
    return [start, *half, middle, *half[::-1]]


def tartan_tile(random: np.random.Generator) -> Tile:
    """Design one tartan; its repeat is SHORTEST to LONGEST px."""
    while True:
        palette = TARTANS[random.integers(len(TARTANS))].jittered(random)
        sett = tartan_sett(palette, random)
        repeat = round(sum(width for _, width in sett))
        if SHORTEST <= repeat <= LONGEST and len({colour for colour, _ in sett}) > 2:
            break
    columns = cells_over(repeat, SWATCH, 1)
    side = columns * repeat
    tile = Tile(side, side, palette.ground, [across(side, side, woven(sett * columns, sett * columns, side), "tartan")])
    tile.name = f"tartan of {len(sett)} stripes, {repeat} px, in {palette.name}"
    tile.main = columns * columns
    return tile
