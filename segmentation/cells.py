"""Pictures between full size and a working size: reduced, enlarged in parts, and worked on only where there is need."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

CELL = 64

Box = tuple[int, int, int, int]
"""Left, top, right, bottom, in pixels; right and bottom are outside."""


def moved(box: Box, right: int, down: int) -> Box:
    """The box at another place."""
    return box[0] + right, box[1] + down, box[2] + right, box[3] + down


def wider(box: Box, margin: int, size: tuple[int, int]) -> Box:
    """The box with a margin, inside a picture of `size`, its height and width."""
    left, top, right, bottom = box
    return max(0, left - margin), max(0, top - margin), min(size[1], right + margin), min(size[0], bottom + margin)


def least_and_most(mask: np.ndarray, cell: int = CELL) -> tuple[np.ndarray, np.ndarray]:
    """The smallest and the largest value in each cell of a mask (H, W): two arrays (ceil(H / cell), ceil(W / cell))."""
    strips = [mask[row : row + cell] for row in range(0, mask.shape[0], cell)]
    columns = np.arange(0, mask.shape[1], cell)
    least = np.minimum.reduceat(np.stack([strip.min(axis=0) for strip in strips]), columns, axis=1)
    most = np.maximum.reduceat(np.stack([strip.max(axis=0) for strip in strips]), columns, axis=1)
    return least, most


def runs(kinds: np.ndarray, height: int, width: int, cell: int = CELL) -> Iterator[tuple[int, Box]]:
    """Neighbouring cells of one kind in a row, joined: (kind, box) for each run whose kind is not 0.

    Args:
        kinds: small integers, one per cell.
        height: of the picture in pixels; the last row of cells may be cut off by it.
        width: of the picture in pixels.
    """
    for row, kinds_of_row in enumerate(kinds):
        edges = np.flatnonzero(np.diff(kinds_of_row)) + 1
        for first, last in zip((0, *edges), (*edges, len(kinds_of_row)), strict=True):
            if kinds_of_row[first]:
                box = (int(first * cell), row * cell, min(width, int(last * cell)), min(height, (row + 1) * cell))
                yield int(kinds_of_row[first]), box


def reduced(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A smaller copy of (H, W) or (H, W, channels), averaged over areas.

    Even sides, which cameras have, are halved first: that costs a tenth of one reduction by an uneven factor.

    Args:
        size: width and height of the result, as OpenCV orders them.
    """
    height, width = pixels.shape[:2]
    while height % 2 == width % 2 == 0 and height >= 2 * size[1] and width >= 2 * size[0]:
        height, width = height // 2, width // 2
        pixels = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def resized(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A smaller copy, as `reduced` makes it, or a larger one, with smooth edges: areas would enlarge pixels as blocks.

    Args:
        pixels: uint8 (H, W) or (H, W, channels).
        size: width and height of the result, as OpenCV orders them.
    """
    if size[0] * size[1] > pixels.shape[0] * pixels.shape[1]:
        return cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC)
    return reduced(pixels, size)


def enlarged(values: np.ndarray, size: tuple[int, int], box: Box) -> np.ndarray:
    """Part of a small map, bilinearly enlarged.

    Args:
        values: float32 (h, w, channels), up to four channels, covering a whole picture.
        size: height and width of that picture.
        box: which of its pixels are wanted.
    """
    left, top, right, bottom = box
    scale_y, scale_x = values.shape[0] / size[0], values.shape[1] / size[1]
    # Pixel centres fall on pixel centres; only the rows and columns in reach are handed over.
    x, y = (left + 0.5) * scale_x - 0.5, (top + 0.5) * scale_y - 0.5
    first_x, first_y = max(0, int(x) - 1), max(0, int(y) - 1)
    reach = values[first_y : int(y + (bottom - top) * scale_y) + 3, first_x : int(x + (right - left) * scale_x) + 3]
    place = np.array([[scale_x, 0, x - first_x], [0, scale_y, y - first_y]])
    return cv2.warpAffine(
        reach,
        place,
        (right - left, bottom - top),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
