"""Paisley prints: botehs in the colours of a palette, flowers and vines between them."""

from __future__ import annotations

import numpy as np

from training.composed import botehs, foliage
from training.composed.botehs import CORES, FRINGES, Dress
from training.composed.cloth import cloth_or_none
from training.composed.drawing import Motif, Placement, Tile
from training.composed.foliage import Ink
from training.composed.layout import Layout, lattice, shuffled, throw
from training.composed.palettes import PAISLEYS, Palette, luminance

VINES = ("fern", "olive", "laurel", "willow")


def paisley_tile(random: np.random.Generator) -> Tile:
    """Design one paisley print; 1.5 to 3 botehs stand on 64 x 64 px, besides small ones between them."""
    palette = PAISLEYS[random.integers(len(PAISLEYS))].jittered(random)
    per_patch = random.uniform(1.75, 2.8)
    repeat = str(random.choice(("tossed", "half-drop", "brick"), p=(0.5, 0.35, 0.15)))
    if repeat == "tossed":
        side = int(random.integers(200, 241))
        layout = throw(side, side, 64 * np.sqrt(0.7 / per_patch), random)
    else:
        tall = random.uniform(1.05, 1.3)
        pitch = 64 / np.sqrt(per_patch)
        layout = lattice(repeat, round(pitch / np.sqrt(tall)), round(pitch * np.sqrt(tall)), (4, 4))
    radius = 32 / np.sqrt(per_patch) * random.uniform(1.0, 1.14) * (0.96 if repeat == "tossed" else 1.0)
    motifs = [
        botehs.draw(
            dress_of(palette, random), random, fringe=str(random.choice(FRINGES)), core=str(random.choice(CORES))
        )
        for _ in range(int(random.integers(1, 4)))
    ]
    main = _botehs(layout, motifs, radius, repeat, random)
    tile = Tile(layout.width, layout.height, palette.ground, name=f"{motifs[0].name} in {palette.name}, {repeat}")
    tile.placements = [*_fillers(layout, main, palette, radius, random), *main]
    tile.main = len(main)
    tile.cloth = cloth_or_none(random)
    return tile


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


def _botehs(
    layout: Layout, motifs: list[Motif], radius: float, repeat: str, random: np.random.Generator
) -> list[Placement]:
    """Tossed any way up, or in columns or rows that lean and look to either side by turns."""
    if repeat == "tossed":
        order = [motif for _ in range(len(layout.points) // len(motifs) + 1) for motif in shuffled(motifs, random)]
        return [
            Placement(motif, x, y, radius * random.uniform(0.9, 1.08), random.uniform(0, 360), random.random() < 0.5)
            for (x, y), motif in zip(layout.points, order, strict=False)
        ]
    lean, flips, upside_down = random.uniform(-35, 35), random.random() < 0.7, random.random() < 0.4
    placements = []
    for (x, y), cell in zip(layout.points, layout.cells, strict=True):
        number = int(cell[0] if repeat == "half-drop" else cell[1])
        odd = bool(number % 2)
        turn = (-lean if odd and flips else lean) + (180 if odd and upside_down else 0)
        few = motifs[: 2 if len(motifs) > 1 else 1]
        placements.append(Placement(few[number % len(few)], x, y, radius, turn, flips and odd))
    return placements


def _fillers(
    layout: Layout, main: list[Placement], palette: Palette, radius: float, random: np.random.Generator
) -> list[Placement]:
    """Vines and flowers in the wide gaps, then dots in the narrow ones."""
    inks = [ink for ink in (*palette.inks, palette.accent) if abs(luminance(ink) - luminance(palette.ground)) > 35]
    inks = inks or list(palette.inks)

    def ink() -> str:
        return inks[random.integers(len(inks))]

    # A boteh is longer than it is wide: two discs cover it better than one.
    turns = np.radians([place.turn for place in main])
    arms = 0.4 * radius * np.stack([np.sin(turns), -np.cos(turns)], axis=1)
    centres = np.array([(place.x, place.y) for place in main])
    taken = np.concatenate([centres + arms, centres - arms])
    size = radius * random.uniform(0.2, 0.3)
    kinds = shuffled([kind for kind in botehs.FILLERS if kind != "dot"], random)[: random.integers(2, 4)]
    motifs = []
    for kind in kinds:
        for first in (ink(), ink()):
            second = shuffled([other for other in inks if other != first] or [palette.ground], random)[0]
            motifs.append(botehs.filler(kind, first, second, random))
    if random.random() < 0.6:
        motifs += [foliage.draw(str(random.choice(VINES)), Ink(ink(), accent=ink(), stroke=0.1), random)] * 3
    wide = throw(
        layout.width,
        layout.height,
        size * 2.1,
        random,
        taken=taken,
        clearance=radius * 0.58 + size * 0.75,
    ).points
    places = [
        Placement(motifs[random.integers(len(motifs))], x, y, size * random.uniform(0.85, 1.15), random.uniform(0, 360))
        for x, y in wide
    ]
    dots = [botehs.filler("dot", ink(), ink(), random) for _ in range(2)]
    small = random.uniform(1.1, 1.8)
    narrow = throw(
        layout.width,
        layout.height,
        small * 3.6,
        random,
        taken=np.concatenate([wide, taken]),
        clearance=radius * 0.42 + small * 1.2,
    ).points
    return [Placement(dots[random.integers(2)], x, y, small) for x, y in narrow] + places
