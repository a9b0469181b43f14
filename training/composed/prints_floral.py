"""Ditsy florals: small flowers strewn over a ground."""

from __future__ import annotations

import numpy as np

from training.composed.ditsy import Ditsy
from training.composed.drawing import Tile
from training.composed.flowers import Bloom, draw
from training.composed.layout import shuffled
from training.composed.palettes import FLORALS, Palette, luminance, mix

DITSY = Ditsy(pitch=(14.0, 24.0), shift=0.28, size=(0.48, 0.55))

FAMILIES = (
    ("blossom",),
    ("daisy",),
    ("poppy",),
    ("rose",),
    ("tulip",),
    ("spray",),
    ("rose", "blossom"),
    ("daisy", "poppy"),
    ("blossom", "spray"),
)


def floral_tile(random: np.random.Generator) -> Tile:
    """Design one floral; 7 to 21 flowers of one or two kinds stand on 64 x 64 px."""
    palette = FLORALS[random.integers(len(FLORALS))].jittered(random)
    pitch, layout = DITSY.lay_out(random)
    family = FAMILIES[random.integers(len(FAMILIES))]
    motifs = [draw(name, bloom, random) for name in family for bloom in blooms_of(palette, random) for _ in range(2)]
    return DITSY.strew(
        pitch, layout, motifs, random, ground=palette.ground, name=f"{', '.join(family)} in {palette.name}"
    )


def blooms_of(palette: Palette, random: np.random.Generator) -> list[Bloom]:
    """One to three ways to colour a flower. The last ink of a palette is its green."""
    *flowers, leaf = palette.inks
    dark_ground = luminance(palette.ground) < 110
    leaf = mix(leaf, palette.ground, random.uniform(0.0, 0.3))
    vein = mix(leaf, "#ffffff" if dark_ground else palette.ground, 0.4)
    chosen = shuffled(flowers, random)[: int(random.integers(1, 4))]
    return [
        Bloom(
            petal=flower,
            shade=mix(flower, "#3a0f2a" if luminance(flower) > 120 else "#ffffff", random.uniform(0.2, 0.35)),
            heart=palette.accent if palette.accent != flower else mix(flower, "#000000", 0.6),
            leaf=leaf,
            vein=vein,
        )
        for flower in chosen
    ]
