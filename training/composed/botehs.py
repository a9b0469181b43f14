"""Paisley motifs: botehs, teardrops whose tip bends over, with rims, bands, beads, petals, seeds or a flower."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from training.composed.drawing import Motif, path_of

RIM = 0.12
"""Width of a rim, where a teardrop is 2 long: some 2.5 px of a boteh of 40."""

LENGTH = 2.0
"""Of the spine of a teardrop."""


@dataclass(frozen=True)
class Dress:
    """Colours of one boteh as #rrggbb, from its outside inwards: each lies on the one before it."""

    rim: str
    band: str
    core: str
    spot: str


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
    parts = _PARTS[kind](drop, dress)
    reach = drop.rim()
    low, high = reach.min(axis=0), reach.max(axis=0)
    middle = (low + high) / 2
    frame = f"scale({1 / np.hypot(*(reach - middle).T).max():.4f}) translate({-middle[0]:.4f} {-middle[1]:.4f})"
    return Motif(f'<g transform="{frame}">{"".join(parts)}</g>', f"{kind} boteh")


def _cored(drop: Teardrop, dress: Dress) -> list[str]:
    return [_filled(drop.rim(), dress.rim), _filled(drop.rim(1.6 * RIM), dress.band)]


def _eyed(drop: Teardrop, dress: Dress) -> list[str]:
    centre, half = drop.at(0.34)
    inner = _disc(centre, 0.5 * half, dress.core) + _disc(centre, 0.24 * half, dress.spot)
    return [_filled(drop.rim(), dress.rim), _filled(drop.rim(RIM), dress.band), inner]


def _seeded(drop: Teardrop, dress: Dress) -> list[str]:
    seeds = [_disc(drop.at(share)[0], radius, dress.core) for share, radius in SEEDS]
    return [_filled(drop.rim(), dress.rim), _filled(drop.rim(RIM), dress.band), *seeds]


def _banded(drop: Teardrop, dress: Dress) -> list[str]:
    bands = ((0.0, dress.rim), (RIM, dress.band), (2.2 * RIM, dress.core))
    return [*(_filled(drop.rim(inset), colour) for inset, colour in bands), _disc(drop.at(0.3)[0], 0.09, dress.spot)]


def _beaded(drop: Teardrop, dress: Dress) -> list[str]:
    beads = [_disc(point, 0.085, dress.band) for point in _spaced(drop.rim(1.3 * RIM), 0.27)]
    return [_filled(drop.rim(), dress.rim), *beads, _filled(drop.rim(2.7 * RIM), dress.core)]


def _scalloped(drop: Teardrop, dress: Dress) -> list[str]:
    petals = [_disc(point, 0.125, dress.rim) for point in _spaced(drop.rim(0.06), 0.25)]
    inner = [_filled(drop.rim(0.1), dress.band), _filled(drop.rim(0.1 + RIM), dress.core)]
    return [_filled(drop.rim(0.06), dress.rim), *petals, *inner, _disc(drop.at(0.32)[0], 0.1, dress.spot)]


def _flowered(drop: Teardrop, dress: Dress) -> list[str]:
    centre, half = drop.at(0.34)
    turns = np.radians(72 * np.arange(5))
    petals = [
        _disc(centre + 0.42 * half * np.array([np.sin(turn), -np.cos(turn)]), 0.27 * half, dress.core)
        for turn in turns.tolist()
    ]
    flower = [*petals, _disc(centre, 0.2 * half, dress.spot), _disc(drop.at(0.64)[0], 0.1, dress.core)]
    return [_filled(drop.rim(), dress.rim), _filled(drop.rim(RIM), dress.band), *flower]


_PARTS: dict[str, Callable[[Teardrop, Dress], list[str]]] = {
    "cored": _cored,
    "eyed": _eyed,
    "seeded": _seeded,
    "banded": _banded,
    "beaded": _beaded,
    "scalloped": _scalloped,
    "flowered": _flowered,
}

KINDS = tuple(_PARTS)

SEEDS = ((0.24, 0.16), (0.44, 0.13), (0.61, 0.1), (0.75, 0.075))
"""Places along the spine, and radii."""


def _spaced(line: np.ndarray, step: float) -> np.ndarray:
    """Points along a closed line (N, 2), as far apart as it fits, some `step` from each other."""
    closed = np.concatenate([line, line[:1]])
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    at = np.linspace(0.0, length[-1], max(round(length[-1] / step), 3), endpoint=False)
    return np.stack([np.interp(at, length, closed[:, 0]), np.interp(at, length, closed[:, 1])], axis=1)


def _filled(rim: np.ndarray, colour: str) -> str:
    """A shape with a line of its own colour around it, which rounds its tip."""
    if len(rim) < 3:
        return ""
    return f'<path d="{path_of(rim)}" fill="{colour}" stroke="{colour}" stroke-width="0.03" stroke-linejoin="round"/>'


def _disc(centre: np.ndarray, radius: float, colour: str) -> str:
    return f'<circle cx="{centre[0]:.3f}" cy="{centre[1]:.3f}" r="{radius:.3f}" fill="{colour}"/>'
