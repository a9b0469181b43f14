"""Plain cloth: one colour, woven, knitted, ribbed or felted."""

from __future__ import annotations

import numpy as np

from training.composed.drawing import Tile, across
from training.composed.palettes import CHECKS, FLORALS, GEOMETRICS, LEAVES, PAISLEYS, PASTELS, luminance, mix, rgb_of
from training.composed.weaves import Weave

SIDE = 144
"""Of a tile, in px: whole repeats of every weave."""
CLOTHS: dict[str, tuple[tuple[str, tuple[float, ...]], ...]] = {
    # name of the cloth: weaves and their pitches in px, all of whose repeats fit eight px
    "poplin": (("plain weave", (2.0,)),),
    "linen": (("plain weave", (2.0, 4.0)),),
    "canvas": (("plain weave", (4.0,)), ("basket", (2.0,))),
    "chambray": (("plain weave", (2.0, 4.0)), ("oxford", (2.0,))),
    "twill": (("twill 2/2", (2.0,)), ("twill 2/1", (8 / 3,))),
    "denim": (("twill 3/1", (2.0,)), ("twill 2/1", (8 / 3,))),
    "jersey": (("knit", (4.0, 8.0)),),
    "corduroy": (("corduroy", (4.0, 8.0)),),
    "felt": (("felt", (8.0,)),),
}
EVENNESS = {
    "jersey": (0.025, 8.0),
    "poplin": (0.03, 6.0),
    "linen": (0.12, 10.0),
    "canvas": (0.06, 5.0),
    "felt": (0.06, 5.0),
}
"""Unevenness of the threads, and the px over which they change; of the others 0.05 and 8."""


def solid_tile(random: np.random.Generator) -> Tile:
    """Design one cloth of one colour."""
    name = list(CLOTHS)[random.integers(len(CLOTHS))]
    weaves = CLOTHS[name]
    weave, pitches = weaves[random.integers(len(weaves))]
    pitch = pitches[random.integers(len(pitches))]
    palettes = (*CHECKS, *FLORALS, *GEOMETRICS, *LEAVES, *PAISLEYS, *PASTELS)
    palette = palettes[random.integers(len(palettes))].jittered(random)
    colours = (palette.ground, *palette.inks)
    colour = colours[random.integers(len(colours))]
    dark = luminance(colour) < 90
    if name in ("chambray", "denim"):
        other = mix(colour, "#ffffff" if dark or random.random() < 0.7 else "#202020", random.uniform(0.15, 0.45))
    elif name == "felt":
        other = mix(colour, "#ffffff" if dark else "#000000", random.uniform(0.08, 0.25))
    else:
        other = mix(colour, "#ffffff" if dark else "#000000", random.uniform(0.0, 0.12))
    unevenness, slub = EVENNESS.get(name, (0.05, 8.0))
    cloth = Weave(
        weave,
        pitch,
        warp=rgb_of(colour),
        weft=rgb_of(other),
        depth=float(random.uniform(0.2, 0.45)),
        unevenness=float(unevenness * random.uniform(0.7, 1.3)),
        slub=slub,
        fibre=float(random.uniform(0.04, 0.09)),
        seed=int(random.integers(2**31)),
    )
    body = f'<rect width="{SIDE}" height="{SIDE}" fill="{colour}"/>'
    return Tile(
        SIDE,
        SIDE,
        colour,
        [across(SIDE, SIDE, body, "plain cloth")],
        name=f"{name}, {weave}, {pitch:.1f} px, in a colour of {palette.name}",
        main=round(SIDE / pitch),
        cloth=cloth,
        tossed=True,
        plain=True,
    )
