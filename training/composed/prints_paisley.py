"""Paisley prints: botehs in the colours of a palette, in rows on a ground."""

from __future__ import annotations

import numpy as np

from training.composed import botehs
from training.composed.botehs import KINDS, Dress
from training.composed.drawing import Tile
from training.composed.palettes import PAISLEYS, Palette, luminance
from training.composed.set_prints import SetPrint

SET = SetPrint(size=(0.44, 0.5))


def paisley_tile(random: np.random.Generator) -> Tile:
    """Design one paisley print; 2 to 4 botehs of one or two kinds stand on 64 x 64 px."""
    palette = PAISLEYS[random.integers(len(PAISLEYS))].jittered(random)
    motifs = [botehs.draw(dress_of(palette, random), random, kind=str(random.choice(KINDS))) for _ in range(2)]
    return SET.lay_out(motifs, random, ground=palette.ground, name=f"{motifs[0].name} in {palette.name}")


def dress_of(palette: Palette, random: np.random.Generator) -> Dress:
    """Dress a boteh so that each of its colours stands out from the one around it."""
    rim = _apart_from(palette.ground, palette.inks, random)
    colours = [palette.ground, *palette.inks, palette.accent]
    band = _apart_from(rim, colours, random)
    core = _apart_from(band, colours, random)
    return Dress(rim, band, core, spot=_apart_from(core, colours, random))


def _apart_from(colour: str, others: list[str] | tuple[str, ...], random: np.random.Generator) -> str:
    """One of the other colours that differs clearly in brightness, or the one that differs most."""
    clear = [other for other in others if abs(luminance(other) - luminance(colour)) > 45]
    if clear:
        return clear[random.integers(len(clear))]
    return max(others, key=lambda other: abs(luminance(other) - luminance(colour)))
