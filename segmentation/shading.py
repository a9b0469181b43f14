"""The light on a garment, apart from what is printed on it.

What the eye sees is the cloth's own colour times the light that falls on it (the intrinsic-image model of Barrow and
Tenenbaum 1978), so in logarithms the two add. Light changes slowly and without colour; a print changes fast and often
with colour (the Retinex assumption of Land and McCann 1971). The slow part of the log-luminance, taken by normalised
smoothing inside the mask only, is light. The fast part is kept as fine folds to the degree that the cloth is plain.
A strong print is taken out first, by its sharp edges (reflectance.py): its motifs may be as large as folds.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from segmentation.edges import cloth, sides
from segmentation.reflectance import without_print
from segmentation.smooth import smooth_inside

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
WORK_SIDE = 900
LEAST_LIGHT, MOST_LIGHT = 0.12, 2.2
SLOW_RANGE = 0.6


@dataclass(frozen=True)
class Shading:
    """Light of a garment, at a working size that covers the garment's box.

    Args:
        light: factor on the print's linear colour, mean 1 over the garment, float32 (h, w).
        bend: shift of the print along folds in shares of the box's longer side, float32 (h, w, 2).
        printedness: 0 for plain cloth, 1 for cloth with a strong old print all over.
    """

    light: np.ndarray
    bend: np.ndarray
    printedness: float


def find_shading(linear: np.ndarray, mask: np.ndarray) -> Shading:
    """Separate the light from the old print.

    Args:
        linear: the garment's box in linear light, float32 (h, w, 3).
        mask: soft mask, float32 (h, w), 0..1.
    """
    inside = mask > 0.6
    if inside.sum() < 16:
        return Shading(np.ones_like(mask), np.zeros((*mask.shape, 2), np.float32), 0.0)
    # In the soft edge the ground shines through, and is not light.
    linear = cloth(linear, mask[..., None], *sides(linear, mask))
    luminance = linear @ LUMINANCE
    # The constant keeps the noise of nearly black cloth from being taken for light.
    floor = 0.004 + 0.06 * float(np.median(luminance[inside]))
    log = np.log(luminance + floor)
    weight = (mask * inside).astype(np.float32)
    side = float(np.sqrt(inside.sum()))

    fine = smooth_inside(log, weight, max(1.0, 0.012 * side))
    log, printed = without_print(log, linear, weight, _printedness(linear, log - fine, weight, side))
    if printed.any():
        fine = smooth_inside(log, weight, max(1.0, 0.012 * side))
    coarse = smooth_inside(log, weight, max(2.0, 0.07 * side))
    detail = np.clip(log - fine, -0.35, 0.35) * (1 - printed)
    folds = np.clip(fine - coarse, -0.9, 0.7)
    if printed.max() > 0.2:
        # Large motifs reach into the slow part too: there look further, and trust it less.
        coarse += (smooth_inside(log, weight, 0.17 * side) - coarse) * printed
    middle = float(np.median(coarse[inside]))
    # Across a garment light seldom changes by more than this; a larger difference is another cloth in the same mask.
    reach = SLOW_RANGE * (1 - 0.5 * printed)
    slow = np.tanh((coarse - middle) / reach) * reach
    light = np.exp(slow + folds + detail)
    light = np.clip(light, LEAST_LIGHT, MOST_LIGHT).astype(np.float32)
    light /= max(1e-4, float(light[inside].mean()))
    bend = _bend(folds, weight, side) * (1 - 0.8 * printed)[..., None]
    return Shading(light, bend.astype(np.float32), float(printed[inside].mean()))


def _printedness(linear: np.ndarray, detail: np.ndarray, weight: np.ndarray, side: float) -> np.ndarray:
    """How much of what varies near each pixel is print, 0..1: colour that varies, and fast changes of brightness.

    Local, because a plain coat with one patch on it keeps its folds everywhere but near the patch.
    """
    total = np.maximum(linear.sum(-1), 0.06)
    variance = np.zeros_like(detail)
    for channel in (0, 2):
        chroma = linear[..., channel] / total
        variance += smooth_inside(chroma * chroma, weight, 0.06 * side)
        variance -= smooth_inside(chroma, weight, 0.06 * side) ** 2
    spread = np.sqrt(np.maximum(variance, 0))
    fast = np.sqrt(np.maximum(smooth_inside(detail * detail, weight, 0.06 * side), 0))
    return np.clip(np.maximum((spread - 0.09) / 0.15, (fast - 0.26) / 0.32), 0, 1)


def _bend(folds: np.ndarray, weight: np.ndarray, side: float) -> np.ndarray:
    """Cloth that turns away from the light goes down in a fold: the print follows the slope a little."""
    relief = smooth_inside(folds.astype(np.float32), weight, max(1.0, 0.015 * side))
    slope_x = cv2.Sobel(relief, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    slope_y = cv2.Sobel(relief, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    slope = np.stack([slope_x, slope_y], axis=-1) * side
    longest = max(weight.shape)
    # Limited softly: a hard limit would tear stripes where the slope turns over.
    most = 0.0045
    shift = cv2.GaussianBlur(np.tanh(slope * (0.0015 / most)) * most, (0, 0), max(1.0, 0.01 * side))
    return (shift * (side / longest)).astype(np.float32)
