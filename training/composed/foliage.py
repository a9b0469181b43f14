"""Leaves, and sprigs, fronds and fans of them, drawn from a few numbers each: all alike on both sides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
        accent: Buds.
        stroke: Width of lines in the motif's frame.
    """

    fill: str
    shade: str | None = None
    vein: str | None = None
    outline: str | None = None
    accent: str | None = None
    stroke: float = 0.07


@dataclass(frozen=True)
class Shape:
    """Outline of a blade.

    Attributes:
        width: Half width as a share of its length.
        low, high: How slowly it widens from its base and narrows to its tip.
        veins: Pairs of side veins.
    """

    width: float
    low: float
    high: float
    veins: int = 4


SHAPES = {
    "ovate": Shape(0.30, 0.65, 0.95),
    "lanceolate": Shape(0.2, 0.8, 1.0, veins=5),
    "broad": Shape(0.38, 0.6, 0.9, veins=3),
    "leaflet": Shape(0.32, 0.65, 0.95, veins=0),
    "finger": Shape(0.16, 0.85, 0.7, veins=0),
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
    right, left = spine + across * half[:, None], spine - across * half[:, None]
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


def sprig(ink: Ink, random: np.random.Generator, *, shape: Shape, pairs: int) -> str:
    """One leaf, upright on its stem, with pairs of smaller ones below it."""
    stem = _curve(np.array([0.0, 1.0]), 0, 0, 1.9, np.linspace(0, 1, 57))
    parts = [_line(path_of(stem[: 30 if pairs else 22], closed=False), ink.accent or ink.vein or ink.fill, 0.09)]
    length = 1.05 if pairs else 1.6
    for pair in range(pairs):
        foot = stem[int(12 + 14 * pair)]
        turn = random.uniform(48, 62)
        for side in (-1, 1):
            parts.append(blade(foot, side * turn, 0.82 - 0.1 * pair, shape, ink, bend=-side * 18))
    parts.append(blade(stem[26 if pairs else 10], 0, length, shape, ink))
    return "".join(parts)


def frond(ink: Ink, *, shape: Shape, pairs: int) -> str:
    """A stem with many narrow leaflets that grow shorter towards its tip, as a fern's or a palm's."""
    stem = _curve(np.array([0.0, 1.0]), 0, 0, 1.75, np.linspace(0, 1, 57))
    parts = [_line(path_of(stem, closed=False), ink.accent or ink.vein or ink.fill, 0.07)]
    for pair in range(pairs):
        along = pair / pairs
        length = 0.9 * np.sin(np.pi * (0.3 + 0.62 * along))
        for side in (-1, 1):
            heading = side * (56 - 14 * along)
            parts.append(blade(stem[int(12 + 40 * along)], heading, length, shape, ink, bend=-side * 20))
    parts.append(blade(stem[48], 0, 0.42, shape, ink))
    return "".join(parts)


def fan(ink: Ink, random: np.random.Generator, *, shape: Shape, blades: int) -> str:
    """Blades that spread upwards from the end of a stem, the middle ones longest, as a fan palm's."""
    foot = np.array([0.0, 0.42])
    spread = random.uniform(74, 86)
    parts = [_line(path_of(np.array([[0.0, 0.92], foot]), closed=False), ink.accent or ink.vein or ink.fill, 0.1)]
    # The outer ones first: those in the middle lie on top.
    for turn in sorted(np.linspace(-1, 1, blades), key=abs, reverse=True):
        parts.append(blade(foot, spread * turn, 1.3 - 0.24 * turn * turn, shape, ink, bend=10 * turn))
    return "".join(parts)


def _curve(base: np.ndarray, start: float, end: float, length: float, t: np.ndarray) -> np.ndarray:
    angle = np.radians(start + (end - start) * t)
    steps = np.stack([np.sin(angle), -np.cos(angle)], axis=1) * length / (len(t) - 1)
    steps[0] = 0
    return base + np.cumsum(steps, axis=0)


def _line(path: str, colour: str, width: float) -> str:
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width:.3f}" stroke-linecap="round"/>'


def _sprig(shape: str, pairs: int) -> Callable[[Ink, np.random.Generator], str]:
    return lambda ink, random: sprig(ink, random, shape=SHAPES[shape], pairs=pairs)


def _frond(shape: str, pairs: int) -> Callable[[Ink, np.random.Generator], str]:
    return lambda ink, _: frond(ink, shape=SHAPES[shape], pairs=pairs)


def _fan(shape: str, blades: int) -> Callable[[Ink, np.random.Generator], str]:
    return lambda ink, random: fan(ink, random, shape=SHAPES[shape], blades=blades)


KINDS: dict[str, Callable[[Ink, np.random.Generator], str]] = {
    "leaf": _sprig("broad", 0),
    "three": _sprig("leaflet", 1),
    "frond": _frond("finger", 4),
    "fan": _fan("finger", 9),
}


def draw(kind: str, ink: Ink, random: np.random.Generator) -> Motif:
    """Draw one leaf motif of KINDS: the same kind, ink and state of `random` give the same drawing."""
    return Motif(KINDS[kind](ink, random), kind)
