"""Dotted prints: polka dots, from pins to coins, and confetti."""

from __future__ import annotations

import numpy as np

from training.composed.cloth import cloth_or_none
from training.composed.drawing import Motif, Placement, Tile
from training.composed.layout import Layout, cells_over, lattice, shuffled, throw
from training.composed.palettes import GEOMETRICS, Palette, luminance, rgb_of
from training.swatches import SWATCH

LOOKS = ("polka", "two sizes", "many colours", "confetti", "rings")


def dot(colour: str) -> Motif:
    return Motif(f'<circle r="1" fill="{colour}"/>', f"dot {colour}")


def ring(colour: str) -> Motif:
    return Motif(f'<circle r="0.8" fill="none" stroke="{colour}" stroke-width="0.4"/>', f"ring {colour}")


def dotted_tile(random: np.random.Generator) -> Tile:
    """Design one dotted print; the period of its lattice is 16 to 40 px."""
    palette = GEOMETRICS[random.integers(len(GEOMETRICS))].jittered(random)
    look = str(random.choice(LOOKS, p=(0.48, 0.18, 0.13, 0.15, 0.06)))
    ground, inks = colours_of(palette, random)
    tile = _confetti(ground, inks, random) if look == "confetti" else _on_lattice(look, ground, inks, random)
    tile.name = f"{tile.name} in {palette.name}"
    tile.main = len(tile.placements)
    tile.tossed = look in ("confetti", "many colours")
    tile.cloth = cloth_or_none(random)
    return tile


def colours_of(palette: Palette, random: np.random.Generator) -> tuple[str, list[str]]:
    """Choose the ground, the palest or the deepest colour in three prints of four, and inks that stand out on it."""
    colours = sorted((palette.ground, *palette.inks, palette.accent), key=luminance)
    middle = colours[1 + random.integers(len(colours) - 2)]
    ground = (colours[0], colours[-1], middle)[random.choice(3, p=(0.36, 0.39, 0.25))]
    far = [colour for colour in colours if _distance(colour, ground) > 90]
    if not far:
        far = [max(colours, key=lambda colour: _distance(colour, ground))]
    return ground, shuffled(far, random)


def _distance(first: str, second: str) -> float:
    """How far two colours are apart, brightness counted twice."""
    between = np.array(rgb_of(first), float) - rgb_of(second)
    return float(np.linalg.norm(between)) / 2 + abs(luminance(first) - luminance(second))


def _on_lattice(look: str, ground: str, inks: list[str], random: np.random.Generator) -> Tile:
    """Dots on a square lattice, or on a diagonal one: a half-drop with columns half a pitch apart."""
    diagonal = random.random() < 0.62
    pitch = int(random.integers(16, 41 if random.random() < 0.35 else 29))
    if look == "two sizes":
        pitch = max(pitch, 18)
    pitch += pitch % 2 if diagonal else 0
    across = pitch // 2 if diagonal else pitch
    nearest = pitch / np.sqrt(2) if diagonal else pitch
    every = max(2, len(inks)) if look == "many colours" else 2
    every += every % 2
    cells = cells_over(across, SWATCH, every), cells_over(pitch, SWATCH, every)
    layout = lattice("half-drop" if diagonal else "basic", across, pitch, cells)
    size = str(random.choice(("pin", "polka", "coin"), p=(0.22, 0.5, 0.28)))
    if look == "rings":
        size = "coin"
    low, high = {"pin": (0.14, 0.21), "polka": (0.21, 0.33), "coin": (0.33, 0.43)}[size]
    radius = max(nearest * random.uniform(low, high), 1.6)
    draw = ring if look == "rings" else dot
    motifs = [draw(ink) for ink in (inks if look == "many colours" else inks[:1])]
    tile = Tile(layout.width, layout.height, ground)
    if look == "two sizes":
        tile.placements = _two_sizes(layout, nearest, diagonal, inks, random)
    else:
        order = _order(layout, len(motifs), random)
        tile.placements = [
            Placement(motifs[number], x, y, radius) for (x, y), number in zip(layout.points, order, strict=True)
        ]
    size = "mixed" if look == "two sizes" else size
    tile.name = f"{look}, {size} dots, {'diagonal' if diagonal else 'square'} {pitch} px"
    return tile


def _order(layout: Layout, colours: int, random: np.random.Generator) -> list[int]:
    """Which colour each dot has: column by column, diagonal by diagonal or by chance."""
    column, row = layout.cells.T
    if colours == 1:
        return [0] * len(column)
    way = random.integers(3)
    numbers = (random.integers(colours, size=len(column)), (column + row) % colours, row % colours)[way]
    return [int(number) for number in numbers]


def _two_sizes(
    layout: Layout, nearest: float, diagonal: bool, inks: list[str], random: np.random.Generator
) -> list[Placement]:
    """Large dots with small ones between them, in one colour or two."""
    large = nearest * random.uniform(0.3, 0.48)
    small = max(min(large * random.uniform(0.3, 0.6), nearest * 0.9 - large), 1.6)
    other = inks[1] if len(inks) > 1 and random.random() < 0.4 else inks[0]
    column, row = layout.cells.T
    between = column % 2 if diagonal else (column + row) % 2
    return [
        Placement(dot(other) if odd else dot(inks[0]), x, y, small if odd else large)
        for (x, y), odd in zip(layout.points, between, strict=True)
    ]


def _confetti(ground: str, inks: list[str], random: np.random.Generator) -> Tile:
    """Dots of two to five colours and one to three sizes, tossed without touching."""
    side = int(random.integers(128, 161))
    radius = random.uniform(2.5, 7.5)
    sizes = (1.0, random.uniform(0.5, 0.8), random.uniform(0.3, 0.5))[: random.integers(1, 4)]
    motifs = [dot(ink) for ink in inks[:5]]
    points = throw(side, side, radius * random.uniform(2.3, 3.2), random).points
    tile = Tile(side, side, ground, name=f"confetti, colours: {len(motifs)}, sizes: {len(sizes)}")
    tile.placements = [
        Placement(motifs[random.integers(len(motifs))], x, y, max(radius * sizes[random.integers(len(sizes))], 1.4))
        for x, y in points
    ]
    return tile
