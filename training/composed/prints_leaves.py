"""Foliage prints: how leaves, palettes and repeats are put together."""

from __future__ import annotations

import numpy as np

from training.composed.drawing import Motif, Placement, Tile
from training.composed.foliage import KINDS, Ink, draw
from training.composed.layout import LATTICES, Layout, lattice, shuffled, throw
from training.composed.palettes import LEAVES, Palette, luminance, mix

LOOKS = ("layered", "tonal", "colourful", "line", "block", "two-tone")

FAMILIES = (
    ("monstera", "palm", "banana", "fan palm"),
    ("monstera", "heart", "palm"),
    ("fern", "ovate", "eucalyptus"),
    ("eucalyptus", "olive", "willow"),
    ("laurel", "olive", "rowan"),
    ("oak", "chestnut", "rowan"),
    ("ginkgo", "ovate", "willow"),
    ("lanceolate", "obovate", "fern"),
    ("banana", "lanceolate", "fan palm"),
    ("heart", "ovate", "lanceolate"),
    ("chestnut", "fern", "oak"),
    ("palm", "fern", "willow"),
    ("rowan", "laurel", "fern"),
)


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
    """Design one foliage print; 2 to 4 leaves stand on 64 x 64 px, besides those of a layer behind."""
    palette = LEAVES[random.integers(len(LEAVES))].jittered(random)
    look = str(random.choice(LOOKS, p=(0.26, 0.12, 0.2, 0.12, 0.14, 0.16)))
    ground, inks = inks_of(look, palette, random)
    family = shuffled(FAMILIES[random.integers(len(FAMILIES))], random)[: random.integers(1, 4)]
    motifs = [draw(kind, ink, random) for kind in family for ink in shuffled(inks, random)[:3]]
    per_patch = random.uniform(2.3, 3.8)
    repeat = "tossed" if random.random() < 0.62 else str(random.choice(LATTICES, p=(0.15, 0.55, 0.3)))
    if repeat == "tossed":
        side = int(random.integers(184, 225))
        layout = throw(side, side, 64 * np.sqrt(0.7 / per_patch), random)
        motifs = [*motifs, *(draw(kind, ink, random) for kind in family for ink in inks[:2])]
    else:
        tall = random.uniform(1.0, 1.35)
        pitch = 64 / np.sqrt(per_patch)
        layout = lattice(repeat, round(pitch / np.sqrt(tall)), round(pitch * np.sqrt(tall)))
    tile = Tile(layout.width, layout.height, ground, name=f"{look} {', '.join(family)} in {palette.name}, {repeat}")
    radius = 32 / np.sqrt(per_patch) * random.uniform(1.02, 1.25)
    if (look in {"layered", "colourful"} and random.random() < 0.85) or random.random() < 0.15:
        tile.placements += _behind(layout, ground, palette, random, radius)
    front = (
        _sprinkled(layout, motifs, radius, random) if repeat == "tossed" else _ordered(layout, motifs, radius, random)
    )
    tile.placements += front
    tile.main = len(front)
    return tile


def _behind(
    layout: Layout, ground: str, palette: Palette, random: np.random.Generator, radius: float
) -> list[Placement]:
    """A layer of leaves close to the ground's own colour, denser and without detail."""
    nearest = min(palette.inks, key=lambda ink: abs(luminance(ink) - luminance(ground)))
    tint = mix(ground, nearest, random.uniform(0.35, 0.8))
    kinds = random.choice(list(KINDS), 2)
    motifs = [draw(kind, Ink(tint), random) for kind in kinds for _ in range(2)]
    points = throw(layout.width, layout.height, radius * random.uniform(0.95, 1.2), random).points
    return [
        Placement(
            motifs[random.integers(len(motifs))], x, y, radius * random.uniform(0.9, 1.15), random.uniform(0, 360)
        )
        for x, y in points
    ]


def _sprinkled(layout: Layout, motifs: list[Motif], radius: float, random: np.random.Generator) -> list[Placement]:
    """Motifs in any direction, no two neighbours alike by more than chance."""
    order = [motif for _ in range(len(layout.points) // len(motifs) + 1) for motif in shuffled(motifs, random)]
    return [
        Placement(motif, x, y, radius * random.uniform(0.88, 1.12), random.uniform(0, 360), bool(random.random() < 0.5))
        for (x, y), motif in zip(layout.points, order, strict=False)
    ]


def _ordered(layout: Layout, motifs: list[Motif], radius: float, random: np.random.Generator) -> list[Placement]:
    """Motifs by column or by diagonal, each column leaning its own way."""
    chosen = motifs[: int(random.integers(1, 4))]
    diagonal, lean, flips = random.random() < 0.4, random.uniform(0, 40), random.random() < 0.6
    upside_down = random.random() < 0.25
    placements = []
    for (x, y), (column, row) in zip(layout.points, layout.cells, strict=True):
        number = (column + row if diagonal else column) % len(chosen)
        odd = bool(column % 2)
        turn = (-lean if odd else lean) + (180 if upside_down and odd else 0)
        placements.append(Placement(chosen[number], x, y, radius * 1.08, turn, flips and odd))
    return placements
