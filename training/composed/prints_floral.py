"""Floral set prints: small flowers upright, in rows or by turns."""

from __future__ import annotations

import numpy as np

from training.composed.drawing import Tile
from training.composed.flowers import Bloom, draw
from training.composed.layout import shuffled
from training.composed.palettes import FLORALS, Palette, luminance, mix
from training.composed.set_prints import SetPrint

SET = SetPrint(size=(0.46, 0.52))

FAMILIES = (
    ("blossom",),
    ("daisy",),
    ("poppy",),
    ("rose",),
    ("tulip",),
    ("rose", "blossom"),
    ("daisy", "poppy"),
    ("blossom", "tulip"),
)
"""Kinds that stand together. All stand upright: of flowers that lay any way a network drew crumbs."""


def floral_tile(random: np.random.Generator) -> Tile:
    """Design one floral; 2 to 4 flowers of one or two kinds stand on 64 x 64 px."""
    palette = FLORALS[random.integers(len(FLORALS))].jittered(random)
    family = FAMILIES[random.integers(len(FAMILIES))]
    motifs = [draw(name, bloom, random) for name in family for bloom in blooms_of(palette, random)]
    return SET.lay_out(motifs, random, ground=palette.ground, name=f"{', '.join(family)} in {palette.name}")


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
