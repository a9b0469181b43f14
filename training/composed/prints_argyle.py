"""Argyle: diamonds corner to corner, with lines across them or a smaller diamond within."""

from __future__ import annotations

import numpy as np

from training.composed.drawing import Motif, Placement, Tile, path_of
from training.composed.layout import cells_over, lattice, shuffled
from training.composed.palettes import CHECKS, GEOMETRICS, Palette, luminance
from training.swatches import SWATCH

LOOKS = ("argyle", "harlequin", "nested")
NARROWEST, WIDEST, TALLEST = 24, 36, 40
"""Range of the repeat in px: across, and down, where it is no shorter than across."""
LEAST_CONTRAST, LEAST_LINE_CONTRAST = 45, 35
"""In luma, of the two kinds of diamonds and of what lies on both."""
FRAME = 32.0
"""Px that are 1 in the frame of a motif: it reaches no farther than that."""


def argyle_tile(random: np.random.Generator) -> Tile:
    """Design one argyle of two or three colours; its repeat is 24 to 36 px across and up to 40 px down."""
    look = str(random.choice(LOOKS, p=(0.6, 0.15, 0.25)))
    palettes = (*GEOMETRICS, *CHECKS)
    while (colours := _colours(palettes[random.integers(len(palettes))].jittered(random), random)) is None:
        pass
    first, second, third = colours
    wide = int(random.integers(NARROWEST, WIDEST + 1))
    tall = min(TALLEST, round(wide * random.uniform(1.0, 1.7)))
    body = diamond(wide, tall, first)
    if look == "argyle":
        body += rakers(wide, tall, third, random.uniform(1.3, 2.2))
    elif look == "nested":
        share = random.uniform(0.35, 0.6)
        body += diamond(wide * share, tall * share, third)
    motif = Motif(f'<g transform="scale({1 / FRAME})">{body}</g>', look)
    layout = lattice("basic", wide, tall, (cells_over(wide, SWATCH, 1), cells_over(tall, SWATCH, 1)))
    placements = [Placement(motif, x, y, FRAME) for x, y in layout.points]
    name = f"{look}, {wide} px across and {tall} px down"
    return Tile(layout.width, layout.height, second, placements, name=name, main=len(placements))


def diamond(wide: float, tall: float, colour: str) -> str:
    """A diamond about the origin, in px. Side by side they leave diamonds between them."""
    corners = np.array([(0, -tall), (wide, 0), (0, tall), (-wide, 0)]) / 2
    return f'<path d="{path_of(corners)}" fill="{colour}"/>'


def rakers(wide: float, tall: float, colour: str, width: float) -> str:
    """The two lines along a diamond's sides through its middle, to the middles of those between."""
    shape = "".join(
        path_of(np.array([(-wide, -lean * tall), (wide, lean * tall)]) / 2, closed=False) for lean in (1, -1)
    )
    # Square ends: blunt ones leave a hair between one line and the next.
    return f'<path d="{shape}" fill="none" stroke="{colour}" stroke-width="{width:.2f}" stroke-linecap="square"/>'


def _colours(palette: Palette, random: np.random.Generator) -> tuple[str, str, str] | None:
    """Two colours for the diamonds and one that is seen on both; None where a palette has none."""
    colours = shuffled((palette.ground, *palette.inks, palette.accent), random)
    first = colours[0]
    apart = [other for other in colours[1:] if abs(luminance(other) - luminance(first)) > LEAST_CONTRAST]
    for second in apart:
        for third in colours:
            if min(abs(luminance(third) - luminance(other)) for other in (first, second)) > LEAST_LINE_CONTRAST:
                return first, second, third
    return None
