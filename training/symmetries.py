"""Which symmetries the prints of a category have, by its swatches: those that `generator.symmetry` then makes exact."""

from __future__ import annotations

import cv2
import numpy as np
import torch

from generator.latents import WAVES
from generator.symmetry import MIRRORS

LEAST_MEDIAN = 0.9
"""Likeness to their mirror images that half of the swatches have at least."""


def symmetries_of(pictures: np.ndarray, waves: str) -> list[str]:
    """The names of the symmetries that at least half of the swatches (N, S, S, 3) uint8 have.

    Of stripes none is asked: they are straight without, and those that are not symmetric would lose thin lines that
    they have on one side only.

    Args:
        waves: How the category repeats, one of `generator.latents.WAVES`.
    """
    if WAVES[waves].directions < 2:
        return []
    likeness = {name: np.median([mirror_likeness(picture, name) for picture in pictures]) for name in MIRRORS}
    return [name for name, median in likeness.items() if median >= LEAST_MEDIAN]


def mirror_likeness(picture: np.ndarray, name: str) -> float:
    """The largest correlation, -1 to 1, of the mirror image of a picture's middle with the picture about any axis.

    What is alike only where its image is moved along the axis, too, is no mirror image but a glide: a herringbone's is
    half a line on.

    Args:
        picture: (S, S, 3) uint8.
        name: One of `MIRRORS`.
    """
    edge = len(picture) // 4
    middle = torch.from_numpy(picture[edge:-edge, edge:-edge]).permute(2, 0, 1)
    mirrored = MIRRORS[name].image(middle).permute(1, 2, 0).contiguous().numpy()
    likeness = cv2.matchTemplate(picture, mirrored, cv2.TM_CCOEFF_NORMED)
    places = np.arange(-edge, edge + 1)
    down, right = MIRRORS[name].moves
    return float(likeness[edge + down * places, edge + right * places].max())
