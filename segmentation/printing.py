"""An endlessly repeated print: which colour lies at which point of a photo.

A point p of the photo, in pixels from its centre and right and down, lies at the place

    u = ( cos a * p.x + sin a * p.y) / repeat.x - offset.x
    v = (-sin a * p.x + cos a * p.y) / repeat.y - offset.y

of the print, in repeats: only their fractions count, times the tile's sides. `a` is the rotation, clockwise;
repeat.x = scale * REPEAT_CM / cm_per_px, and repeat.y follows from the tile's aspect.
"""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image

REPEAT_CM = 20.0
"""Width of one repeat on the garment at scale 1."""


def _linear_table() -> np.ndarray:
    value = np.arange(256, dtype=np.float64) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)


def _srgb_table() -> np.ndarray:
    value = np.arange(65536, dtype=np.float64) / 65535
    encoded = np.where(value <= 0.0031308, value * 12.92, 1.055 * value ** (1 / 2.4) - 0.055)
    return np.round(encoded * 255).astype(np.uint8)


TO_LINEAR, TO_SRGB = _linear_table(), _srgb_table()


def repeat_pixels(scale: float, cm_per_px: float) -> float:
    """Width of one repeat in pixels of the photo."""
    return scale * REPEAT_CM / cm_per_px


class EndlessPrint:
    """A tile repeated over a photo, in linear light.

    Args:
        tile: one repeat, RGB; its opposite edges fit.
        photo_size: height and width of the photo in pixels.
        cm_per_px: what one of these pixels is on the garment.
        scale: width of a repeat in multiples of `REPEAT_CM`.
        rotation: in degrees, clockwise, about the photo's centre.
        offset: shift to the right and down, in repeats.
    """

    def __init__(
        self,
        tile: Image.Image,
        photo_size: tuple[int, int],
        cm_per_px: float,
        *,
        scale: float = 1.0,
        rotation: float = 0.0,
        offset: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        colours = cv2.LUT(np.asarray(tile.convert("RGB")), TO_LINEAR)
        repeat_x = repeat_pixels(scale, cm_per_px)
        repeat_y = repeat_x * colours.shape[0] / colours.shape[1]
        # A print that gets smaller is averaged over areas first, or its fine lines would flicker into moire.
        small = (max(1, round(repeat_x)), max(1, round(repeat_y)))
        if small[0] < colours.shape[1]:
            colours = cv2.resize(colours, small, interpolation=cv2.INTER_AREA)
        self.colours = colours
        angle = np.deg2rad(rotation % 360)
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        self.step = turn / [[repeat_x], [repeat_y]]
        """Repeats that the print advances by for each pixel to the right and down, (2, 2)."""
        self._centre = np.array([photo_size[1], photo_size[0]]) / 2
        self._offset = np.mod(offset, 1)

    def place_of(self, left: int, top: int) -> np.ndarray:
        """The place, in repeats, of the middle of one pixel of the photo."""
        return self.step @ (np.array([left + 0.5, top + 0.5]) - self._centre) - self._offset

    def colours_at(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Linear colours, float32 (h, w, 3), at places in repeats, two float32 arrays (h, w), which are used up."""
        for place, length in ((u, self.colours.shape[1]), (v, self.colours.shape[0])):
            place -= np.floor(place)
            place *= np.float32(length)
            place -= np.float32(0.5)
        return cv2.remap(self.colours, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
