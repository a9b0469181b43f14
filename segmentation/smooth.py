"""Means over a mask's own pixels."""

from __future__ import annotations

import cv2
import numpy as np


def smooth_inside(values: np.ndarray, mask: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian mean over the mask's pixels only, so that what lies beside the garment does not shade it."""
    # A wide blur is as good at a smaller size, and much faster.
    factor = max(1, int(sigma // 4))
    height, width = mask.shape
    small = (max(1, width // factor), max(1, height // factor))
    weight = cv2.resize(mask, small, interpolation=cv2.INTER_AREA)
    total = cv2.resize(values * mask, small, interpolation=cv2.INTER_AREA)
    total = cv2.GaussianBlur(total, (0, 0), sigma / factor)
    weight = cv2.GaussianBlur(weight, (0, 0), sigma / factor)
    return cv2.resize(total / np.maximum(weight, 1e-4), (width, height), interpolation=cv2.INTER_LINEAR)
