"""Set prints: motifs upright on a strict lattice, as a network draws them from the waves of its repeat."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.composed.drawing import Motif, Placement, Tile
from training.composed.layout import cells_over, lattice, shuffled
from training.swatches import SWATCH


@dataclass(frozen=True)
class SetPrint:
    """How the motifs of a category lie.

    Attributes:
        pitch: Range of the pixels from one motif to the next.
        size: Range of a motif's radius, in pitches: half of one and they touch.
        lean: Degrees by which all motifs of a print may lean, either way.
    """

    pitch: tuple[float, float]
    size: tuple[float, float]
    lean: float = 0.0

    def lay_out(self, motifs: Sequence[Motif], random: np.random.Generator, *, ground: str, name: str) -> Tile:
        """Put one motif on a square lattice, or two by turns on a half-drop whose columns may face each other."""
        half_drop = random.random() < 0.6
        nearest = random.uniform(*self.pitch)
        period = 2 * round(nearest / math.sqrt(2)) if half_drop else round(nearest)
        across = period // 2 if half_drop else period
        cells = cells_over(across, SWATCH), cells_over(period, SWATCH)
        layout = lattice("half-drop" if half_drop else "basic", across, period, cells)
        radius = nearest * random.uniform(*self.size)
        lean, facing = random.uniform(-self.lean, self.lean), half_drop and random.random() < 0.5
        cast = shuffled(motifs, random)
        placements = []
        for (x, y), (column, _) in zip(layout.points, layout.cells, strict=True):
            other = int(column) % 2 if half_drop else 0
            mirrored = bool(other) and facing
            motif = cast[other % len(cast)]
            placements.append(Placement(motif, x, y, radius, -lean if mirrored else lean, mirrored))
        name = f"{name}, {'half-drop' if half_drop else 'square'} {period} px"
        return Tile(layout.width, layout.height, ground, placements, name=name, main=len(placements))
