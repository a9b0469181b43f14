"""Grain of dark rooms and small files, taken away before the network looks: it takes grain for cloth.

How strong the grain is: J. Immerkaer, "Fast Noise Variance Estimation" (Computer Vision and Image Understanding 64(2),
1996), on the quieter quarter of the picture, since fabric is grainy too. How it goes: non-local means (Buades, Coll and
Morel, CVPR 2005), as OpenCV has it.
"""

from __future__ import annotations

import cv2
import numpy as np

LEAST_NOISE = 3.0
"""Deviation, in levels of 255, from which there is grain to take away: sharp street photos show up to 0.6."""
BLOCK = 16
MEASURED = 1024
"""Side in pixels of the middle of a photo by which the whole is judged."""
GUIDE_BLUR = 2.0
"""Standard deviation in pixels: a seventh of white noise is left."""
MASK = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
"""The difference of two Laplacians, deaf to even slopes; its answer to noise has six times the noise's deviation."""


def noise_of(photo: np.ndarray) -> float:
    """The deviation of the grain of a photo uint8 (H, W, 3), RGB, in levels of 255.

    It is that of the block, 16 pixels wide, which is quieter than three quarters of all; 0 where the photo is under two
    blocks high or wide.
    """
    rows, columns = photo.shape[0] // BLOCK, photo.shape[1] // BLOCK
    if min(rows, columns) < 2:
        return 0.0
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)[: rows * BLOCK, : columns * BLOCK].astype(np.float32)
    answers = np.abs(cv2.filter2D(grey, -1, MASK)) / 6
    blocks = answers.reshape(rows, BLOCK, columns, BLOCK).mean(axis=(1, 3))
    return float(np.quantile(blocks, 0.25) * np.sqrt(np.pi / 2))


def edge_guide(photo: np.ndarray) -> np.ndarray:
    """What edges of masks follow: the photo uint8 (H, W, 3) itself, or, where it is grainy, a blurred copy.

    A mask that follows every grain is ragged. The grain is measured in the middle of the photo.
    """
    top, left = (max(0, (side - MEASURED) // 2) for side in photo.shape[:2])
    if noise_of(photo[top : top + MEASURED, left : left + MEASURED]) < LEAST_NOISE:
        return photo
    return cv2.GaussianBlur(photo, (0, 0), GUIDE_BLUR)


def without_noise(photo: np.ndarray) -> np.ndarray:
    """The photo uint8 (H, W, 3) without its grain; itself where it has hardly any."""
    noise = noise_of(photo)
    if noise < LEAST_NOISE:
        return photo
    return cv2.fastNlMeansDenoisingColored(
        photo, None, h=noise, hColor=noise, templateWindowSize=5, searchWindowSize=15
    )
