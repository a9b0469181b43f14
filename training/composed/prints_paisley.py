"""Paisley prints: small botehs in the colours of a palette, strewn over a ground."""

from __future__ import annotations

import numpy as np

from training.composed import botehs
from training.composed.botehs import CORES, FRINGES, Dress
from training.composed.ditsy import Ditsy
from training.composed.drawing import Tile
from training.composed.palettes import PAISLEYS, Palette, luminance

DITSY = Ditsy(pitch=(17.0, 27.0), shift=0.12, size=(0.46, 0.52))


def paisley_tile(random: np.random.Generator) -> Tile:
    """Design one paisley print; 5 to 14 botehs of one to three kinds stand on 64 x 64 px."""
    palette = PAISLEYS[random.integers(len(PAISLEYS))].jittered(random)
    pitch, layout = DITSY.lay_out(random)
    motifs = [
        botehs.draw(
            dress_of(palette, random), random, fringe=str(random.choice(FRINGES)), core=str(random.choice(CORES))
        )
        for _ in range(int(random.integers(1, 4)))
    ]
    return DITSY.strew(pitch, layout, motifs, random, ground=palette.ground, name=f"{motifs[0].name} in {palette.name}")


def dress_of(palette: Palette, random: np.random.Generator) -> Dress:
    """Dress a boteh so that each of its layers stands out from the one around it."""
    colours = [palette.ground, *palette.inks, palette.accent]
    rim = _apart_from(palette.ground, palette.inks, random)
    band = _apart_from(rim, colours, random)
    core = _apart_from(band, [colour for colour in colours if colour != rim] if len(colours) > 4 else colours, random)
    return Dress(
        fringe=_apart_from(palette.ground, [*palette.inks, palette.accent], random),
        rim=rim,
        band=band,
        core=core,
        row=_apart_from(band, colours, random),
        heart=_apart_from(core, colours, random),
        accent=_apart_from(core, [*palette.inks, palette.accent], random),
    )


def _apart_from(colour: str, others: list[str] | tuple[str, ...], random: np.random.Generator) -> str:
    """One of the other colours that differs clearly in brightness, or the one that differs most."""
    clear = [other for other in others if abs(luminance(other) - luminance(colour)) > 45]
    if clear:
        return clear[random.integers(len(clear))]
    return max(others, key=lambda other: abs(luminance(other) - luminance(colour)))
