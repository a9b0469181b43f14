"""Flower motifs: blossoms seen from above and from the side, with a leaf or two, drawn from a few numbers each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from training.composed.drawing import Motif, path_of
from training.composed.foliage import SHAPES, Ink, blade


@dataclass(frozen=True)
class Bloom:
    """Colours of one flower as #rrggbb.

    Attributes:
        petal, shade: Petals, and those behind or the inner part of each.
        heart: The middle.
        leaf, vein: Leaves and stalks.
    """

    petal: str
    shade: str
    heart: str
    leaf: str
    vein: str | None = None


def petals(count: int, length: float, width: float, colour: str, *, turn: float = 0.0, notch: float = 0.0) -> str:
    """Draw petals around the origin.

    Args:
        count: How many.
        length: From the origin to the tip.
        width: Largest half width as a share of the length.
        turn: Degrees by which the first is turned from upwards.
        notch: How deep the tip is cut in, as a share of the length: a heart.
    """
    t = np.linspace(0, np.pi, 25)
    # A drop with its round end outwards.
    along = length * (0.5 - 0.5 * np.cos(t)) * (1 - notch * np.exp(-((np.pi - t) ** 2) / 0.12))
    half = length * width * np.power(np.sin(t), 0.8) * (0.55 - 0.45 * np.cos(t))
    outline = np.concatenate([np.stack([half, -along], 1), np.stack([-half[::-1], -along[::-1]], 1)])
    drawn = f'<path d="{path_of(outline)}" fill="{colour}"/>'
    return "".join(f'<g transform="rotate({turn + 360 * number / count:.1f})">{drawn}</g>' for number in range(count))


def disc(x: float, y: float, radius: float, colour: str) -> str:
    return f'<circle cx="{x:.3f}" cy="{y:.3f}" r="{radius:.3f}" fill="{colour}"/>'


def _leaves(bloom: Bloom, random: np.random.Generator) -> str:
    """Two leaves that reach down and out from under a blossom, alike on both sides."""
    ink = Ink(bloom.leaf, vein=bloom.vein, stroke=0.06)
    turn = random.uniform(115, 135)
    return "".join(
        blade(np.array([0.0, 0.2]), side * turn, 1.05, SHAPES["ovate"], ink, bend=-side * 20) for side in (-1, 1)
    )


def blossom(bloom: Bloom, random: np.random.Generator) -> str:
    """Five petals cut in at the tip: cherry, wild rose."""
    drawn = petals(5, 0.74, 0.5, bloom.petal, notch=random.uniform(0.0, 0.16))
    return _leaves(bloom, random) + drawn + petals(5, 0.4, 0.34, bloom.shade) + disc(0, 0, 0.16, bloom.heart)


def daisy(bloom: Bloom, random: np.random.Generator) -> str:
    """Many narrow petals around a large middle."""
    count = int(random.integers(8, 11))
    return _leaves(bloom, random) + petals(count, 0.8, 0.24, bloom.petal) + disc(0, 0, 0.27, bloom.heart)


def poppy(bloom: Bloom, random: np.random.Generator) -> str:
    """Four wide petals that overlap, dark in the middle."""
    return (
        _leaves(bloom, random)
        + petals(2, 0.78, 0.66, bloom.shade, turn=90)
        + petals(2, 0.78, 0.66, bloom.petal)
        + disc(0, 0, 0.27, bloom.heart)
    )


def rose(bloom: Bloom, random: np.random.Generator) -> str:
    """Rings of petals, by turns of one colour and the other."""
    parts = [_leaves(bloom, random), petals(6, 0.74, 0.52, bloom.petal)]
    parts.append(petals(5, 0.56, 0.5, bloom.shade, turn=30))
    parts.append(petals(4, 0.38, 0.55, bloom.petal, turn=10))
    parts.append(disc(0, 0, 0.14, bloom.heart))
    return "".join(parts)


def tulip(bloom: Bloom, random: np.random.Generator) -> str:
    """A cup from the side, on a stalk with two leaves."""
    ink = Ink(bloom.leaf, vein=None)
    lean = random.uniform(20, 32)
    stalk = f'<path d="M0 0.98L0 0" fill="none" stroke="{bloom.leaf}" stroke-width="0.11" stroke-linecap="round"/>'
    leaves = "".join(
        blade(np.array([0.0, 0.98]), turn, 1.0, SHAPES["lanceolate"], ink, bend=turn) for turn in (-lean, lean)
    )
    cup = "".join(
        f'<g transform="translate(0 0.1) rotate({turn})">{petals(1, 1.0, 0.3, colour)}</g>'
        for turn, colour in ((-24, bloom.shade), (24, bloom.shade), (0, bloom.petal))
    )
    return stalk + leaves + cup


KINDS: dict[str, Callable[[Bloom, np.random.Generator], str]] = {
    "blossom": blossom,
    "daisy": daisy,
    "poppy": poppy,
    "rose": rose,
    "tulip": tulip,
}


def draw(kind: str, bloom: Bloom, random: np.random.Generator) -> Motif:
    """Draw one flower of KINDS: the same kind, colours and state of `random` give the same drawing."""
    return Motif(KINDS[kind](bloom, random), kind)
