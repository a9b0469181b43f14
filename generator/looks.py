"""Which prints are worth keeping: contrast, order and realism, and the least of them that a version's header asks for.

Some codes fall between the looks that a network has learned, and come out plain, without the regular repeat that makes
a zigzag or a check, or half one motif and half another. Such a code is replaced by the seed's next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from generator.errors import WeightsError

STRONGEST = 32
"""Frequencies that make up a patch's order. A Hann window spreads a pure wave over nine, and twice as it is real."""

PATCH = 64
"""Side in pixels of what contrast and order are taken of: the bars were read off such patches of the swatches."""


@dataclass(frozen=True)
class LeastLook:
    """What a print must have at least, judged on a small tile of it.

    Attributes:
        contrast: Standard deviation of luminance, in levels of 255.
        order: `spectral_order`, 0 to 1.
        realism: What the version's `RealismJudge` says of it, about 1 for swatches; 0 where it has none.
    """

    contrast: float
    order: float
    realism: float = 0.0

    @classmethod
    def from_header(cls, header: dict[str, Any]) -> LeastLook | None:
        """What a version asks for; None for one that takes every code, as older ones do.

        Raises:
            WeightsError: The header asks for something that this version of the project does not know.
        """
        least = header["sampling"].get("least_look")
        try:
            return None if least is None else cls(**{name: float(value) for name, value in least.items()})
        except (AttributeError, TypeError, ValueError) as error:
            raise WeightsError(
                f"this version of the project does not know the header's least look {least!r}"
            ) from error

    def reached_by(self, tile: np.ndarray, *, realism: float = 0.0) -> float:
        """The share of them that a tile reaches, the smallest of all: it passes with 1 or more.

        Args:
            tile: (H, W, 3) uint8, `PATCH` pixels or more each way.
            realism: What the judge says of it, where realism is asked for.
        """
        patch = tile[None, :PATCH, :PATCH]
        pairs = [(contrast(patch)[0], self.contrast), (spectral_order(patch)[0], self.order)]
        if self.realism:
            pairs.append((realism, self.realism))
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
