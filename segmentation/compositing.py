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

from segmentation.cells import Box, enlarged, least_and_most, moved, reduced, runs, wider
from segmentation.edges import REACH, ground, sides
from segmentation.errors import SegmentationError
from segmentation.photo import pixels_of
from segmentation.printing import TO_LINEAR, TO_SRGB, EndlessPrint
from segmentation.shading import WORK_SIDE, Shading, find_shading
from segmentation.sizes import usual_cm_per_px

Picture = TypeVar("Picture", Image.Image, np.ndarray)

MIN_SCALE, MAX_SCALE = 0.02, 20.0
_EDGE, _WHOLE = 1, 2


@dataclass(frozen=True)
class Layer:
    """One print on one mask.

    Args:
        tile: one repeat of the print, RGB; its opposite edges fit.
        mask: where it goes, uint8 (H, W) of the photo's size; 255 is covered, 0 untouched.
        scale: width of one repeat on the garment, in multiples of 20 cm (`REPEAT_CM`).
        rotation: in degrees, clockwise, about the photo's centre.
        offset: shift to the right and down, in fractions of a repeat.
    """

    tile: Image.Image
    mask: np.ndarray
    scale: float = 1.0
    rotation: float = 0.0
    offset: tuple[float, float] = (0.0, 0.0)


def composite(
    photo: Picture,
    layers: Sequence[Layer],
    *,
    cm_per_px: float | None = None,
    progress: Callable[[float], None] | None = None,
) -> Picture:
    """Put each layer's print on the photo.

    Args:
        photo: a picture, or its pixels as an array, uint8 (H, W, 3) RGB or (H, W, 4) RGBA.
        layers: later ones lie over earlier ones.
        cm_per_px: centimetres that one of the photo's pixels is on the garment (sizes.py); None takes the usual.
        progress: called with the share that is done, 0..1.

    Returns:
        What was given, a picture or an array, of the photo's size: RGB, or RGBA with the photo's own alpha.

    Raises:
        SegmentationError: a mask is not of the photo's size, or a size, scale, rotation or offset makes no sense.
    """
    source = pixels_of(photo)
    if cm_per_px is None:
        cm_per_px = usual_cm_per_px(source.shape[0])
    if not (np.isfinite(cm_per_px) and cm_per_px > 0):
        raise SegmentationError(f"Expected centimetres per pixel above 0, got {cm_per_px}.")
    for layer in layers:
        _check(layer, source.shape[:2])
    result = source.copy()
    for number, layer in enumerate(layers):
        _paint(source, result, layer, cm_per_px)
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


def shading_of(photo: np.ndarray, mask: np.ndarray) -> tuple[Box, Shading] | None:
    """The light on a garment, found at a working size, and the box of the photo that it covers.

    Args:
        photo: uint8 (H, W, 3) RGB or (H, W, 4) RGBA.
        mask: uint8 (H, W); None is returned where it is empty.
    """
    rows = np.flatnonzero(mask.max(axis=1))
    if not rows.size:
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(mask[top:bottom].max(axis=0))
    left, right = int(columns[0]), int(columns[-1]) + 1
    box = (left, top, right, bottom)
    return box, find_shading(*_at_working_size(photo, mask, box))


def _at_working_size(photo: np.ndarray, mask: np.ndarray, box: Box) -> tuple[np.ndarray, np.ndarray]:
    """Linear colours (h, w, 3) and mask (h, w), 0..1, float32, of a part of the photo."""
    left, top, right, bottom = box
    garment, mask = photo[top:bottom, left:right, :3], mask[top:bottom, left:right]
    scale = min(1.0, WORK_SIDE / max(mask.shape))
    size = (max(1, round(mask.shape[1] * scale)), max(1, round(mask.shape[0] * scale)))
    return cv2.LUT(reduced(garment, size), TO_LINEAR), reduced(mask, size).astype(np.float32) / 255


def _paint(source: np.ndarray, result: np.ndarray, layer: Layer, cm_per_px: float) -> None:
    found = shading_of(source, layer.mask)
    if found is None:
        return
    box, shading = found
    left, top, right, bottom = box
    mask = layer.mask[top:bottom, left:right]
    if source.shape[2] == 4:
        mask = _of_what_is_seen(mask, source[top:bottom, left:right, 3])
    sampler = _Sampler(layer, source.shape[:2], cm_per_px, box, shading)
    # Of the picture so far: beside another garment the ground is that garment's new print.
    around = wider(box, round(2 * REACH * max(1, max(mask.shape) / WORK_SIDE)), source.shape[:2])
    cloth_near, ground_near = sides(*_at_working_size(result, layer.mask, around))
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
            here = moved(part, left - around[0], top - around[1])
            size = (around[3] - around[1], around[2] - around[0])
            near = (enlarged(colours, size, here) for colours in (cloth_near, ground_near))
            behind = ground(old, alpha, *near)
            # Where the mask is 0 this is `old` but for rounding, and the tables give its byte back.
            index = ((behind + (cloth - behind) * alpha) * 65535 + 0.5).astype(np.uint16)
        target[:] = cv2.LUT(index, TO_SRGB)


def _of_what_is_seen(mask: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """The mask as a share of a cut-out's own alpha: what lies hidden beside a cut-out, often black, is not mixed in."""
    share = np.minimum(mask.astype(np.float32) * 255 / np.maximum(alpha, 1), 255)
    return np.rint(share).astype(np.uint8)


class _Sampler:
    """Linear-light colours of a layer's print, and the light on it, at any pixel of the garment's box."""

    def __init__(self, layer: Layer, photo_size: tuple[int, int], cm_per_px: float, box: Box, shading: Shading) -> None:
        self.print = EndlessPrint(
            layer.tile, photo_size, cm_per_px, scale=layer.scale, rotation=layer.rotation, offset=layer.offset
        )
        left, top, right, bottom = box
        self.start = self.print.place_of(left, top)
        self.size = (bottom - top, right - left)
        bend = shading.bend * np.float32(max(self.size)) @ self.print.step.T.astype(np.float32)
        self.maps = np.concatenate([bend.astype(np.float32), shading.light[..., None]], axis=-1)

    def sample(self, part: Box) -> tuple[np.ndarray, np.ndarray]:
        """Colours and light, each float32 (bottom - top, right - left, 3), of a part of the garment's box."""
        left, top, right, bottom = part
        maps = enlarged(self.maps, self.size, part)
        x, y = np.arange(left, right), np.arange(top, bottom)[:, None]
        places = []
        for axis in range(2):
            place = maps[..., axis] + (self.start[axis] + self.print.step[axis, 0] * x).astype(np.float32)
            place += (self.print.step[axis, 1] * y).astype(np.float32)
            places.append(place)
        return self.print.colours_at(*places), cv2.merge([maps[..., 2]] * 3)
