"""From the network's small soft masks to masks at the photo's own size that follow the photo's edges.

The guided filter (He, Sun, Tang: Guided Image Filtering, TPAMI 2013) explains the mask by the photo's colours,
`mask = a . colour + b`, in every small window. Its coefficients are found at a middle size (as in the Fast Guided
Filter, He and Sun 2015) and applied to the photo's own pixels, cell by cell along the garment's outline, so a large
photo needs little time and memory.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from segmentation.cells import Box, enlarged, least_and_most, runs

# The upper triangle of a symmetric 3 x 3 matrix, row by row, and where each element lies in it.
_ROWS, _COLUMNS = (0, 0, 0, 1, 1, 2), (0, 1, 2, 1, 2, 2)
_DIAGONAL = (0, 3, 5)
_PLACE = ((0, 1, 2), (1, 3, 4), (2, 4, 5))


class ColourGuide:
    """The photo as guide: its local statistics are computed once and used for each mask.

    Args:
        small: the photo at the middle size, uint8 (h, w, 3).
        radius: of the windows, in pixels of the middle size.
        epsilon: how much the colours must vary before the mask follows them.
    """

    def __init__(self, small: np.ndarray, radius: int = 6, epsilon: float = 1e-3) -> None:
        self.window = (2 * radius + 1, 2 * radius + 1)
        # Colours lie in planes here: numpy is two to three times as fast on these.
        self.guide = [plane * np.float32(1 / 255.0) for plane in cv2.split(small)]
        self.mean = [self._box(plane) for plane in self.guide]
        covariance = [
            self._box(self.guide[row] * self.guide[column]) - self.mean[row] * self.mean[column]
            for row, column in zip(_ROWS, _COLUMNS, strict=True)
        ]
        for place in _DIAGONAL:
            covariance[place] += np.float32(epsilon)
        self.inverse = _inverse_of_symmetric(covariance)

    def _box(self, values: np.ndarray) -> np.ndarray:
        return cv2.blur(values, self.window, borderType=cv2.BORDER_REFLECT)

    def coefficients(self, mask: np.ndarray) -> np.ndarray:
        """Explain a soft mask (h, w, float32 0..1) by the guide: (h, w, 4) float32, three weights and a constant.

        Far from the mask, where all of it is black, everything is zero and nothing is computed.
        """
        result = np.zeros((*mask.shape, 4), np.float32)
        left, top, wide, tall = cv2.boundingRect((mask > 0).view(np.uint8))
        if not wide:
            return result
        reach = 2 * self.window[0]
        here = np.s_[max(0, top - reach) : top + tall + reach, max(0, left - reach) : left + wide + reach]
        part = np.ascontiguousarray(mask[here])
        mean = self._box(part)
        covariance = [
            self._box(guide[here] * part) - own_mean[here] * mean
            for guide, own_mean in zip(self.guide, self.mean, strict=True)
        ]
        weights = [
            sum(self.inverse[place][here] * one for place, one in zip(row, covariance, strict=True)) for row in _PLACE
        ]
        constant = mean
        for weight, own_mean in zip(weights, self.mean, strict=True):
            constant = constant - weight * own_mean[here]
        result[here] = cv2.merge([self._box(plane) for plane in (*weights, constant)])
        return result


def _inverse_of_symmetric(matrix: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Inverses of symmetric 3 x 3 matrices by Cramer's rule, ten times as fast here as a general inversion.

    Args:
        matrix: the six planes (h, w) of the upper triangle, row by row; so is the result.
    """
    a, b, c, d, e, f = matrix
    adjugate = (d * f - e * e, c * e - b * f, b * e - c * d, a * f - c * c, b * c - a * e, a * d - b * b)
    determinant = np.maximum(a * adjugate[0] + b * adjugate[1] + c * adjugate[2], 1e-20)
    return [plane / determinant for plane in adjugate]


def apply_at_full_size(photo: np.ndarray, coefficients: np.ndarray, box: Box, sharpness: float = 2.0) -> np.ndarray:
    """The refined mask of the part of the photo inside `box`, uint8.

    Away from the garment's outline the weights are zero and the constant is 0 or 1: there nothing is computed.
    The guided filter leaves a faint veil on textured ground; a steeper ramp about one half takes it away.
    """
    left, top, right, bottom = box
    size = photo.shape[:2]
    height, width = bottom - top, right - left
    constant = np.clip(coefficients[..., 3], 0, 1)
    # What one value of the photo can change, and how far the constant is from black and white.
    moved = np.minimum(constant, 1 - constant)
    for channel in range(3):
        moved += np.abs(coefficients[..., channel])
    settled = cv2.dilate((moved > 1e-3).astype(np.uint8), np.ones((3, 3), np.uint8)) == 0
    result = _nearest(np.where(settled & (constant > 0.5), 255, 0).astype(np.uint8), size, box)
    _, unsettled = least_and_most(_nearest((~settled).astype(np.uint8), size, box))
    for _, part in runs(unsettled, height, width):
        here = (left + part[0], top + part[1], left + part[2], top + part[3])
        weights = enlarged(coefficients, size, here)
        colours = photo[here[1] : here[3], here[0] : here[2]].astype(np.float32)
        colours *= np.float32(1 / 255)
        value = weights[..., 3] + np.einsum("hwc,hwc->hw", weights[..., :3], colours)
        # Saturates at 0 and 255.
        value = cv2.convertScaleAbs(np.maximum((value - 0.5) * sharpness + 0.5, 0), alpha=255)
        result[part[1] : part[3], part[0] : part[2]] = value
    return result


def _nearest(values: np.ndarray, size: tuple[int, int], box: Box) -> np.ndarray:
    """Nearest values of a map over a whole picture of `size`, at the pixels inside `box`."""
    left, top, right, bottom = box
    rows = (np.arange(top, bottom) * values.shape[0]) // size[0]
    columns = (np.arange(left, right) * values.shape[1]) // size[1]
    return np.take(values[:, columns], rows, axis=0)


def connected_parts(region: np.ndarray, *, connectivity: int) -> tuple[np.ndarray, np.ndarray]:
    """The connected parts of a boolean region: (H, W) int32, 0 outside it, and the area of each, outside first.

    OpenCV's own statistics take two to three times as long.
    """
    count, parts = cv2.connectedComponents(region.view(np.uint8), connectivity=connectivity)
    return parts, np.bincount(parts.ravel(), minlength=count)


def keep_large_parts(region: np.ndarray, least_area: float, least_share: float = 0.06) -> np.ndarray:
    """Of a boolean region keep the connected parts that are neither tiny nor much smaller than the largest part."""
    kept = np.zeros_like(region)
    here = _window(region)
    parts, areas = connected_parts(np.ascontiguousarray(region[here]), connectivity=8)
    areas[0] = 0
    keep = areas >= max(least_area, least_share * areas.max(initial=0))
    keep[0] = False
    kept[here] = keep[parts]
    return kept


def fill_small_holes(region: np.ndarray, most_area: float) -> np.ndarray:
    """Fill holes of a boolean region that are too small to be anything but noise."""
    filled = region.copy()
    here = _window(region)
    parts, areas = connected_parts(~region[here], connectivity=4)
    small = areas <= most_area
    small[0] = False
    # What reaches the window's rim goes on outside of it, but where the picture ends.
    for axis, (window, rim) in enumerate(zip(here, (parts, parts.T), strict=True)):
        small[rim[0]] &= window.start == 0
        small[rim[-1]] &= window.stop >= region.shape[axis]
    filled[here] |= small[parts]
    return filled


def _window(region: np.ndarray) -> tuple[slice, slice]:
    """The window of a boolean region, one pixel wider on each side, inside the picture."""
    left, top, wide, tall = cv2.boundingRect(region.view(np.uint8))
    return np.s_[max(0, top - 1) : top + tall + 1, max(0, left - 1) : left + wide + 1]
