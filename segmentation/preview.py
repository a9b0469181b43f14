"""What a browser needs to show a print on a garment by itself, as one small picture: the garment's mask, light and
bend, and the ground behind its soft edge.

The formula that it must follow stands in README.md ("Preview in the browser"); `render_preview` is the same in numpy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from PIL import Image

from segmentation.cells import Box, reduced, wider
from segmentation.compositing import shading_of
from segmentation.edges import REACH, ground, sides
from segmentation.errors import SegmentationError
from segmentation.printing import TO_LINEAR, EndlessPrint

PREVIEW_SIDE = 1024
"""Longest side of a preview in pixels."""
BEND_MOST = 8.0
"""The largest shift of the print that the maps can say, in pixels of the preview."""
LIGHT_MOST = 4.0
MOST_SAMPLES = 4
"""Along each side of a pixel of the preview."""


@dataclass(frozen=True)
class PreviewMaps:
    """Maps of one mask.

    Args:
        pixels: uint8 (3 h, w, 3). Upper third: mask 0..255; light, as 255 * sqrt(light / 4); 0. Middle: shift to the
            right and down, each as 128 + 127 * shift / `BEND_MOST` in pixels of the preview; 0. Lower third: colour of
            the ground, without the old cloth's, where the mask is neither 0 nor 255; 0 elsewhere.
        box: left, top, right, bottom of the mask in pixels of the preview; four zeros for an empty one.
    """

    pixels: np.ndarray
    box: tuple[int, int, int, int]


def preview_size(height: int, width: int) -> tuple[int, int]:
    """Height and width of a photo's preview: its longest side is at most `PREVIEW_SIDE`."""
    share = min(1.0, PREVIEW_SIDE / max(height, width))
    return max(1, round(height * share)), max(1, round(width * share))


def preview_maps(photo: np.ndarray, mask: np.ndarray) -> PreviewMaps:
    """The maps of one mask of a photo; the light and bend are those that `composite` works with.

    Args:
        photo: uint8 (H, W, 3) RGB or (H, W, 4) RGBA.
        mask: uint8 (H, W).

    Raises:
        SegmentationError: the mask is not of the photo's size.
    """
    if mask.shape != photo.shape[:2]:
        raise SegmentationError(f"Expected a mask of the photo's shape {photo.shape[:2]}, got {mask.shape}.")
    height, width = preview_size(*mask.shape)
    pixels = np.zeros((3 * height, width, 3), np.uint8)
    upper, middle, lower = pixels[:height], pixels[height : 2 * height], pixels[2 * height :]
    middle[..., :2], upper[..., 1] = 128, 128
    found = shading_of(photo, mask)
    if found is None:
        return PreviewMaps(pixels, (0, 0, 0, 0))
    (left, top, right, bottom), shading = found
    upper[..., 0] = reduced(mask, (width, height))
    x, y, wide, tall = cv2.boundingRect(upper[..., 0])
    # Beyond the garment a few pixels are kept, since a browser mixes neighbours; the rest is flat and small to send.
    near = cv2.dilate(np.ascontiguousarray(upper[..., 0]), np.ones((9, 9), np.uint8)) > 0

    share_x, share_y = width / mask.shape[1], height / mask.shape[0]
    bend = shading.bend * np.float32(max(bottom - top, right - left)) * np.array([share_x, share_y], np.float32)
    maps: np.ndarray = np.dstack([shading.light, bend]).astype(np.float32)
    small = (max(1, round((right - left) * share_x)), max(1, round((bottom - top) * share_y)))
    if small[0] < maps.shape[1]:
        maps = cv2.resize(maps, small, interpolation=cv2.INTER_AREA)
    # From pixel centres of the preview to those of the maps over the box.
    zoom_x, zoom_y = maps.shape[1] / (right - left) / share_x, maps.shape[0] / (bottom - top) / share_y
    place = np.array(
        [
            [zoom_x, 0, (0.5 - left * share_x) * zoom_x - 0.5],
            [0, zoom_y, (0.5 - top * share_y) * zoom_y - 0.5],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    maps = cv2.warpAffine(maps, place, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    light = np.sqrt(np.clip(maps[..., 0], 0, LIGHT_MOST) / LIGHT_MOST) * 255
    shift = 128 + 127 * np.clip(maps[..., 1:] / BEND_MOST, -1, 1)
    upper[near, 1] = np.rint(light).astype(np.uint8)[near]
    middle[near, :2] = np.rint(shift).astype(np.uint8)[near]
    box = (x, y, x + wide, y + tall)
    if wide:
        _put_ground(lower, reduced(photo, (width, height)), upper[..., 0], box)
    return PreviewMaps(pixels, box)


def _put_ground(into: np.ndarray, photo: np.ndarray, mask: np.ndarray, box: Box) -> None:
    """Write what lies behind the soft edge; all of the preview's size."""
    left, top, right, bottom = wider(box, round(2 * REACH), mask.shape)
    here = np.s_[top:bottom, left:right]
    alpha = mask[here].astype(np.float32)[..., None] / 255
    mixed = TO_LINEAR[photo[here][..., :3]]
    if photo.shape[2] == 4:
        # A cut-out has no ground. Pages show it on white.
        mixed = 1 + (mixed - 1) * (photo[here][..., 3:].astype(np.float32) / 255)
    behind = ground(mixed, alpha, *sides(mixed, alpha[..., 0]))
    soft = (mask[here] > 0) & (mask[here] < 255)
    into[here][soft] = np.rint(_encoded(behind[soft]) * 255)


def encode_maps(maps: PreviewMaps) -> bytes:
    """The maps as PNG, packed well: they travel to a browser."""
    _, data = cv2.imencode(".png", cv2.cvtColor(maps.pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 6])
    return data.tobytes()


def render_preview(
    photo: np.ndarray,
    maps: np.ndarray,
    tile: Image.Image,
    *,
    cm_per_px: float,
    scale: float = 1.0,
    rotation: float = 0.0,
    offset: tuple[float, float] = (0.0, 0.0),
    bend_most: float = BEND_MOST,
    zoom: float = 1.0,
    below: np.ndarray | None = None,
) -> np.ndarray:
    """What a browser must show: the print on the photo at preview size, uint8 (h, w, 3).

    Args:
        photo: at preview size, uint8 (h, w, 3).
        maps: `PreviewMaps.pixels`, or their PNG decoded.
        tile: one repeat of the print.
        cm_per_px: centimetres per pixel of the preview.
        scale, rotation, offset: as in `Layer`.
        bend_most: shift that the byte 255 stands for, in pixels of the preview.
        zoom: pixels of the photo for one of the preview, along a side.
        below: the photo with the prints that lie below this one, uint8 (h, w, 3); None where there are none.
    """
    height, width = photo.shape[:2]
    if maps.shape[:2] != (3 * height, width):
        raise SegmentationError(f"Expected maps of shape {(3 * height, width)}, got {maps.shape[:2]}.")
    upper, middle = maps[:height].astype(np.float32), maps[height : 2 * height].astype(np.float32)
    alpha = upper[..., :1] / 255
    light = LIGHT_MOST * (upper[..., 1:2] / 255) ** 2
    bend = (middle[..., :2] - 128) / 127 * bend_most
    on = partial(EndlessPrint, tile, (height, width), scale=scale, rotation=rotation, offset=offset)
    endless, full = on(cm_per_px), on(cm_per_px / zoom)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    places = endless.place_of(0, 0) + np.stack([x, y], axis=-1) @ endless.step.T + bend @ endless.step.T
    # A smaller copy of the full render averages its pixels' bytes, so bytes are averaged here too.
    samples = min(MOST_SAMPLES, max(1, math.ceil(zoom - 0.01)))
    shown = np.zeros((height, width, 3))
    for within in np.ndindex(samples, samples):
        place = places + endless.step @ ((np.array(within) + 0.5) / samples - 0.5)
        u, v = (np.ascontiguousarray(place[..., axis], np.float32) for axis in range(2))
        shown += _encoded(np.minimum(full.colours_at(u, v) * light, 1)) / samples**2
    cloth = _linear(shown)
    photo = photo[..., :3]
    below = photo if below is None else below
    # The ground is known of the photo only: a print below has taken its place.
    behind = np.where((alpha > 0) & (below == photo).all(axis=-1, keepdims=True), maps[2 * height :], below)
    old = TO_LINEAR[behind]
    mixed = old + (cloth - old) * alpha
    return np.rint(_encoded(mixed) * 255).astype(np.uint8)


def _encoded(linear: np.ndarray) -> np.ndarray:
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 0) ** (1 / 2.4) - 0.055)


def _linear(encoded: np.ndarray) -> np.ndarray:
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
