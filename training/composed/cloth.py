"""What a weave does to a print: edges a little soft, and a grain of threads of uneven brightness."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Cloth:
    """How a print looks on cloth.

    Attributes:
        grain: Standard deviation of luminance that the threads add, as a share of full scale; 0.01 to 0.02 is subtle.
        softness: Sigma in px of the blur of edges.
        seed: Of the grain.
    """

    grain: float
    softness: float
    seed: int

    def woven_into(self, picture: np.ndarray) -> np.ndarray:
        """Give a tile (height, width, 3) uint8 this look; it closes on its edges as it did before."""
        soft = _blurred(picture.astype(np.float32), self.softness, self.softness)
        random = np.random.default_rng(self.seed)
        height, width = picture.shape[:2]
        weft, warp, fibre = random.standard_normal((3, height, width)).astype(np.float32)
        grain = unit_noise(_blurred(weft, 3.0, 0.35)) + unit_noise(_blurred(warp, 0.35, 3.0)) + 0.7 * fibre
        return np.clip(soft + 255 * self.grain * unit_noise(grain)[..., None] + 0.5, 0, 255).astype(np.uint8)


def cloth_or_none(random: np.random.Generator) -> Cloth | None:
    """Choose a cloth for three designs in four."""
    if random.random() < 0.25:
        return None
    return Cloth(random.uniform(0.01, 0.02), random.uniform(0.35, 0.6), int(random.integers(2**31)))


def _blurred(picture: np.ndarray, across: float, down: float) -> np.ndarray:
    """Blur around the edges of a tile."""
    rim = 12
    padded = np.pad(picture, ((rim, rim), (rim, rim), *((0, 0),) * (picture.ndim - 2)), mode="wrap")
    return cv2.GaussianBlur(padded, (0, 0), sigmaX=across, sigmaY=down)[rim:-rim, rim:-rim]


def unit_noise(noise: np.ndarray) -> np.ndarray:
    """Noise with a mean of 0 and a deviation of 1."""
    return (noise - noise.mean()) / noise.std()
