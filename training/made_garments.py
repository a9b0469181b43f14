"""Garments of which the truth is known: plain ones with a strong print put on, and soft edges made of known colours."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from segmentation import Layer, composite
from segmentation.printing import TO_LINEAR, TO_SRGB
from segmentation.shading import LUMINANCE
from segmentation.smooth import smooth_inside

GREY = Image.new("RGB", (64, 64), (128, 128, 128))
STRONG_PRINTS = ("argyle", "stripes", "gingham", "dots")
PRINT_CM = {"argyle": 14.0, "stripes": 6.0, "gingham": 8.0, "dots": 7.0}
PRINT_ENERGY = 0.8
"""Of a print's energy, the share that the frequencies hold at which it is looked for."""
SPILL_COLOURS = {
    "white on dark": ((245, 245, 240), (20, 22, 26), (35, 30, 60)),
    "dark on white": ((22, 20, 28), (250, 250, 248), (235, 232, 225)),
    "red on green": ((190, 20, 30), (60, 140, 70), (40, 60, 170)),
}
"""Old cloth, ground and new print."""


@dataclass(frozen=True)
class Left:
    """What is left of an old print under a grey one.

    Args:
        old_print: amplitude at the old print's own frequencies, of what it was: 0 is nothing, 1 all.
        light: correlation of slow log-luminance with that of the grey print on the cloth without the old print.
    """

    old_print: float
    light: float


def strong_print(name: str, side: int = 96) -> Image.Image:
    """One repeat of a print in black, greys and white; `name` is one of `STRONG_PRINTS`."""
    y, x = np.mgrid[: 4 * side, : 4 * side] / (4 * side)
    if name == "argyle":
        lines = np.minimum(np.abs((x - y) % 1 - 0.5), np.abs((x + y) % 1 - 0.5)) < 0.012
        values = np.where(lines, 235, np.where(np.abs(x - 0.5) + np.abs(y - 0.5) < 0.5, 40, 190))
    elif name == "stripes":
        values = np.where(y < 0.5, 25, 235)
    elif name == "gingham":
        values = np.array([235, 110, 20])[(x < 0.5).astype(int) + (y < 0.5)]
    elif name == "dots":
        values = np.where(np.hypot(x - 0.5, y - 0.5) < 0.28, 240, 25)
    else:
        raise ValueError(f"Expected one of {', '.join(STRONG_PRINTS)}, got {name!r}.")
    return Image.fromarray(values.astype(np.uint8)).resize((side, side), Image.Resampling.BOX).convert("RGB")


def what_is_left(photo: np.ndarray, mask: np.ndarray, name: str, cm_per_px: float | None = None) -> Left:
    """Put a strong print on a plain garment, then grey cloth over it, and compare with grey cloth on the plain one.

    Args:
        photo: uint8 (H, W, 3), on which the garment is plain.
        mask: uint8 (H, W), soft.
        name: of the print.
        cm_per_px: of the photo.
    """
    layer = Layer(strong_print(name), mask, scale=PRINT_CM[name] / 20, rotation=4)
    printed = composite(photo, [layer], cm_per_px=cm_per_px)
    ideal = composite(photo, [Layer(GREY, mask)])
    after = composite(printed, [Layer(GREY, mask)])
    inner = cv2.erode((mask == 255).astype(np.uint8), np.ones((7, 7), np.uint8), borderValue=0)
    left, top, wide, tall = cv2.boundingRect(inner)
    here = np.s_[top : top + tall, left : left + wide]
    weight = inner[here].astype(np.float32)
    plain, printed, ideal, after = (_log(picture[here]) for picture in (photo, printed, ideal, after))
    spectrum, rest = (_spectrum(one, weight) for one in (printed - plain, after - ideal))
    order = np.argsort(spectrum, axis=None)[::-1]
    energy = np.cumsum(spectrum.ravel()[order])
    own = order[: int(np.searchsorted(energy, PRINT_ENERGY * energy[-1])) + 1]
    slow = [smooth_inside(one, weight, 0.03 * float(weight.sum()) ** 0.5)[weight > 0] for one in (ideal, after)]
    return Left(
        old_print=float(np.sqrt(rest.ravel()[own].sum() / spectrum.ravel()[own].sum())),
        light=float(np.corrcoef(slow[0], slow[1])[0, 1]),
    )


def _log(picture: np.ndarray) -> np.ndarray:
    return np.log(TO_LINEAR[picture] @ LUMINANCE + 0.01).astype(np.float32)


def _spectrum(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    mean = float((values * weight).sum() / weight.sum())
    return np.abs(np.fft.rfft2((values - mean) * weight)) ** 2


def soft_garment(name: str, side: int = 240, softness: float = 1.6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A round garment of one colour on a ground of another, mixed by a known soft edge.

    Args:
        name: one of `SPILL_COLOURS`.
        side: of the picture in pixels.
        softness: deviation of the edge in pixels.

    Returns:
        The photo (side, side, 3), the mask (side, side), and what a perfect composite of the new print is; uint8.
    """
    cloth, ground, new = (TO_LINEAR[np.array(colour)] for colour in SPILL_COLOURS[name])
    disc = np.zeros((side, side), np.float32)
    cv2.circle(disc, (side // 2, side // 2), side // 3, 1, -1, cv2.LINE_AA)
    mask = np.rint(cv2.GaussianBlur(disc, (0, 0), softness) * 255).astype(np.uint8)
    alpha = (mask / 255)[..., None]
    photo, ideal = (_bytes(alpha * colour + (1 - alpha) * ground) for colour in (cloth, new))
    return photo, mask, ideal


def edge_spill(name: str) -> float:
    """Share of the old garment's colour that is left in its soft edge under another print: 0 is none."""
    photo, mask, ideal = soft_garment(name)
    result = composite(photo, [Layer(Image.new("RGB", (64, 64), SPILL_COLOURS[name][2]), mask)])
    edge = (mask > 12) & (mask < 243)
    old = np.array(SPILL_COLOURS[name][0]) - ideal[edge].astype(float)
    over = result[edge].astype(float) - ideal[edge]
    return float((over * old).sum() / (old * old).sum())


def _bytes(linear: np.ndarray) -> np.ndarray:
    return TO_SRGB[np.rint(np.clip(linear, 0, 1) * 65535).astype(int)]
