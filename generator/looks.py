"""Which prints are worth keeping: contrast and order, and the least of both that a version's header asks for.

Some codes fall between the looks that a network has learned, and come out plain or without the regular repeat that
makes a zigzag or a check. Such a code is replaced by the seed's next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

STRONGEST = 32
"""Frequencies that make up a patch's order. A Hann window spreads a pure wave over nine, and twice as it is real."""


@dataclass(frozen=True)
class LeastLook:
    """What a print must have at least, judged on a tile of 64 px of it.

    Attributes:
        contrast: Standard deviation of luminance, in levels of 255.
        order: `spectral_order`, 0 to 1.
    """

    contrast: float
    order: float

    @classmethod
    def from_header(cls, header: dict[str, Any]) -> LeastLook | None:
        """What a version asks for; None for one that takes every code, as older ones do."""
        least = header["sampling"].get("least_look")
        return None if least is None else cls(contrast=float(least["contrast"]), order=float(least["order"]))

    def reached_by(self, tile: np.ndarray) -> float:
        """The share of both that a tile (64, 64, 3) uint8 reaches, the smaller of the two: it passes with 1 or more."""
        pairs = ((contrast(tile[None])[0], self.contrast), (spectral_order(tile[None])[0], self.order))
        return min(float(found) / max(least, 1e-6) for found, least in pairs)


def luminance(pictures: np.ndarray) -> np.ndarray:
    """Rec. 601 luma of pictures (..., 3), 0 to 255."""
    return pictures.astype(float) @ np.array([0.299, 0.587, 0.114])


def contrast(pictures: np.ndarray) -> np.ndarray:
    """Standard deviation of the luminance of pictures (N, H, W, 3) uint8, shape (N,), in levels of 255."""
    return luminance(pictures).std(axis=(1, 2))


def spectral_order(patches: np.ndarray) -> np.ndarray:
    """Share of each patch's luminance power in its 32 strongest frequencies, (N,), 0 to 1; 0 without any contrast.

    Near 1 for stripes, checks and lattices of even pitch, near 0.05 for white noise. The mean is taken out and a Hann
    window laid on, so that neither the light nor the patch's edges count as order.
    """
    side = patches.shape[1]
    line = np.hanning(side + 2)[1:-1]
    window = np.outer(line, line)
    light = luminance(patches)
    light -= (light * window).sum((1, 2), keepdims=True) / window.sum()
    power = (np.abs(np.fft.fft2(light * window)) ** 2).reshape(len(patches), -1)
    strongest = np.partition(power, -STRONGEST, axis=1)[:, -STRONGEST:].sum(1)
    total = power.sum(1)
    return np.where(total > 1e-6, strongest / np.maximum(total, 1e-6), 0.0)
