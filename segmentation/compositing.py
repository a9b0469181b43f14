"""A new print on the garments of a photo, with the folds, shadows and edges of the old one.

Everything is computed in linear light, inside the mask's box, strip by strip. The print is sampled backwards: for each
pixel of the garment, which point of the endlessly repeated tile lies there. Pixels where the mask is 0 keep their
bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from segmentation.errors import SegmentationError
from segmentation.shading import WORK_SIDE, Shading, find_shading

STRIP_ROWS = 256
REPEATS_PER_HEIGHT = 4
MIN_SCALE, MAX_SCALE = 0.02, 20.0


def _linear_table() -> np.ndarray:
    value = np.arange(256, dtype=np.float64) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)


def _srgb_table() -> np.ndarray:
    value = np.arange(65536, dtype=np.float64) / 65535
    encoded = np.where(value <= 0.0031308, value * 12.92, 1.055 * value ** (1 / 2.4) - 0.055)
    return np.round(encoded * 255).astype(np.uint8)


TO_LINEAR, TO_SRGB = _linear_table(), _srgb_table()


@dataclass(frozen=True)
class Layer:
    """One print on one mask.

    Args:
        tile: one repeat of the print, RGB; its opposite edges fit.
        mask: where it goes, uint8 (H, W) of the photo's size; 255 is covered, 0 untouched.
        scale: width of one repeat as a multiple of a quarter of the photo's height: 1 gives four repeats from top to
            bottom of a photo, 0.5 gives eight.
        rotation: in degrees, clockwise, about the photo's centre.
        offset: shift to the right and down, in fractions of a repeat.
    """

    tile: Image.Image
    mask: np.ndarray
    scale: float = 1.0
    rotation: float = 0.0
    offset: tuple[float, float] = (0.0, 0.0)


def composite(
    photo: Image.Image, layers: Sequence[Layer], *, progress: Callable[[float], None] | None = None
) -> Image.Image:
    """Put each layer's print on the photo.

    Returns:
        A picture of the photo's size: RGB, or RGBA with the photo's own alpha. Later layers lie over earlier ones.

    Raises:
        SegmentationError: a mask is not of the photo's size, or a scale, rotation or offset makes no sense.
    """
    has_alpha = photo.mode in ("RGBA", "LA", "PA") or "transparency" in photo.info
    source = np.asarray(photo.convert("RGBA" if has_alpha else "RGB"))
    for layer in layers:
        _check(layer, source.shape[:2])
    result = source.copy()
    for number, layer in enumerate(layers):
        _paint(source, result, layer)
        if progress:
            progress((number + 1) / len(layers))
    return Image.fromarray(result)


def _check(layer: Layer, size: tuple[int, int]) -> None:
    if layer.mask.shape != size or layer.mask.dtype != np.uint8:
        raise SegmentationError(
            f"Expected an 8-bit mask of the photo's size {size[1]} x {size[0]}, got {layer.mask.dtype} of shape "
            f"{layer.mask.shape}. Make the mask from this very photo."
        )
    if not MIN_SCALE <= layer.scale <= MAX_SCALE:
        raise SegmentationError(f"Expected a scale from {MIN_SCALE} to {MAX_SCALE}, got {layer.scale}.")
    if not np.isfinite([layer.rotation, *layer.offset]).all():
        raise SegmentationError("Expected numbers for rotation and offset.")


def _box_of(mask: np.ndarray) -> tuple[int, int, int, int] | None:
    rows = np.flatnonzero(mask.max(axis=1))
    if not rows.size:
        return None
    columns = np.flatnonzero(mask[rows[0] : rows[-1] + 1].max(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _paint(source: np.ndarray, result: np.ndarray, layer: Layer) -> None:
    box = _box_of(layer.mask)
    if box is None:
        return
    left, top, right, bottom = box
    shading = _shading_of(source[top:bottom, left:right, :3], layer.mask[top:bottom, left:right])
    sampler = _TileSampler(layer, source.shape[0], source.shape[1])
    longest = max(right - left, bottom - top)
    for start in range(top, bottom, STRIP_ROWS):
        end = min(bottom, start + STRIP_ROWS)
        mask = layer.mask[start:end, left:right]
        light = _part_at_full_size(shading.light, box, start, end)
        bend = _part_at_full_size(shading.bend, box, start, end) * np.float32(longest)
        cloth = sampler.sample(left, right, start, end, bend)
        cloth *= light[..., None]
        np.clip(cloth, 0, 1, out=cloth)
        target = result[start:end, left:right, :3]
        alpha = (mask.astype(np.float32) * np.float32(1 / 255))[..., None]
        old = TO_LINEAR[target]
        cloth = old + (cloth - old) * alpha
        encoded = TO_SRGB[(np.clip(cloth, 0, 1) * 65535 + 0.5).astype(np.uint16)]
        np.copyto(target, encoded, where=(mask > 0)[..., None])


def _shading_of(garment: np.ndarray, mask: np.ndarray) -> Shading:
    """The shading of the garment's box, found at a working size."""
    scale = min(1.0, WORK_SIDE / max(mask.shape))
    size = (max(1, round(mask.shape[1] * scale)), max(1, round(mask.shape[0] * scale)))
    small = cv2.resize(garment, size, interpolation=cv2.INTER_AREA)
    small_mask = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
    return find_shading(TO_LINEAR[small], small_mask.astype(np.float32) / 255)


def _part_at_full_size(values: np.ndarray, box: tuple[int, int, int, int], start: int, end: int) -> np.ndarray:
    """Rows start..end of a map that covers the box, bilinearly enlarged to the photo's pixels."""
    left, top, right, bottom = box
    height, width = bottom - top, right - left
    columns = (np.arange(width, dtype=np.float32) + 0.5) * (values.shape[1] / width) - 0.5
    rows = (np.arange(start - top, end - top, dtype=np.float32) + 0.5) * (values.shape[0] / height) - 0.5
    first = int(max(0, np.floor(rows[0])))
    part = values[first : int(np.ceil(rows[-1])) + 2]
    grid_x = np.ascontiguousarray(np.broadcast_to(columns, (end - start, width)))
    grid_y = np.ascontiguousarray(np.broadcast_to((rows - first)[:, None], (end - start, width)))
    return cv2.remap(part, grid_x, grid_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


class _TileSampler:
    """Linear-light colours of the endless print at any pixel of the photo."""

    def __init__(self, layer: Layer, height: int, width: int) -> None:
        tile = TO_LINEAR[np.asarray(layer.tile.convert("RGB"))]
        self.repeat_x = layer.scale * height / REPEATS_PER_HEIGHT
        self.repeat_y = self.repeat_x * tile.shape[0] / tile.shape[1]
        # A print that gets smaller is averaged over areas first, or its fine lines would flicker into moire.
        small = (max(1, round(self.repeat_x)), max(1, round(self.repeat_y)))
        if small[0] < tile.shape[1]:
            tile = cv2.resize(tile, small, interpolation=cv2.INTER_AREA)
        self.tile = tile
        angle = np.deg2rad(layer.rotation % 360)
        self.cos, self.sin = float(np.cos(angle)), float(np.sin(angle))
        self.centre = (width / 2, height / 2)
        self.offset = layer.offset

    def sample(self, left: int, right: int, top: int, bottom: int, bend: np.ndarray) -> np.ndarray:
        """Colours (bottom - top, right - left, 3), float32; `bend` moves the print by so many pixels."""
        x = np.arange(left, right, dtype=np.float32)[None] + np.float32(0.5 - self.centre[0]) + bend[..., 0]
        y = np.arange(top, bottom, dtype=np.float32)[:, None] + np.float32(0.5 - self.centre[1]) + bend[..., 1]
        across = (x * np.float32(self.cos) + y * np.float32(self.sin)) * np.float32(1 / self.repeat_x)
        down = (y * np.float32(self.cos) - x * np.float32(self.sin)) * np.float32(1 / self.repeat_y)
        across -= np.float32(self.offset[0] % 1)
        down -= np.float32(self.offset[1] % 1)
        across -= np.floor(across)
        down -= np.floor(down)
        height, width = self.tile.shape[:2]
        across = across * np.float32(width) - np.float32(0.5)
        down = down * np.float32(height) - np.float32(0.5)
        return cv2.remap(self.tile, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
