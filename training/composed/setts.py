"""Setts: the stripes of one repeat, as a loom is threaded with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from training.composed.layout import shuffled
from training.composed.palettes import Palette, luminance

Sett = list[tuple[str, float]]
"""Colours and widths in px of the stripes of one repeat, as they are threaded."""


def box(left: float, top: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{left:.3f}" y="{top:.3f}" width="{width:.3f}" height="{height:.3f}" fill="{colour}"/>'


def repeated(cell: str, columns: int, repeat: float) -> str:
    """One repeat, drawn in px from its corner, side by side in `columns` columns and as many rows."""
    places = ((column * repeat, row * repeat) for column in range(columns) for row in range(columns))
    return "".join(f'<g transform="translate({x} {y})">{cell}</g>' for x, y in places)


def laid(sett: Sett) -> Iterable[tuple[float, float, str]]:
    """Yield where each stripe starts, its width and its colour."""
    start = 0.0
    for colour, width in sett:
        yield start, width, colour
        start += width


def even(palette: Palette, random: np.random.Generator, low: int, high: int) -> Sett:
    """Two stripes as wide as each other, `low` to `high` px: the ground and the strongest other colour."""
    half = float(random.integers(low, high + 1))
    stripes = sorted(palette.inks, key=lambda ink: -abs(luminance(ink) - luminance(palette.ground)))
    ink = stripes[0] if random.random() < 0.4 else palette.inks[0]
    if abs(luminance(ink) - luminance(palette.ground)) < 50:
        ink = stripes[0]
    return [(ink, half), (palette.ground, half)]


def uneven(colours: Sequence[str], ground: str, repeat: int, random: np.random.Generator) -> Sett:
    """Two to four stripes of uneven widths, ground between them, `repeat` px in all."""
    sett: Sett = []
    for colour in shuffled(colours, random)[: random.integers(2, 5)]:
        sett += [(colour, float(random.integers(2, 8))), (ground, float(random.integers(1, 7)))]
    used = sum(width for _, width in sett)
    scaled = [(colour, max(1.0, round(width * repeat / used))) for colour, width in sett]
    widest = max(range(len(scaled)), key=lambda index: scaled[index][1])
    spare = repeat - sum(width for _, width in scaled)
    scaled[widest] = (scaled[widest][0], scaled[widest][1] + spare)
    return scaled


def whole(sett: Sett) -> Sett:
    """Widen the last stripe until the repeat is a whole number of px."""
    repeat = sum(width for _, width in sett)
    colour, width = sett[-1]
    return [*sett[:-1], (colour, width + np.ceil(repeat) - repeat)]


def lines_on(ground: str, colours: Sequence[str]) -> list[str]:
    """Those of the colours that are seen as thin lines on a ground; all where none is."""
    return [one for one in colours if abs(luminance(one) - luminance(ground)) > 60] or list(colours)
