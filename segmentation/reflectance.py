"""A strong old print, told from folds by its edges.

The cloth's own colour is taken to be constant between sharp edges, and light to have none: the Retinex of Land and
McCann 1971 in the form of Horn 1974 (Determining lightness from an image). The steep steps of the log-luminance are
integrated over the mask (poisson.py); that map is the print, and what remains of the log-luminance is light. Edges
where the colour changes count for more, as in the colour Retinex that Grosse et al. 2009 found the best of its kind.

Folds of plain cloth have sharp edges too. So a map is believed only where its contrast is that of a print: steep steps
alone must account for much of what varies there.
"""

from __future__ import annotations

import cv2
import numpy as np

from segmentation.poisson import integrate
from segmentation.smooth import smooth_inside

WORKING_SIDE = 256
"""Side in pixels of a square of the garment's area, at the size at which prints are looked for."""
STEEP, STEEPEST = 0.14, 0.22
"""Change of log-luminance per pixel from which on an edge may tell of a print, and at which it surely does."""
LEAST_STEEP, STEEP_SHARE = 0.06, 0.14
"""What counts as an edge once there is a print: this much, or this share of the print's own contrast."""
PRINT_FROM, PRINT_RANGE, AGAINST_FOLDS = 0.6, 0.25, 0.8
"""Contrast (deviation of log-luminance) from which on a map is believed, and until it is wholly; what is not steep
speaks against it."""
COLOUR_WEIGHT = 1.5
HOLD = 0.3
"""Beyond this many sides the light follows the photo, whatever the edges say."""


def without_print(
    log: np.ndarray, linear: np.ndarray, weight: np.ndarray, printed: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Take a strong print away.

    Args:
        log: log-luminance, float32 (h, w).
        linear: linear colours, float32 (h, w, 3).
        weight: float32 (h, w), 0 outside the mask.
        printed: where a print is known already, float32 (h, w), 0..1.

    Returns:
        The log-luminance without the print, and where there is one, 0..1; both float32 (h, w).
    """
    height, width = log.shape
    side = float(np.sqrt(np.count_nonzero(weight)))
    scale = min(1.0, WORKING_SIDE / side)
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    side *= scale

    def small(values: np.ndarray) -> np.ndarray:
        return cv2.resize(values, size, interpolation=cv2.INTER_AREA)

    share, colours, printed = small(weight), small(linear), small(printed)
    # Pixels that the mask's rim runs through are means of its inner part only.
    values = np.where(share > 0, small(log * weight) / np.maximum(share, 1e-3), 0).astype(np.float32)
    share = share * (share > 0.5)
    steep = _steepness(values, colours, share)
    across, down = np.diff(values, axis=1), np.diff(values, axis=0)

    def sharp(least: np.ndarray | float, most: np.ndarray | float) -> np.ndarray:
        edge = np.clip((steep - least) / (most - least), 0, 1).astype(np.float32)
        steps_x = across * np.maximum(edge[:, 1:], edge[:, :-1])
        steps_y = down * np.maximum(edge[1:], edge[:-1])
        return integrate(steps_x, steps_y, share, 1 / (HOLD * side) ** 2)

    steepest = sharp(STEEP, STEEPEST)
    contrast = _contrast(steepest, share, side)
    folds = _contrast(values - steepest, share, side)
    believed = np.clip((contrast - AGAINST_FOLDS * folds - PRINT_FROM) / PRINT_RANGE, 0, 1)
    printed = np.maximum(printed, believed).astype(np.float32)
    if not printed.any():
        return log, np.zeros_like(log)
    least = np.maximum(LEAST_STEEP, STEEP_SHARE * contrast)
    rest = smooth_inside(values - sharp(least, least + np.maximum(LEAST_STEEP, STEEP_SHARE * contrast)), share, 1.0)
    printed = cv2.resize(printed, (width, height), interpolation=cv2.INTER_LINEAR)
    rest = cv2.resize(rest, (width, height), interpolation=cv2.INTER_LINEAR)
    return log + (rest - log) * printed, printed


def _steepness(log: np.ndarray, linear: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The largest change per pixel nearby, of log-luminance and of colour, float32 (h, w)."""
    total = np.maximum(linear.sum(axis=-1), 0.06)
    steep = np.zeros_like(log)
    red, blue = linear[..., 0] / total, linear[..., 2] / total
    for values, factor in ((log, 1.0), (red, COLOUR_WEIGHT), (blue, COLOUR_WEIGHT)):
        # What lies beside the garment is no edge of its print.
        inner = np.where(weight > 0, values, smooth_inside(values, weight, 2.0)).astype(np.float32)
        inner[:] = cv2.GaussianBlur(inner, (0, 0), 0.6)
        for along in ((1, 0), (0, 1)):
            steep += np.square(cv2.Sobel(inner, cv2.CV_32F, *along, ksize=3, scale=factor / 8))
    # The soft feet of an edge belong to it.
    return cv2.dilate(np.sqrt(steep), np.ones((3, 3), np.uint8))


def _contrast(values: np.ndarray, weight: np.ndarray, side: float) -> np.ndarray:
    """Deviation nearby, slow changes left out."""
    values = values - smooth_inside(values, weight, 0.25 * side)
    return np.sqrt(np.maximum(smooth_inside(values * values, weight, 0.12 * side), 0))
