"""Foliage prints: how leaves, palettes and repeats are put together."""

from __future__ import annotations

import numpy as np

from training.composed.drawing import Tile
from training.composed.foliage import Ink, draw
from training.composed.palettes import LEAVES, Palette, luminance, mix
from training.composed.set_prints import SetPrint

LOOKS = ("layered", "tonal", "colourful", "line", "block", "two-tone")

SET = SetPrint(size=(0.46, 0.52))

FAMILIES = (("leaf",), ("three",), ("frond",), ("fan",), ("leaf", "three"), ("leaf", "frond"), ("leaf", "fan"))
"""Kinds that stand together. All grow upwards: of leaves that lay any way a network drew pebbles."""


def inks_of(look: str, palette: Palette, random: np.random.Generator) -> tuple[str, list[Ink]]:
    """Choose the ground and two to four inks of a look, the quietest ink first."""
    ground, inks = palette.ground, list(palette.inks)
    inks.sort(key=lambda ink: abs(luminance(ink) - luminance(ground)))
    deep = min((ground, *inks), key=luminance)
    pale = max((ground, *inks), key=luminance)
    if look == "line":
        return ground, [
            Ink(
                ground if random.random() < 0.6 else mix(ground, ink, 0.35),
                vein=ink,
                outline=ink,
                accent=palette.accent,
            )
            for ink in inks[-2:]
        ]
    if look == "block":
        ink = inks[-1]
        if random.random() < 0.5:
            ground, ink = ink, ground
        return ground, [Ink(ink, vein=ground, accent=ink)]
    if look == "tonal":
        far = deep if luminance(ground) > 128 else pale
        return ground, [Ink(mix(ground, far, share), vein=mix(ground, far, share * 0.35)) for share in (0.38, 0.6)]
    if look == "two-tone":
        return ground, [
            Ink(ink, shade=mix(ink, deep, 0.42), vein=mix(ink, pale, 0.55), accent=palette.accent) for ink in inks[-3:]
        ]
    if look == "colourful":
        bold = [*inks[-3:], palette.accent]
        return ground, [
            Ink(ink, vein=mix(ink, pale if luminance(ink) < 140 else deep, 0.5), accent=palette.accent) for ink in bold
        ]
    return ground, [
        Ink(
            ink,
            shade=mix(ink, deep, 0.3) if random.random() < 0.5 else None,
            vein=mix(ink, pale if luminance(ink) < 150 else deep, 0.45),
            accent=palette.accent,
        )
        for ink in inks[-2:]
    ]


def leaf_tile(random: np.random.Generator) -> Tile:
    """Design one foliage print; 2 to 4 sprigs of one or two kinds stand on 64 x 64 px."""
    palette = LEAVES[random.integers(len(LEAVES))].jittered(random)
    look = str(random.choice(LOOKS, p=(0.25, 0.05, 0.25, 0.05, 0.1, 0.3)))
    ground, inks = inks_of(look, palette, random)
    family = FAMILIES[random.integers(len(FAMILIES))]
    motifs = [draw(name, ink, random) for name in family for ink in inks]
    return SET.lay_out(motifs, random, ground=ground, name=f"{look} {', '.join(family)} in {palette.name}")
