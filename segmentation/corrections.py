"""A garment's mask after somebody painted on it.

A stroke is a round brush drawn along points. What lies well inside of it is added or erased as painted; near its
rim, where no hand is exact, the photo decides: the guided filter (refine.py) lets the edge follow the photo's. The
result depends on the mask, the photo and the strokes alone, so a correction can be taken back by leaving it out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from segmentation.cells import Box, reduced
from segmentation.errors import SegmentationError
from segmentation.noise import edge_guide
from segmentation.refine import ColourGuide, apply_at_full_size

RIM = 0.4
"""Share of the brush's radius, at its rim, in which the photo decides."""
MOST_RIM = 24.0
"""The same in pixels of the middle size, for large brushes."""
MIDDLE_SIDE = 640


@dataclass(frozen=True)
class Stroke:
    """One movement of the brush.

    Args:
        mode: "add" paints cloth, "erase" takes it away.
        radius: of the brush, in pixels of the photo.
        points: where it went, (x, y) in pixels of the photo from its upper left corner; one point is a dab.
    """

    mode: Literal["add", "erase"]
    radius: float
    points: Sequence[tuple[float, float]]


def apply_strokes(photo: np.ndarray, mask: np.ndarray, strokes: Sequence[Stroke]) -> np.ndarray:
    """The mask after the strokes, one after another; the given one is not changed.

    Args:
        photo: uint8 (H, W, 3) RGB or (H, W, 4) RGBA.
        mask: uint8 (H, W).

    Raises:
        SegmentationError: the mask is not of the photo's size, or a stroke makes no sense.
    """
    if mask.shape != photo.shape[:2]:
        raise SegmentationError(f"Expected a mask of the photo's shape {photo.shape[:2]}, got {mask.shape}.")
    result = mask.copy()
    for stroke in strokes:
        points = np.asarray(stroke.points, np.float64)
        if stroke.mode not in ("add", "erase") or points.ndim != 2 or points.shape[1] != 2 or not len(points):
            raise SegmentationError("Expected a stroke to add or erase along points (x, y).")
        if not (np.isfinite(points).all() and np.isfinite(stroke.radius) and stroke.radius > 0):
            raise SegmentationError("Expected numbers for a stroke's points and a radius above 0.")
        _apply(photo, result, stroke.mode, float(stroke.radius), points)
    return result


def _apply(photo: np.ndarray, mask: np.ndarray, mode: str, radius: float, points: np.ndarray) -> None:
    height, width = mask.shape
    # A way far outside the photo paints nothing that a nearer one would not.
    points = np.clip(points, -2 * radius - 8, np.array([width, height]) + 2 * radius + 8)
    reach = 2 * radius + 8
    low = np.maximum(np.floor(points.min(axis=0) - reach), 0).astype(int)
    high = np.minimum(np.ceil(points.max(axis=0) + reach), (width, height)).astype(int)
    if (low >= high).any():
        return  # beside the photo
    box = (int(low[0]), int(low[1]), int(high[0]), int(high[1]))
    inside = radius - _distance_to(points - low, (int(high[1] - low[1]), int(high[0] - low[0])))
    here = mask[box[1] : box[3], box[0] : box[2]]
    # Erasing is adding to what is not cloth.
    before = here.copy() if mode == "add" else 255 - here
    after = np.maximum(before, _refined(photo, before, inside, box, radius))
    here[:] = after if mode == "add" else 255 - after


def _distance_to(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Distance of every pixel of (height, width) from the way through the points, which may leave the picture."""
    margin = int(np.ceil(max(0, -points.min(), (points - size[::-1]).max()))) + 1
    way = np.full((size[0] + 2 * margin, size[1] + 2 * margin), 255, np.uint8)
    # A single point makes a line too, to itself.
    line = np.rint(points[[0, *range(len(points))]] - 0.5 + margin).astype(np.int32)
    cv2.polylines(way, [line], False, 0)
    distance = cv2.distanceTransform(way, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return distance[margin : margin + size[0], margin : margin + size[1]]


def _refined(photo: np.ndarray, before: np.ndarray, inside: np.ndarray, box: Box, radius: float) -> np.ndarray:
    """What the stroke adds to `before`, uint8, its rim moved to the photo's edges.

    Args:
        inside: how far inside the stroke each pixel is, in pixels; below 0 outside.
    """
    painted = np.rint(np.clip(inside + 0.5, 0, 1) * 255).astype(np.uint8)
    scale = min(1.0, MIDDLE_SIDE / max(painted.shape))
    rim = min(RIM * radius, MOST_RIM / scale)
    if rim < 1:
        return painted
    left, top, right, bottom = box
    size = (max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))
    colours = edge_guide(np.ascontiguousarray(photo[top:bottom, left:right, :3]))
    guide = ColourGuide(reduced(colours, size), radius=max(2, round(rim * scale)))
    wanted = reduced(np.maximum(before, painted), size).astype(np.float32) / 255
    refined = apply_at_full_size(colours, guide.coefficients(wanted), (0, 0, right - left, bottom - top))
    # 1 where the painter decides, 0 at the rim, where the photo does, and soft between them.
    core = np.clip(inside / rim - 1, 0, 1)
    near = np.clip(2 + inside / rim, 0, 1)
    return np.rint(refined * near * (1 - core) + 255 * core).astype(np.uint8)
