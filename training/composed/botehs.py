"""Paisley motifs: botehs, teardrops whose tip bends over, of one colour or two, one within the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.composed.drawing import Motif, path_of

KINDS = ("plain", "cored", "eyed")
"""One colour; two; and one with a round eye. A boteh is 20 to 28 px long: a third colour within two, rims of petals,
rays or dots, and rows of ornament would be narrower than a network of this size draws."""

RIM = 0.22
"""Width of the rim around the core, where a teardrop is 2 long: some 2.5 px."""

LENGTH = 2.0
"""Of the spine of a teardrop."""


@dataclass(frozen=True)
class Dress:
    """Colours of one boteh as #rrggbb, from its outside inwards."""

    rim: str
    core: str


@dataclass(frozen=True)
class Teardrop:
    """A spine that curls at its tip, with a half width at each of its points.

    Attributes:
        spine, across: (N, 2), points from the round end to the tip and the unit normals there.
        half: (N,).
    """

    spine: np.ndarray
    across: np.ndarray
    half: np.ndarray

    def rim(self, inset: float = 0.0) -> np.ndarray:
        """The outline (M, 2), or one that lies `inset` within it and is as round at its lower end."""
        t = np.linspace(0, 1, len(self.half))
        widest = int(self.half.argmax())
        start = inset / LENGTH
        below = np.interp((t - start) / (t[widest] - start) * t[widest], t, self.half, left=0.0)
        inner = self.half - inset
        inner[:widest] = below[:widest] * inner[widest] / self.half[widest]
        kept = inner > 0 if inset > 0 else np.ones(len(inner), bool)
        spine, side = self.spine[kept], self.across[kept] * inner[kept, None]
        return np.concatenate([spine + side, (spine - side)[::-1]])

    def at(self, share: float) -> tuple[np.ndarray, float]:
        """The point of the spine at a share of its length, and the half width there."""
        index = round(share * (len(self.spine) - 1))
        return self.spine[index], float(self.half[index])


def teardrop(curl: float, fat: float) -> Teardrop:
    """Bend a teardrop.

    Args:
        curl: Degrees by which the tip turns further than the round end.
        fat: Largest half width.
    """
    t = np.linspace(0, 1, 121)
    heading = np.radians(-24 + curl * t**1.9)
    steps = np.stack([np.sin(heading), -np.cos(heading)], axis=1) * LENGTH / (len(t) - 1)
    spine = np.cumsum(steps, axis=0)
    profile = np.sqrt(t) * np.power(1 - t, 0.68)
    across = np.stack([np.cos(heading), np.sin(heading)], axis=1)
    return Teardrop(spine, across, fat * profile / profile.max())


def draw(dress: Dress, random: np.random.Generator, *, kind: str) -> Motif:
    """Draw one boteh of `KINDS`: the same dress, kind and state of `random` give the same drawing."""
    drop = teardrop(random.uniform(150, 175), random.uniform(0.46, 0.54))
    parts = [_filled(drop.rim(), dress.rim)]
    if kind == "eyed":
        centre, half = drop.at(0.34)
        parts.append(_disc(centre, 0.55 * half, dress.core))
    elif kind != "plain":
        parts.append(_filled(drop.rim(RIM), dress.core))
    reach = drop.rim()
    low, high = reach.min(axis=0), reach.max(axis=0)
    middle = (low + high) / 2
    frame = f"scale({1 / np.hypot(*(reach - middle).T).max():.4f}) translate({-middle[0]:.4f} {-middle[1]:.4f})"
    return Motif(f'<g transform="{frame}">{"".join(parts)}</g>', f"{kind} boteh")


def _filled(rim: np.ndarray, colour: str) -> str:
    """A shape with a line of its own colour around it, which rounds its tip."""
    if len(rim) < 3:
        return ""
    return f'<path d="{path_of(rim)}" fill="{colour}" stroke="{colour}" stroke-width="0.03" stroke-linejoin="round"/>'


def _disc(centre: np.ndarray, radius: float, colour: str) -> str:
    return f'<circle cx="{centre[0]:.3f}" cy="{centre[1]:.3f}" r="{radius:.3f}" fill="{colour}"/>'
