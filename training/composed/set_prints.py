"""Set prints: motifs upright on a strict lattice, as a network draws them from the waves of its repeat."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

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
        half_drops: Share of the prints that are half-drops; the others stand on a square lattice.
        turns: How far the motifs of a half-drop are turned, in degrees clockwise, in its even and in its odd columns.
            One pair is drawn for a print; on a square lattice all stand upright.
    """

    pitch: tuple[float, float]
    size: tuple[float, float]
    half_drops: float = 0.6
    turns: tuple[tuple[float, float], ...] = ((0.0, 0.0),)

    def lay_out(self, motifs: Sequence[Motif], random: np.random.Generator, *, ground: str, name: str) -> Tile:
        """Put one motif on a square lattice, or two by turns on a half-drop."""
        half_drop = random.random() < self.half_drops
        nearest = random.uniform(*self.pitch)
        period = 2 * round(nearest / math.sqrt(2)) if half_drop else round(nearest)
        across = period // 2 if half_drop else period
        cells = cells_over(across, SWATCH), cells_over(period, SWATCH)
        layout = lattice("half-drop" if half_drop else "basic", across, period, cells)
        radius = nearest * random.uniform(*self.size)
        cast = shuffled(motifs, random)
        turns = self.turns[random.integers(len(self.turns))] if half_drop and len(self.turns) > 1 else (0.0, 0.0)
        by_turns = [turned(cast[column % len(cast) if half_drop else 0], turns[column]) for column in (0, 1)]
        placements = [
            Placement(by_turns[column % 2], x, y, radius)
            for (x, y), column in zip(layout.points, layout.cells[:, 0].tolist(), strict=True)
        ]
        turning = " by {:g} and {:g} degrees".format(*turns) if any(turns) else ""
        name = f"{name}, {'half-drop' if half_drop else 'square'} {period} px{turning}"
        return Tile(layout.width, layout.height, ground, placements, name=name, main=len(placements))


def turned(motif: Motif, degrees: float) -> Motif:
    """A motif turned clockwise about its centre."""
    if degrees == 0:
        return motif
    return replace(motif, body=f'<g transform="rotate({degrees:g})">{motif.body}</g>')
