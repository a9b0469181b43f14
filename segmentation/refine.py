"""From the network's small soft masks to masks at the photo's own size that follow the photo's edges.

The guided filter (He, Sun, Tang: Guided Image Filtering, TPAMI 2013) explains the mask by the photo's colours,
`mask = a . colour + b`, in every small window. Its coefficients are found at a middle size (as in the Fast Guided
Filter, He and Sun 2015) and applied to the photo's own pixels strip by strip, so a large photo needs little memory.
"""

from __future__ import annotations

import cv2
import numpy as np

STRIP_ROWS = 256


class ColourGuide:
    """The photo as guide: its local statistics are computed once and used for each mask.

    Args:
        small: the photo at the middle size, uint8 (h, w, 3).
        radius: of the windows, in pixels of the middle size.
        epsilon: how much the colours must vary before the mask follows them.
    """

    def __init__(self, small: np.ndarray, radius: int = 5, epsilon: float = 2e-4) -> None:
        self.window = (2 * radius + 1, 2 * radius + 1)
        self.guide = small.astype(np.float32) / 255.0
        self.mean = self._box(self.guide)
        covariance = np.empty((*small.shape[:2], 3, 3), np.float32)
        for i in range(3):
            for j in range(i, 3):
                product = self._box(self.guide[..., i] * self.guide[..., j])
                covariance[..., i, j] = covariance[..., j, i] = product - self.mean[..., i] * self.mean[..., j]
        covariance += np.eye(3, dtype=np.float32) * epsilon
        self.inverse = np.linalg.inv(covariance)

    def _box(self, values: np.ndarray) -> np.ndarray:
        return cv2.blur(values, self.window, borderType=cv2.BORDER_REFLECT)

    def coefficients(self, mask: np.ndarray) -> np.ndarray:
        """Explain a soft mask (h, w, float32 0..1) by the guide: (h, w, 4) float32, three weights and a constant."""
        mean = self._box(mask)
        covariance = self._box(self.guide * mask[..., None]) - self.mean * mean[..., None]
        weights = (self.inverse @ covariance[..., None])[..., 0]
        constant = mean - (weights * self.mean).sum(-1)
        return self._box(np.concatenate([weights, constant[..., None]], axis=-1).astype(np.float32))


def apply_at_full_size(
    photo: np.ndarray, coefficients: np.ndarray, box: tuple[int, int, int, int], sharpness: float = 2.0
) -> np.ndarray:
    """The refined mask of the part of the photo inside `box` (left, top, right, bottom), uint8.

    The guided filter leaves a faint veil on textured ground; a steeper ramp about one half takes it away.
    """
    left, top, right, bottom = box
    height, width = photo.shape[:2]
    scale_y, scale_x = coefficients.shape[0] / height, coefficients.shape[1] / width
    result = np.empty((bottom - top, right - left), np.uint8)
    columns = ((np.arange(left, right, dtype=np.float32) + 0.5) * scale_x - 0.5)[None]
    for start in range(top, bottom, STRIP_ROWS):
        end = min(bottom, start + STRIP_ROWS)
        rows = ((np.arange(start, end, dtype=np.float32) + 0.5) * scale_y - 0.5)[:, None]
        grid_x, grid_y = np.broadcast_arrays(columns, rows)
        strip = cv2.remap(
            coefficients,
            np.ascontiguousarray(grid_x),
            np.ascontiguousarray(grid_y),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        colours = photo[start:end, left:right].astype(np.float32) * np.float32(1 / 255)
        value = strip[..., 3] + np.einsum("hwc,hwc->hw", strip[..., :3], colours)
        value = (value - 0.5) * sharpness + 0.5
        result[start - top : end - top] = np.clip(value * 255 + 0.5, 0, 255).astype(np.uint8)
    return result


def keep_large_parts(region: np.ndarray, least_area: float, least_share: float = 0.06) -> np.ndarray:
    """Of a boolean region keep the connected parts that are neither tiny nor much smaller than the largest part."""
    _, parts, stats, _ = cv2.connectedComponentsWithStats(region.astype(np.uint8), connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA].astype(np.float64)
    areas[0] = 0
    keep = areas >= max(least_area, least_share * areas.max(initial=0))
    keep[0] = False
    return keep[parts]


def fill_small_holes(region: np.ndarray, most_area: float) -> np.ndarray:
    """Fill holes of a boolean region that are too small to be anything but noise."""
    _, parts, stats, _ = cv2.connectedComponentsWithStats((~region).astype(np.uint8), connectivity=4)
    small = stats[:, cv2.CC_STAT_AREA] <= most_area
    small[0] = False
    return region | small[parts]
