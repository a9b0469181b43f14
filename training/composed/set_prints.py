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
        size: Range of a motif's radius, in pitches: half of one and they touch.
        pitch: Range of the pixels from one motif to the next: with less a network draws no veins, eyes or petals.
    """

    size: tuple[float, float]
    pitch: tuple[float, float] = (34.0, 45.0)

    def lay_out(self, motifs: Sequence[Motif], random: np.random.Generator, *, ground: str, name: str) -> Tile:
        """Put one motif on a square lattice, or two by turns on a half-drop."""
        half_drop = random.random() < 0.6
        nearest = random.uniform(*self.pitch)
        period = 2 * round(nearest / math.sqrt(2)) if half_drop else round(nearest)
        across = period // 2 if half_drop else period
        cells = cells_over(across, SWATCH), cells_over(period, SWATCH)
        layout = lattice("half-drop" if half_drop else "basic", across, period, cells)
        radius = nearest * random.uniform(*self.size)
        cast = shuffled(motifs, random)
        placements = [
            Placement(cast[column % 2 % len(cast) if half_drop else 0], x, y, radius)
            for (x, y), column in zip(layout.points, layout.cells[:, 0].tolist(), strict=True)
        ]
        name = f"{name}, {'half-drop' if half_drop else 'square'} {period} px"
        return Tile(layout.width, layout.height, ground, placements, name=name, main=len(placements), rows=True)
