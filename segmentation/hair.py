"""Short black hair on deep skin, which a network takes for a hat from near and knows from afar."""

from __future__ import annotations

import cv2
import numpy as np

from segmentation.colours import lab_of
from segmentation.models import CLASSES
from segmentation.skin import SKIN

HAIR, HAT = (CLASSES.index(name) for name in ("hair", "accessory"))
BLACK, DEEP = 18.0, 58.0
"""CIE Lab lightness of hair and of skin about which the view from afar is asked: of others it takes hats for hair."""
LEAST_HAIR = 0.35
"""How likely that view finds hair in what is some: in black hats less."""
LEAST_SKIN = 0.001
"""Share of the photo that is surely skin, for its lightness to be known."""
REACH = 7
"""Width in pixels of the square about a pixel of a hat in which its edge lies."""


def settle_hair(near: np.ndarray, far: np.ndarray, photo: np.ndarray) -> None:
    """Make hair of hats that are none; changes `near` in place.

    Args:
        near, far: what a large and a small view predicted, float32 (len(CLASSES), h, w).
        photo: uint8 (H, W, 3), RGB.
    """
    hats = (near[HAT] > 0.5).astype(np.uint8)
    skin = near[SKIN] > 0.5
    if not hats.any() or skin.mean() < LEAST_SKIN:
        return
    pixels = cv2.resize(photo, hats.shape[::-1], interpolation=cv2.INTER_AREA)
    if _lightness(pixels[skin]) > DEEP:
        return
    count, pieces = cv2.connectedComponents(hats, connectivity=4)
    for piece in range(1, count):
        here = pieces == piece
        if far[HAIR][here].mean() > LEAST_HAIR and _lightness(pixels[here]) < BLACK:
            reach = cv2.dilate(here.astype(np.uint8), np.ones((REACH, REACH), np.uint8)).astype(bool)
            near[HAIR][reach] += near[HAT][reach]
            near[HAT][reach] = 0


def _lightness(pixels: np.ndarray) -> float:
    """The median lightness of pixels uint8 (N, 3)."""
    return float(np.median(lab_of(pixels[None])[..., 0]))
