"""Colours as people tell them apart: CIE Lab."""

from __future__ import annotations

import cv2
import numpy as np


def lab_of(photo: np.ndarray) -> np.ndarray:
    """CIE Lab of a picture uint8 (h, w, 3), RGB: float32 (h, w, 3), lightness from 0 to 100."""
    return cv2.cvtColor(photo.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
