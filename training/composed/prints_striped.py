"""Striped prints: bands and lines down the cloth."""

from __future__ import annotations

import numpy as np

from training.composed.cloth import cloth_or_none
from training.composed.drawing import Tile, across
from training.composed.layout import cells_over, shuffled
from training.composed.palettes import CHECKS, GEOMETRICS, Palette
from training.composed.setts import Sett, box, even, laid, lines_on, uneven, whole
from training.swatches import SWATCH

LOOKS = ("bengal", "pin", "breton", "candy", "ticking", "deckchair", "barcode")

SHORTEST, LONGEST = 16, 40
"""Range of the repeat in px, that of the network's waves."""


def striped_tile(random: np.random.Generator) -> Tile:
    """Design one stripe; its repeat is 16 to 40 px."""
    look = str(random.choice(LOOKS, p=(0.22, 0.12, 0.14, 0.14, 0.12, 0.16, 0.1)))
    palettes = (*CHECKS, *GEOMETRICS)
    palette = palettes[random.integers(len(palettes))].jittered(random)
    sett = SETTS[look](palette, random)
    repeat = round(sum(width for _, width in sett))
    columns = cells_over(repeat, SWATCH, 1)
    side = columns * repeat
    body = "".join(box(left, 0, width, side, colour) for left, width, colour in laid(sett * columns))
    tile = Tile(side, side, palette.ground, [across(side, side, body, look)])
    tile.name = f"{look} of {len(sett)} stripes, {repeat} px, in {palette.name}"
    tile.main = columns
    tile.cloth = cloth_or_none(random)
    return tile


def _bengal(palette: Palette, random: np.random.Generator) -> Sett:
    """Two stripes as wide as each other, as on shirts and awnings."""
    return even(palette, random, SHORTEST // 2, LONGEST // 2)


def _pin(palette: Palette, random: np.random.Generator) -> Sett:
    """One thin line on a ground, pale or dark."""
    ground, lines = _either_way(palette, random)
    return whole([(lines[0], float(random.choice((1.5, 2.0, 3.0)))), (ground, float(random.integers(14, 30)))])


def _breton(palette: Palette, random: np.random.Generator) -> Sett:
    """A narrow stripe and twice or three times as much ground."""
    ground, lines = _either_way(palette, random)
    width = float(random.integers(6, 11))
    return [(lines[0], width), (ground, float(round(width * random.uniform(2.0, 2.9))))]


def _candy(palette: Palette, random: np.random.Generator) -> Sett:
    """Two colours by turns, ground between them."""
    first, second = shuffled(palette.inks, random)[:2]
    width, gap = float(random.integers(4, 11)), float(random.integers(4, 10))
    return [(first, width), (palette.ground, gap), (second, width), (palette.ground, gap)]


def _ticking(palette: Palette, random: np.random.Generator) -> Sett:
    """A wide stripe between two thin ones."""
    ground, lines = _either_way(palette, random)
    line, gap = 2.0, float(random.integers(2, 4))
    wide, rest = float(random.integers(4, 9)), float(random.integers(8, 18))
    return [(lines[0], line), (ground, gap), (lines[0], wide), (ground, gap), (lines[0], line), (ground, rest)]


def _deckchair(palette: Palette, random: np.random.Generator) -> Sett:
    """Three or four colours side by side, no ground between them."""
    colours = shuffled((palette.ground, *palette.inks, palette.accent), random)
    colours = list(dict.fromkeys(colours))[: random.integers(3, 5)]
    return [(colour, float(random.integers(6, 11))) for colour in colours]


def _barcode(palette: Palette, random: np.random.Generator) -> Sett:
    return uneven((*palette.inks, palette.accent), palette.ground, int(random.integers(24, LONGEST + 1)), random)


def _either_way(palette: Palette, random: np.random.Generator) -> tuple[str, list[str]]:
    """A ground and colours that are seen on it: in one print of three the ground is one of the inks."""
    ground = palette.ground if random.random() < 0.67 else str(random.choice(palette.inks))
    others = [colour for colour in (palette.ground, *palette.inks, palette.accent) if colour != ground]
    return ground, shuffled(lines_on(ground, others), random)


SETTS = {
    "bengal": _bengal,
    "pin": _pin,
    "breton": _breton,
    "candy": _candy,
    "ticking": _ticking,
    "deckchair": _deckchair,
    "barcode": _barcode,
}
