"""Ditsy prints: motifs strewn over a plain ground, small enough to be texture to a network of 8 px cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.composed.drawing import Motif, Placement, Tile
from training.composed.layout import Layout, scatter


@dataclass(frozen=True)
class Ditsy:
    """How the motifs of a category lie.

    Attributes:
        pitch: Range of the pixels from one motif to the next.
        shift: How far motifs are moved from their rows, in pitches, either way.
        size: Range of a motif's radius, in pitches: half of one and they touch.
    """

    pitch: tuple[float, float]
    shift: float
    size: tuple[float, float]

    def lay_out(self, random: np.random.Generator) -> tuple[float, Layout]:
        """Choose a pitch, in px, and the places of motifs at that pitch."""
        pitch = random.uniform(*self.pitch)
        return pitch, scatter(pitch, self.shift, random)

    def strew(
        self,
        pitch: float,
        layout: Layout,
        motifs: Sequence[Motif],
        random: np.random.Generator,
        *,
        ground: str,
        name: str,
    ) -> Tile:
        """Put one of several motifs on each place, turned any way, mirrored or not."""
        radius = pitch * random.uniform(*self.size)
        placements = [
            Placement(
                motifs[int(random.integers(len(motifs)))],
                x,
                y,
                radius * np.exp(0.08 * random.standard_normal()),
                random.uniform(0, 360),
                bool(random.random() < 0.5),
            )
            for x, y in layout.points
        ]
        name, main = f"{name}, tossed", len(placements)
        return Tile(layout.width, layout.height, ground, placements, name=name, main=main, tossed=True)
