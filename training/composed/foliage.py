"""Leaves, fronds and sprigs, drawn from a few numbers each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from training.composed.drawing import Motif, path_of


@dataclass(frozen=True)
class Ink:
    """How a leaf is coloured; None leaves a part out.

    Attributes:
        fill: The blade, or "none".
        shade: The half of the blade away from the light.
        vein: Midrib and side veins.
        outline: The rim.
        accent: Berries and buds.
        stroke: Width of lines in the motif's frame.
    """

    fill: str
    shade: str | None = None
    vein: str | None = None
    outline: str | None = None
    accent: str | None = None
    stroke: float = 0.05


@dataclass(frozen=True)
class Shape:
    """Outline of a blade: half width as a share of its length, where it is widest, and what is cut into it."""

    width: float
    low: float
    high: float
    lobes: float = 0.0
    lobe_depth: float = 0.0
    cuts: int = 0
    veins: int = 4


SHAPES = {
    "ovate": Shape(0.30, 0.65, 0.95),
    "lanceolate": Shape(0.2, 0.8, 1.0, veins=5),
    "willow": Shape(0.11, 0.7, 0.9, veins=0),
    "round": Shape(0.44, 0.5, 0.55, veins=3),
    "obovate": Shape(0.30, 1.1, 0.6),
    "heart": Shape(0.42, 0.28, 0.9),
    "banana": Shape(0.24, 0.45, 0.5, lobes=6, lobe_depth=0.10, veins=7),
    "oak": Shape(0.30, 0.7, 0.5, lobes=4, lobe_depth=0.30, veins=4),
    "monstera": Shape(0.50, 0.28, 0.75, cuts=4, veins=4),
}


def blade(base: np.ndarray, heading: float, length: float, shape: Shape, ink: Ink, bend: float = 0.0) -> str:
    """Draw one blade.

    Args:
        base: (2,), where it is attached.
        heading: Direction of its middle in degrees, 0 upwards, clockwise.
        bend: Degrees by which the tip turns further than the base.
    """
    t = np.linspace(0, 1, 57)
    spine = _curve(base, heading - bend / 2, heading + bend / 2, length, t)
    along = np.gradient(spine, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    profile = np.power(t, shape.low) * np.power(1 - t, shape.high)
    half = shape.width * length * profile / profile.max()
    rise = np.zeros_like(t)
    if shape.lobes:
        half = half * (1 - shape.lobe_depth * (0.5 + 0.5 * np.cos(2 * np.pi * shape.lobes * t)) * (t < 0.95))
    if shape.cuts:
        # The lobes of a monstera point to the tip: what lies further out is moved up along the spine.
        slot = np.power(0.5 + 0.5 * np.cos(2 * np.pi * shape.cuts * (t - 0.06)), 5) * ((t > 0.12) & (t < 0.9))
        half = half * (1 - 0.72 * slot)
        rise = 0.35 * half * (t < 0.97)
    right = spine + across * half[:, None] + along * rise[:, None]
    left = spine - across * half[:, None] + along * rise[:, None]
    rim = path_of(np.concatenate([right, left[::-1]]))
    parts = [f'<path d="{rim}" fill="{ink.fill}"/>']
    if ink.shade:
        parts.append(f'<path d="{path_of(np.concatenate([left, spine[::-1]]))}" fill="{ink.shade}"/>')
    if ink.outline:
        parts.append(
            f'<path d="{rim}" fill="none" stroke="{ink.outline}" stroke-width="{ink.stroke}" stroke-linejoin="round"/>'
        )
    if ink.vein:
        lines = [path_of(spine[: int(len(t) * 0.92)], closed=False)]
        for number in range(shape.veins):
            at = int(len(t) * (0.14 + 0.62 * number / max(shape.veins - 1, 1)))
            out = min(at + int(len(t) * 0.12), len(t) - 1)
            for side in (across, -across):
                lines.append(path_of(np.stack([spine[at], spine[out] + side[out] * half[out] * 0.78]), closed=False))
        parts.append(_line(lines[0], ink.vein, ink.stroke))
        parts.append(_line("".join(lines[1:]), ink.vein, ink.stroke * 0.7))
    return "".join(parts)


def _curve(base: np.ndarray, start: float, end: float, length: float, t: np.ndarray) -> np.ndarray:
    angle = np.radians(start + (end - start) * t)
    steps = np.stack([np.sin(angle), -np.cos(angle)], axis=1) * length / (len(t) - 1)
    steps[0] = 0
    return base + np.cumsum(steps, axis=0)


def _line(path: str, colour: str, width: float) -> str:
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width:.3f}" stroke-linecap="round"/>'


def leaf(name: str, ink: Ink, random: np.random.Generator) -> str:
    """A single leaf on a short stalk."""
    shape = SHAPES[name]
    shape = replace(shape, width=shape.width * random.uniform(0.88, 1.15))
    bend = random.uniform(-45, 45)
    stalk = _curve(np.array([0.0, 0.98]), 0, -bend / 2, 0.24, np.linspace(0, 1, 6))
    body = blade(stalk[-1], 0, 1.66, shape, ink, bend)
    return _line(path_of(stalk, closed=False), ink.vein or ink.outline or ink.fill, ink.stroke * 1.4) + body


def sprig(
    ink: Ink,
    random: np.random.Generator,
    *,
    shape: Shape,
    pairs: int,
    angle: float,
    leaflet: float,
    alternate: bool = False,
    taper: float = 0.5,
    droop: float = 0.0,
    low: float = 1.0,
    berries: bool = False,
) -> str:
    """A stem with leaflets on both sides and one at the end.

    Args:
        angle: Degrees between stem and leaflets.
        leaflet: Length of the lowest leaflet in the frame.
        taper: Length of the last leaflet as a share of the lowest.
        droop: Degrees by which a leaflet bends outwards.
        low: Length of the lowest leaflets as a share of what the taper gives, growing to 1 by a third of the stem.
    """
    bend = random.uniform(-35, 35)
    t = np.linspace(0, 1, 41)
    stem = _curve(np.array([-np.sin(np.radians(bend / 2)) * 0.1, 0.98]), -bend / 2, bend / 2, 1.5, t)
    headings = -bend / 2 + bend * t
    stroke = ink.stroke * 1.2
    parts = [_line(path_of(stem, closed=False), ink.vein or ink.outline or ink.shade or ink.fill, stroke)]
    inner = replace(ink, stroke=ink.stroke * 0.8)
    count = pairs * 2
    for number in range(count):
        side = 1 if number % 2 else -1
        share = (number if alternate else number // 2 * 2) / max(count - 1, 1)
        at = int(4 + share * 34)
        length = leaflet * (1 - (1 - taper) * share) * min(low + (1 - low) * share * 3, 1) * random.uniform(0.94, 1.06)
        heading = headings[at] + side * (angle - 12 * share)
        parts.append(blade(stem[at], heading, length, shape, inner, bend=side * droop))
        if berries and number % 3 == 1:
            x, y = stem[at] + 0.2 * np.array([np.sin(np.radians(heading - side * 70)), -np.cos(np.radians(heading))])
            parts.append(f'<circle cx="{x:.3f}" cy="{y:.3f}" r="0.11" fill="{ink.accent or ink.fill}"/>')
    parts.append(blade(stem[-1], headings[-1], leaflet * taper * 1.05, shape, inner))
    return "".join(parts)


def fan(ink: Ink, random: np.random.Generator, *, shape: Shape, blades: int, spread: float, length: float) -> str:
    """Blades from one point, the middle ones last: fan palms, horse chestnuts, clover."""
    base = np.array([0.0, 1.0 - length * 0.86])
    parts = [_line(f"M0 0.98L{base[0]} {base[1]}", ink.vein or ink.outline or ink.shade or ink.fill, ink.stroke * 1.4)]
    for turn in sorted(np.linspace(-spread / 2, spread / 2, blades), key=lambda turn: -abs(turn)):
        size = length * (1 - 0.25 * abs(turn) / (spread / 2)) * random.uniform(0.95, 1.05)
        parts.append(blade(base, turn, size, shape, ink, bend=turn * 0.15))
    return "".join(parts)


def ginkgo(ink: Ink, random: np.random.Generator) -> str:
    """A fan with a wavy rim and a notch."""
    turns = np.radians(np.linspace(-62, 62, 61))
    radius = 1.25 * (1 + 0.03 * np.cos(turns * 14)) * (1 - 0.32 * np.exp(-((turns / 0.07) ** 2)))
    base = np.array([0.0, 0.42])
    rim = base + np.stack([np.sin(turns), -np.cos(turns)], axis=1) * radius[:, None]
    path = path_of(np.concatenate([[base], rim]))
    parts = [_line("M0.05 1.0Q-0.05 0.7 0 0.4", ink.vein or ink.outline or ink.fill, ink.stroke * 1.5)]
    parts.append(f'<path d="{path}" fill="{ink.fill}"/>')
    if ink.shade:
        parts.append(f'<path d="{path_of(np.concatenate([[base], rim[:30]]))}" fill="{ink.shade}"/>')
    if ink.vein:
        rays = "".join(path_of(base + (rim[[at, at]] - base) * [[0.1], [0.85]], closed=False) for at in range(4, 60, 8))
        parts.append(_line(rays, ink.vein, ink.stroke * 0.7))
    if ink.outline:
        parts.append(
            f'<path d="{path}" fill="none" stroke="{ink.outline}" stroke-width="{ink.stroke}" stroke-linejoin="round"/>'
        )
    return "".join(parts)


def _leaf(name: str) -> Callable[[Ink, np.random.Generator], str]:
    return lambda ink, random: leaf(name, ink, random)


def _plain(ink: Ink) -> Ink:
    return replace(ink, vein=None, shade=None)


KINDS: dict[str, Callable[[Ink, np.random.Generator], str]] = {
    **{name: _leaf(name) for name in ("ovate", "lanceolate", "heart", "banana", "oak", "monstera", "obovate")},
    "ginkgo": ginkgo,
    "fern": lambda ink, random: sprig(
        _plain(ink), random, shape=SHAPES["willow"], pairs=9, angle=64, leaflet=0.62, taper=0.3, droop=-18, low=0.7
    ),
    "palm": lambda ink, random: sprig(
        _plain(ink), random, shape=SHAPES["willow"], pairs=7, angle=58, leaflet=0.95, taper=0.55, droop=34
    ),
    "eucalyptus": lambda ink, random: sprig(
        replace(ink, shade=None), random, shape=replace(SHAPES["round"], veins=0), pairs=4, angle=62, leaflet=0.58
    ),
    "olive": lambda ink, random: sprig(
        replace(ink, vein=None),
        random,
        shape=SHAPES["lanceolate"],
        pairs=4,
        angle=46,
        leaflet=0.72,
        alternate=True,
        taper=0.7,
        berries=True,
    ),
    "laurel": lambda ink, random: sprig(
        ink, random, shape=replace(SHAPES["ovate"], veins=0), pairs=3, angle=50, leaflet=0.76, alternate=True, taper=0.7
    ),
    "rowan": lambda ink, random: sprig(
        replace(ink, vein=None), random, shape=SHAPES["ovate"], pairs=5, angle=58, leaflet=0.56, taper=0.7
    ),
    "willow": lambda ink, random: sprig(
        _plain(ink), random, shape=SHAPES["willow"], pairs=5, angle=44, leaflet=0.8, alternate=True, taper=0.65
    ),
    "fan palm": lambda ink, random: fan(
        _plain(ink), random, shape=SHAPES["willow"], blades=11, spread=230, length=1.12
    ),
    "chestnut": lambda ink, random: fan(ink, random, shape=SHAPES["obovate"], blades=5, spread=180, length=1.25),
}


def draw(kind: str, ink: Ink, random: np.random.Generator) -> Motif:
    """Draw one leaf motif of KINDS: the same kind, ink and state of `random` give the same drawing."""
    return Motif(KINDS[kind](ink, random), kind)
