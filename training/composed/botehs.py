"""Paisley motifs: botehs (teardrops with a curled tip) dressed in rows of ornament."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.composed.drawing import Motif, path_of

FRINGES = ("scallops", "rays", "dots", "petals", "plain")
CORES = ("florets", "nested", "veins", "dots")

LENGTH = 2.0
"""Of the spine of a teardrop."""


@dataclass(frozen=True)
class Dress:
    """Colours of one boteh as #rrggbb, from its outside inwards.

    Attributes:
        fringe: Scallops, rays or dots around the rim.
        rim, band, core: Three teardrops, one within the other.
        row: What is set in a row on the band.
        heart: What lies in the core.
        accent: Centres of flowers and the line between band and core.
    """

    fringe: str
    rim: str
    band: str
    core: str
    row: str
    heart: str
    accent: str


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
    heading = np.radians(-22 + curl * t**2.4)
    steps = np.stack([np.sin(heading), -np.cos(heading)], axis=1) * LENGTH / (len(t) - 1)
    spine = np.cumsum(steps, axis=0)
    profile = np.sqrt(t) * np.power(1 - t, 0.95)
    across = np.stack([np.cos(heading), np.sin(heading)], axis=1)
    return Teardrop(spine, across, fat * profile / profile.max())


def row_along(rim: np.ndarray, spacing: float) -> tuple[np.ndarray, np.ndarray]:
    """Points (N, 2) evenly along a closed outline, about `spacing` apart, and the angles (N,) of outward normals."""
    closed = np.concatenate([rim, rim[:1]])
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    count = max(3, round(lengths[-1] / spacing))
    stops = np.arange(count) * lengths[-1] / count

    def at(where: np.ndarray) -> np.ndarray:
        where = where % lengths[-1]
        return np.stack([np.interp(where, lengths, closed[:, axis]) for axis in (0, 1)], axis=1)

    run = at(stops + 0.02) - at(stops - 0.02)
    return at(stops), np.degrees(np.arctan2(run[:, 1], run[:, 0])) + 90  # rims run anticlockwise


def draw(dress: Dress, random: np.random.Generator, *, fringe: str, core: str) -> Motif:
    """Draw one boteh: the same dress, words and state of `random` give the same drawing.

    Args:
        fringe: One of FRINGES.
        core: One of CORES.
    """
    drop = teardrop(random.uniform(150, 215), random.uniform(0.46, 0.58))
    parts = _fringe(drop, dress, fringe)
    parts.append(_filled(drop.rim(), dress.rim))
    parts.append(_filled(drop.rim(0.075), dress.band))
    points, _ = row_along(drop.rim(0.15), 0.155)
    parts += [_disc(point, 0.046, dress.row) for point in points]
    parts.append(_filled(drop.rim(0.215), dress.accent))
    parts.append(_filled(drop.rim(0.255), dress.core))
    parts += _core(drop, dress, core)
    reach = drop.rim()
    low, high = reach.min(axis=0), reach.max(axis=0)
    middle, grown = (low + high) / 2, np.hypot(*(reach - (low + high) / 2).T).max() + (0 if fringe == "plain" else 0.1)
    frame = f"scale({1 / grown:.4f}) translate({-middle[0]:.4f} {-middle[1]:.4f})"
    return Motif(f'<g transform="{frame}">{"".join(parts)}</g>', f"boteh with {fringe} and {core}")


def _fringe(drop: Teardrop, dress: Dress, fringe: str) -> list[str]:
    if fringe == "plain":
        return []
    if fringe == "scallops":
        points, _ = row_along(drop.rim(), 0.19)
        return [_disc(point, 0.12, dress.fringe) for point in points]
    if fringe == "dots":
        points, angles = row_along(drop.rim(), 0.2)
        out = np.radians(angles)
        points = points + 0.11 * np.stack([np.cos(out), np.sin(out)], axis=1)
        return [_disc(point, 0.052, dress.fringe) for point in points]
    points, angles = row_along(drop.rim(), 0.17 if fringe == "rays" else 0.2)
    long, thick = (0.16, 0.028) if fringe == "rays" else (0.14, 0.07)
    return [
        f'<ellipse rx="{long}" ry="{thick}" fill="{dress.fringe}"'
        f' transform="translate({x:.3f} {y:.3f}) rotate({angle:.1f})"/>'
        for (x, y), angle in zip(points, angles, strict=True)
    ]


def _core(drop: Teardrop, dress: Dress, core: str) -> list[str]:
    if core == "nested":
        parts = [_filled(drop.rim(0.33), dress.heart)]
        centre, half = drop.at(0.34)
        return [*parts, floret(centre, (half - 0.33) * 0.8, 6, dress.core, dress.accent)] if half > 0.42 else parts
    if core == "veins":
        stem = drop.spine[14:96]
        parts = [_line(stem, dress.heart, 0.045)]
        for index in range(18, 84, 9):
            room = max(drop.half[min(index + 8, 120)] - 0.31, 0)
            tip = drop.spine[index + 8]
            for side in (1, -1):
                end = tip + side * drop.across[index + 8] * room
                parts.append(_line(np.stack([drop.spine[index], end]), dress.heart, 0.04))
        return parts
    if core == "dots":
        points, _ = row_along(drop.rim(0.335), 0.13)
        centre, half = drop.at(0.34)
        return [
            *(_disc(point, 0.036, dress.heart) for point in points),
            _disc(centre, max(half - 0.42, 0.05), dress.accent),
        ]
    parts = []
    for share in (0.3, 0.54, 0.69):
        centre, half = drop.at(share)
        room = min((half - 0.26) * 0.92, 0.25)
        if room > 0.05:
            parts.append(floret(centre, room, 6 if room > 0.14 else 5, dress.heart, dress.accent))
    return parts


def floret(centre: np.ndarray, radius: float, petals: int, colour: str, eye: str) -> str:
    """A small flower seen from above."""
    angles = 2 * np.pi * np.arange(petals) / petals
    ring = centre + 0.58 * radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return "".join(_disc(point, 0.4 * radius, colour) for point in ring) + _disc(centre, 0.3 * radius, eye)


def _filled(rim: np.ndarray, colour: str) -> str:
    """A shape with a line of its own colour around it, which rounds its tip."""
    if len(rim) < 3:
        return ""
    return f'<path d="{path_of(rim)}" fill="{colour}" stroke="{colour}" stroke-width="0.03" stroke-linejoin="round"/>'


def _disc(centre: np.ndarray, radius: float, colour: str) -> str:
    return f'<circle cx="{centre[0]:.3f}" cy="{centre[1]:.3f}" r="{radius:.3f}" fill="{colour}"/>'


def _line(points: np.ndarray, colour: str, width: float) -> str:
    path = path_of(points, closed=False)
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width:.3f}" stroke-linecap="round"/>'
