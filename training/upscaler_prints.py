"""What the upscaler learns about drawn prints: composed tiles as they are, and as a generator would draw them.

A generator learns motifs of 20 to 40 px from small pictures. Its edges are stairs of pixels, waver by a part of
one and melt here and there. Composed tiles are drawings, so what such a print should look like with twice or four times
the pixels is known. Small pictures are therefore made of them with a generator's flaws, and large ones without.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import cv2
import numpy as np

from training.composed.compose import design_tile
from training.composed.drawing import SUPERSAMPLING, render_large

PRINTS = ("cartoon", "checkered", "dotted", "floral", "leaves", "paisley", "striped", "zigzag")
"""Categories of the tiles, by turns. Of these the shipped network learned and by these it is scored, so that a later
category changes neither; and cloth (plain, woven) has no drawing to be drawn larger: of plain cloth only its colour."""

ROUGH_SHARE = 0.7
"""Of patches that show a generator's flaws. The others are clean and at twice the scale: what doubling once gives, and
doubling again is shown."""

WAVER = 0.8
"""Pixels of the small picture by which an edge may waver at most (one deviation)."""

HELD_OUT = 1_000_000
"""Number of the first design that no run learns from."""

_MARGIN = 4
"""Small pixels around a patch, so that no edge of it is an edge of what it was made of."""


def compose_tiles(count: int, *, seed: int, first: int = 0) -> list[np.ndarray]:
    """Draw flat tiles of the categories of `PRINTS` by turns, each (4 H, 4 W, 3) uint8 and closing on itself.

    Args:
        first: Number of the first design: other numbers give other designs.
    """
    numbers, categories = itertools.count(first), itertools.cycle(PRINTS)
    drawn = (render_large(design_tile(next(categories), seed=seed, number=next(numbers))[0]) for _ in range(count))
    return list(drawn)


def draw_print_pairs(
    tiles: Sequence[np.ndarray], *, count: int, side: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw small patches of prints and what they should look like with twice the pixels.

    Args:
        tiles: As `compose_tiles` returns them.

    Returns:
        (count, side, side, 3) and (count, 2 side, 2 side, 3) uint8.
    """
    pairs = []
    for _ in range(count):
        tile = tiles[int(random.integers(len(tiles)))]
        if random.random() < 0.5:
            tile = tile[:, ::-1]
        if random.random() < ROUGH_SHARE:
            small, whole = _rough_patch(tile, side, random)
            large = cv2.resize(whole, (2 * side, 2 * side), interpolation=cv2.INTER_AREA)
        else:
            large = _patch(tile, 2 * side, random)
            small = cv2.resize(large, (side, side), interpolation=cv2.INTER_AREA)
        pairs.append((small, large))
    small, large = zip(*pairs, strict=True)
    return np.stack(small), np.stack(large)


def held_out_prints(count: int, *, side: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Patches with a generator's flaws, (side, side, 3), and the drawings at four times the size, (4 side, 4 side, 3).

    Each is of a design of its own that no run learns from.
    """
    random = np.random.default_rng((seed, HELD_OUT))
    return [_rough_patch(tile, side, random) for tile in compose_tiles(count, seed=seed, first=HELD_OUT)]


def roughened(picture: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A quarter as high and wide, (4 H, 4 W, 3) to (H, W, 3) uint8, with the flaws of a generator's prints."""
    height, width = picture.shape[0] // SUPERSAMPLING, picture.shape[1] // SUPERSAMPLING
    reach = SUPERSAMPLING * WAVER * random.uniform(0, 1)
    coarseness = random.uniform(0.7, 3)
    offsets = (reach * _wavering(height, width, coarseness, random) for _ in range(2))
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]].astype(np.float32)
    offset_y, offset_x = (cv2.resize(offset, picture.shape[1::-1], interpolation=cv2.INTER_CUBIC) for offset in offsets)
    bent = cv2.remap(picture, x + offset_x, y + offset_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    # One pixel of sixteen makes stairs, their mean a smooth edge: shares of ink are sharp, and lie between the two.
    stairs = bent[SUPERSAMPLING // 2 :: SUPERSAMPLING, SUPERSAMPLING // 2 :: SUPERSAMPLING].astype(np.float32)
    smooth = cv2.resize(bent, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    small = smooth + random.uniform(0, 1) * (stairs - smooth)
    if random.random() < 0.4:
        melted = cv2.GaussianBlur(small, (0, 0), random.uniform(0.6, 1.3))
        where = np.clip(_wavering(height, width, 8, random), 0, 1)[..., None]
        small += where * (melted - small)
    if random.random() < 0.4:
        small += _strays(small, random)
    small += random.normal(0, random.uniform(0, 2.5), small.shape)
    return small.round().clip(0, 255).astype(np.uint8)


def _rough_patch(tile: np.ndarray, side: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    around = _patch(tile, SUPERSAMPLING * (side + 2 * _MARGIN), random)
    inner = slice(SUPERSAMPLING * _MARGIN, -SUPERSAMPLING * _MARGIN)
    small = roughened(around, random)[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
    return small, np.ascontiguousarray(around[inner, inner])


def _strays(small: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Other inks of the print in some pixels beside edges."""
    beside = cv2.morphologyEx(small, cv2.MORPH_GRADIENT, np.ones((3, 3))).max(-1, keepdims=True) > 40
    other = np.roll(small, tuple(random.integers(3, 20, 2)), axis=(0, 1))
    share = (random.random((*small.shape[:2], 1)) < 0.15) * random.uniform(0, 0.6, (*small.shape[:2], 1))
    return beside * share * (other - small)


def _patch(tile: np.ndarray, side: int, random: np.random.Generator) -> np.ndarray:
    """A square of a tile that repeats."""
    top, left = (int(random.integers(length)) for length in tile.shape[:2])
    rows = tile.take(range(top, top + side), axis=0, mode="wrap")
    return np.ascontiguousarray(rows.take(range(left, left + side), axis=1, mode="wrap"))


def _wavering(height: int, width: int, coarseness: float, random: np.random.Generator) -> np.ndarray:
    """Smooth noise (height, width) float32 of about deviation 1, `coarseness` px from one hill to the next."""
    size = max(2, round(width / coarseness)), max(2, round(height / coarseness))
    noise = random.normal(size=size[::-1]).astype(np.float32)
    return cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
