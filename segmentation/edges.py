"""What lies behind the soft edge of a garment, without the garment's own colour.

A pixel of a soft edge is a mixture, `alpha * cloth + (1 - alpha) * ground`. Laying a new print over it with the same
alpha would keep a share of the old cloth of up to a quarter: a halo. Both colours are found in closed form, as means of
the purest pixels nearby (after the blur fusion of Forte 2021, Approximate Fast Foreground Colour Estimation; Germer et
al. 2020 solve the same by multigrid: PyMatting, which needs the compiler numba for it). Their difference is what the
cloth adds to a pixel; the ground keeps its detail.
"""

from __future__ import annotations

import cv2
import numpy as np

REACH = 4.0
"""Deviation in pixels of the means, at the size at which the light is found."""
MOST_SIDE = 450
"""Longest side at which they are taken."""


def sides(linear: np.ndarray, alpha: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Colours of the cloth and of the ground near each pixel.

    Args:
        linear: linear colours, float32 (h, w, 3).
        alpha: soft mask, float32 (h, w), 0..1.

    Returns:
        Two float32 (h, w, 3); where nothing of a kind is near, the pixel's own colour.
    """
    height, width = alpha.shape
    # Both are smooth, so a smaller size will do.
    factor = max(1, round(max(height, width) / MOST_SIDE))
    size = (max(1, width // factor), max(1, height // factor))
    small = cv2.resize(linear, size, interpolation=cv2.INTER_AREA)
    alpha = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
    clear = 1 - alpha
    reach = REACH / factor
    # Each in turn is freed from what the other adds to the pixels that are not quite pure.
    near = _mean_near(small, small, clear, None, reach)
    cloth_near = _mean_near(small, small - clear[..., None] * near, alpha, alpha, reach)
    ground_near = _mean_near(small, small - alpha[..., None] * cloth_near, clear, clear, reach)
    if factor == 1:
        return cloth_near, ground_near
    return cv2.resize(cloth_near, (width, height)), cv2.resize(ground_near, (width, height))


def _mean_near(
    linear: np.ndarray, own: np.ndarray, purity: np.ndarray, share: np.ndarray | None, reach: float
) -> np.ndarray:
    """Mean of the purest pixels nearby, of a colour that adds `own` to each and makes up `share` of it."""
    # The sixteenth power: mixed pixels hardly count.
    weight = purity
    for _ in range(4):
        weight = weight * weight
    total = cv2.GaussianBlur(own * weight[..., None], (0, 0), reach)
    near = cv2.GaussianBlur(weight if share is None else weight * share, (0, 0), reach)[..., None]
    return np.where(near > 1e-3, np.maximum(total, 0) / np.maximum(near, 1e-3), linear).astype(np.float32)


def ground(mixed: np.ndarray, alpha: np.ndarray, cloth_near: np.ndarray, ground_near: np.ndarray) -> np.ndarray:
    """The ground's own colour in each pixel; all float32 (h, w, 3) or (h, w, 1), in linear light."""
    return _freed(mixed, ground_near, alpha * (cloth_near - ground_near))


def cloth(mixed: np.ndarray, alpha: np.ndarray, cloth_near: np.ndarray, ground_near: np.ndarray) -> np.ndarray:
    """The cloth's own colour in each pixel, as `ground`."""
    return _freed(mixed, cloth_near, (1 - alpha) * (ground_near - cloth_near))


def _freed(mixed: np.ndarray, near: np.ndarray, added: np.ndarray) -> np.ndarray:
    # Masks are not exact. A pixel that is pure already stays so, and none is pushed beyond the colour nearby.
    return np.clip(mixed - added, np.minimum(mixed, near), np.maximum(mixed, near))
