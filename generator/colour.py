"""Colourways: the palette of a print, and the same print in another palette.

Colours are compared and moved in Oklab (Ottosson 2020, "A perceptual color space for image processing"), where equal
distances look equally large. Every pixel is treated by itself, so a seamless tile stays seamless.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
from PIL import Image

from generator.errors import GeneratorError

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
MOST_COLOURS = 12
_SAMPLES = 4_000
"""Pixels of a picture, about, that its main colours are found among."""

_STRIP = 65_536
"""Pixels, about, that are moved at a time: in Oklab, with their distances, a pixel takes some 200 bytes."""


def palette_of(tile: Image.Image, count: int = 5) -> list[str]:
    """The main colours of a picture as #rrggbb, from dark to light; the same picture always gives the same.

    Raises:
        GeneratorError: `count` is not from 1 to 12.
    """
    return [_hex(colour) for colour in _from_oklab(_centres(_bytes(tile), count))]


def recolour(tile: Image.Image, palette: Sequence[str], *, measured_on: Image.Image | None = None) -> Image.Image:
    """The print in the colours of `palette`: its darkest main colour becomes the first of them, and so on.

    Each pixel moves by a blend of the moves of the main colours near it, so shades between them stay between them.

    Args:
        tile: RGB.
        palette: 1 to 12 colours as #rrggbb, one for each of the print's main colours from dark to light.
        measured_on: Another picture of the print to find its main colours on; None takes the tile. Each picture of it
            gives others, far apart for a print of fewer inks than `palette` has colours: what is to look alike is
            measured on one (`generator.sampling.measured_tile`).

    Raises:
        GeneratorError: no colour, too many, or one that is not #rrggbb.
    """
    wanted = np.array([_parsed(colour) for colour in palette]).reshape(-1, 3)
    pixels = _bytes(tile)
    centres = _centres(pixels if measured_on is None else _bytes(measured_on), len(wanted))
    moves = _to_oklab(wanted) - centres
    moved = np.empty_like(pixels)
    rows = max(1, _STRIP // tile.width)
    for top in range(0, tile.height, rows):
        moved[top : top + rows] = _moved(pixels[top : top + rows], centres, moves)
    return Image.fromarray(moved)


def _moved(pixels: np.ndarray, centres: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """Pixels (H, W, 3) uint8, moved in Oklab by the moves (count, 3) of the centres (count, 3) near them."""
    flat = _to_oklab(pixels).reshape(-1, 3)
    distance = np.stack([((flat - centre) ** 2).sum(axis=1) for centre in centres], axis=1)
    # Nearness falls with the square of the distance; the constant keeps a pixel on a centre finite.
    nearness = 1 / (distance + 1e-4)
    nearness /= nearness.sum(axis=1, keepdims=True)
    return _from_oklab(flat + nearness @ moves).reshape(pixels.shape)


def _centres(pixels: np.ndarray, count: int) -> np.ndarray:
    """k-means (Lloyd 1982) over a fixed choice of pixels, from quantiles of lightness: (count, 3), dark to light.

    Args:
        pixels: (H, W, 3) uint8.
    """
    if not 1 <= count <= MOST_COLOURS:
        raise GeneratorError(f"a palette has 1 to {MOST_COLOURS} colours, got {count}")
    flat = _to_oklab(_spread(pixels))
    by_lightness = flat[np.argsort(flat[:, 0], kind="stable")]
    centres = by_lightness[((np.arange(count) + 0.5) / count * len(flat)).astype(int)]
    for _ in range(20):
        nearest = ((flat[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
        # A centre that no pixel is nearest to stays where it is.
        centres = np.stack(
            [flat[nearest == one].mean(axis=0) if (nearest == one).any() else centres[one] for one in range(count)]
        )
    return centres[np.argsort(centres[:, 0], kind="stable")]


def _spread(pixels: np.ndarray) -> np.ndarray:
    """Some `_SAMPLES` pixels (N, 3) of a picture (H, W, 3), from all of its rows and columns alike.

    Every n-th pixel is in every column only where n and the width have no common divisor: of 2048 pixels a row, every
    1048th is in one column of eight.
    """
    height, width, _ = pixels.shape
    every = max(1, height * width // _SAMPLES)
    while math.gcd(every, width) > 1:
        every += 1
    return pixels.reshape(-1, 3)[::every]


def _bytes(tile: Image.Image) -> np.ndarray:
    return np.asarray(tile.convert("RGB"))


def _to_oklab(colours: np.ndarray) -> np.ndarray:
    """sRGB bytes (..., 3) to Oklab, float64: lightness 0..1, then green to red, blue to yellow."""
    value = colours / 255.0
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T


def _from_oklab(lab: np.ndarray) -> np.ndarray:
    """Oklab (..., 3) to sRGB bytes; what no screen can show is clipped."""
    linear = (lab @ np.linalg.inv(_TO_LAB).T) ** 3 @ np.linalg.inv(_TO_LMS).T
    linear = np.clip(linear, 0, 1)
    value = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(value * 255).astype(np.uint8)


def _parsed(colour: str) -> list[int]:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise GeneratorError(f"a colour is written #rrggbb, got {colour!r}")
    return [int(colour[place : place + 2], 16) for place in (1, 3, 5)]


def _hex(colour: np.ndarray) -> str:
    return "#" + "".join(f"{value:02x}" for value in colour)
