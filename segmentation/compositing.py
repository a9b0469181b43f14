"""A new print on the garments of a photo, with the folds, shadows and edges of the old one.

Everything is computed in linear light, cell by cell where the mask is. The print is sampled backwards: for each
pixel of the garment, which point of the endlessly repeated tile lies there. Pixels where the mask is 0 keep their
bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from PIL import Image

from segmentation.cells import Box, enlarged, least_and_most, reduced, runs
from segmentation.errors import SegmentationError
from segmentation.photo import pixels_of
from segmentation.shading import WORK_SIDE, Shading, find_shading

Picture = TypeVar("Picture", Image.Image, np.ndarray)

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
_EDGE, _WHOLE = 1, 2


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


def composite(photo: Picture, layers: Sequence[Layer], *, progress: Callable[[float], None] | None = None) -> Picture:
    """Put each layer's print on the photo.

    Args:
        photo: a picture, or its pixels as an array, uint8 (H, W, 3) RGB or (H, W, 4) RGBA.
        layers: later ones lie over earlier ones.
        progress: called with the share that is done, 0..1.

    Returns:
        What was given, a picture or an array, of the photo's size: RGB, or RGBA with the photo's own alpha.

    Raises:
        SegmentationError: a mask is not of the photo's size, or a scale, rotation or offset makes no sense.
    """
    source = pixels_of(photo)
    for layer in layers:
        _check(layer, source.shape[:2])
    result = source.copy()
    for number, layer in enumerate(layers):
        _paint(source, result, layer)
        if progress:
            progress((number + 1) / len(layers))
    return result if isinstance(photo, np.ndarray) else Image.fromarray(result)


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
    mask = layer.mask[top:bottom, left:right]
    shading = _shading_of(source[top:bottom, left:right, :3], mask)
    sampler = _TileSampler(layer, source.shape[:2], box, shading)
    least, most = least_and_most(mask)
    kinds = np.where(least == 255, _WHOLE, np.where(most > 0, _EDGE, 0))
    for kind, part in runs(kinds, *mask.shape):
        cloth, light = sampler.sample(part)
        window = np.s_[part[1] : part[3], part[0] : part[2]]
        target = result[top:bottom, left:right, :3][window]
        if kind == _WHOLE:
            # Multiplied, clipped, rounded and turned into table indices in one pass.
            index = cv2.multiply(cloth, light, scale=65535, dtype=cv2.CV_16U)
        else:
            old = cv2.LUT(np.ascontiguousarray(target), TO_LINEAR)
            alpha = cv2.merge([mask[window]] * 3).astype(np.float32) * np.float32(1 / 255)
            cloth = np.minimum(cloth * light, 1, out=cloth)
            # Where the mask is 0 this is `old` to the bit, and the tables give its byte back.
            index = ((old + (cloth - old) * alpha) * 65535 + 0.5).astype(np.uint16)
        target[:] = cv2.LUT(index, TO_SRGB)


def _shading_of(garment: np.ndarray, mask: np.ndarray) -> Shading:
    """The shading of the garment's box, found at a working size."""
    scale = min(1.0, WORK_SIDE / max(mask.shape))
    size = (max(1, round(mask.shape[1] * scale)), max(1, round(mask.shape[0] * scale)))
    small = reduced(garment, size)
    small_mask = reduced(mask, size)
    return find_shading(cv2.LUT(small, TO_LINEAR), small_mask.astype(np.float32) / 255)


class _TileSampler:
    """Linear-light colours of the endless print, and the light on it, at any pixel of the garment's box."""

    def __init__(self, layer: Layer, photo_size: tuple[int, int], box: Box, shading: Shading) -> None:
        tile = cv2.LUT(np.asarray(layer.tile.convert("RGB")), TO_LINEAR)
        height, width = photo_size
        repeat_x = layer.scale * height / REPEATS_PER_HEIGHT
        repeat_y = repeat_x * tile.shape[0] / tile.shape[1]
        # A print that gets smaller is averaged over areas first, or its fine lines would flicker into moire.
        small = (max(1, round(repeat_x)), max(1, round(repeat_y)))
        if small[0] < tile.shape[1]:
            tile = cv2.resize(tile, small, interpolation=cv2.INTER_AREA)
        self.tile = tile
        angle = np.deg2rad(layer.rotation % 360)
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        # Repeats per pixel: down a column of pixels or along a row, the print advances by this much.
        self.step = turn / [[repeat_x], [repeat_y]]
        left, top, right, bottom = box
        corner = np.array([left + 0.5 - width / 2, top + 0.5 - height / 2])
        self.start = self.step @ corner - np.mod(layer.offset, 1)
        self.size = (bottom - top, right - left)
        bend = shading.bend * np.float32(max(self.size)) @ self.step.T.astype(np.float32)
        self.maps = np.concatenate([bend.astype(np.float32), shading.light[..., None]], axis=-1)

    def sample(self, part: Box) -> tuple[np.ndarray, np.ndarray]:
        """Colours and light, each float32 (bottom - top, right - left, 3), of a part of the garment's box."""
        left, top, right, bottom = part
        maps = enlarged(self.maps, self.size, part)
        x, y = np.arange(left, right), np.arange(top, bottom)[:, None]
        height, width = self.tile.shape[:2]
        places = []
        for axis, length in ((0, width), (1, height)):
            along = (self.start[axis] + self.step[axis, 0] * x).astype(np.float32)
            place = maps[..., axis] + along
            place += (self.step[axis, 1] * y).astype(np.float32)
            place -= np.floor(place)
            place *= np.float32(length)
            place -= np.float32(0.5)
            places.append(place)
        cloth = cv2.remap(self.tile, places[0], places[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        return cloth, cv2.merge([maps[..., 2]] * 3)
