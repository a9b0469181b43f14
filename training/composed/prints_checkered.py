"""Woven checks: what stripes in the warp and stripes in the weft give where they cross."""

from __future__ import annotations

import numpy as np

from training.composed.cloth import cloth_or_none
from training.composed.drawing import Tile, across
from training.composed.layout import cells_over, shuffled
from training.composed.palettes import CHECKS, Palette
from training.composed.setts import Sett, box, even, laid, lines_on, repeated, uneven, whole
from training.swatches import SWATCH

LOOKS = ("gingham", "checkerboard", "buffalo", "windowpane", "shepherd", "tartan", "madras")


def checkered_tile(random: np.random.Generator) -> Tile:
    """Design one check; its repeat is 16 to 40 px."""
    look = str(random.choice(LOOKS, p=(0.27, 0.13, 0.12, 0.14, 0.07, 0.16, 0.11)))
    palette = _palette_for(look, random).jittered(random)
    warp, weft, share = SETTS[look](palette, random)
    repeat = round(sum(width for _, width in warp))
    columns = cells_over(repeat, SWATCH, 1)
    side = columns * repeat
    if look == "shepherd":
        body = repeated(shepherd(warp, repeat), columns, repeat)
    elif look == "checkerboard":
        body = repeated(board(warp, repeat), columns, repeat)
    elif look == "windowpane":
        body = repeated(panes(warp, repeat, share), columns, repeat)
    else:
        body = woven(warp * columns, weft * columns, side)
    tile = Tile(side, side, palette.ground, [across(side, side, body, look)])
    tile.name = f"{look} of {len({*warp, *weft})} stripes, {repeat} px, in {palette.name}"
    tile.main = columns * columns
    tile.cloth = cloth_or_none(random)
    return tile


def woven(warp: Sett, weft: Sett, side: float) -> str:
    """Draw the warp, and the whole weft over it as if its threads covered half of the cloth."""
    down = (box(x, 0, width, side, colour) for x, width, colour in laid(warp))
    over = (box(0, y, side, width, colour) for y, width, colour in laid(weft))
    return "".join(down) + f'<g opacity="0.5">{"".join(over)}</g>'


def panes(sett: Sett, repeat: float, strength: float) -> str:
    """One repeat of a windowpane: the lines of a sett both ways on its last colour, deeper where they cross.

    Args:
        strength: Opacity of the lines, 0 to 1.
    """
    ground = sett[-1][0]
    lines = [(start, width, colour) for start, width, colour in laid(sett) if colour != ground]
    down = (box(x, 0, width, repeat, colour) for x, width, colour in lines)
    over = (box(0, y, repeat, width, colour) for y, width, colour in lines)
    both = (f'<g opacity="{strength:.2f}">{"".join(part)}</g>' for part in (down, over))
    return box(0, 0, repeat, repeat, ground) + "".join(both)


def shepherd(sett: Sett, repeat: float) -> str:
    """One repeat of a shepherd's check: where light and dark cross, twill lines of both show."""
    (dark, half), (light, _) = sett
    lines = 3 if half < 12 else 4
    step = half / lines
    parts = [box(0, 0, repeat, repeat, light), box(0, 0, half, half, dark)]
    for left, top in ((half, 0.0), (0.0, half)):
        for number in range(2 * lines):
            start, end = number * step, (number + 0.5) * step
            corners = [*_diagonal(start, half), *_diagonal(end, half)[::-1]]
            points = " ".join(f"{left + x:.3f},{top + y:.3f}" for x, y in corners)
            parts.append(f'<polygon points="{points}" fill="{dark}"/>')
    return "".join(parts)


def board(sett: Sett, repeat: float) -> str:
    """One repeat of a checkerboard."""
    (dark, half), (light, rest) = sett
    return box(0, 0, repeat, repeat, light) + box(0, 0, half, half, dark) + box(half, half, rest, rest, dark)


def _diagonal(at: float, side: float) -> list[tuple[float, float]]:
    """Where the line x + y = at enters and leaves a square."""
    if at <= side:
        return [(0.0, at), (at, 0.0)]
    return [(at - side, side), (side, at - side)]


def _palette_for(look: str, random: np.random.Generator) -> Palette:
    """Tartans and madras have palettes of their own; buffalo checks are two strong colours."""
    named = {
        "buffalo": ("buffalo", "camel", "white"),
        "tartan": ("tartan", "stewart", "watch", "gordon", "camel", "ground", "navy-white"),
        "madras": ("madras",),
    }.get(look, ("white", "cream", "ground", "camel", "madras", "-tartan"))
    fitting = [palette for palette in CHECKS if any(part in palette.name for part in named)]
    return fitting[random.integers(len(fitting))]


def _gingham(palette: Palette, random: np.random.Generator) -> tuple[Sett, Sett, float]:
    """Equal stripes both ways; rarely another colour in the weft."""
    warp = even(palette, random, 8, 14)
    weft = list(warp)
    if random.random() < 0.15:
        weft[0] = (palette.inks[-1], warp[0][1])
    return warp, weft, 0.5


def _buffalo(palette: Palette, random: np.random.Generator) -> tuple[Sett, Sett, float]:
    sett = even(palette, random, 11, 20)
    return sett, sett, 0.5


def _checkerboard(palette: Palette, random: np.random.Generator) -> tuple[Sett, Sett, float]:
    sett = even(palette, random, 8, 18)
    return sett, sett, 1.0


def _shepherd(palette: Palette, random: np.random.Generator) -> tuple[Sett, Sett, float]:
    sett = even(palette, random, 8, 14)
    return sett, sett, 1.0


def _windowpane(palette: Palette, random: np.random.Generator) -> tuple[Sett, Sett, float]:
    """Thin lines far apart: single, double, or in two colours by turns (tattersall)."""
    ground = palette.ground
    inks = shuffled(lines_on(ground, (*palette.inks, palette.accent)), random)
    line, way = float(random.choice((1.5, 2.0, 2.5, 3.0))), random.random()
    if way < 0.45:
        gap = float(random.integers(15, 27))
        sett = [(inks[0], line), (ground, gap)]
    elif way < 0.65:
        gap = float(random.integers(14, 27))
        sett = [(inks[0], line), (ground, line + 1), (inks[0], line), (ground, gap)]
    else:
        gap = float(random.integers(8, 17))
        sett = [(inks[0], line), (ground, gap), (inks[-1], line), (ground, gap)]
    sett = whole(sett)
    return sett, sett, random.uniform(0.65, 1.0)


def _tartan(palette: Palette, random: np.random.Generator) -> tuple[Sett, Sett, float]:
    """A sett of two to four stripe colours on a ground, threaded forwards and back, of up to 40 px."""
    first, second, third = palette.inks[0], palette.inks[1], palette.accent
    ground = float(random.integers(5, 10))
    half: Sett = [(palette.ground, ground), (first, float(random.integers(3, 7)))]
    if random.random() < 0.75:
        half.insert(1, (second, float(random.integers(1, 4))))
    middle = (third, float(random.choice((1.0, 2.0)))) if random.random() < 0.75 else (first, 2.0)
    start = (second, float(random.choice((1.0, 2.0)))) if random.random() < 0.5 else (palette.ground, 2.0)
    sett = [start, *half, middle, *half[::-1]]
    spare = sum(width for _, width in sett) - 40
    if spare > 0:
        less = np.ceil(spare / 2)
        sett = [(ink, width - less if ink == palette.ground and width > 4 else width) for ink, width in sett]
    return sett, sett, 0.5


def _madras(palette: Palette, random: np.random.Generator) -> tuple[Sett, Sett, float]:
    """Stripes of uneven widths, other ones in the weft than in the warp."""
    repeat = int(random.integers(28, 41))
    colours = (*palette.inks, palette.accent)
    warp, weft = (uneven(colours, palette.ground, repeat, random) for _ in range(2))
    return warp, weft, 0.5


SETTS = {
    "gingham": _gingham,
    "checkerboard": _checkerboard,
    "buffalo": _buffalo,
    "windowpane": _windowpane,
    "shepherd": _shepherd,
    "tartan": _tartan,
    "madras": _madras,
}
