"""Finding the fabric on a photo: where squares of plain, evenly lit print may be cut from.

Two kinds of source are read. Close-ups (a fingertip camera on worn fabric) are dark, blue and vignetted: the cast and
the fall-off are divided out. Product photos show whole garments, often worn: the project's own garment network finds
them, and with that leaves skin, hair and ground aside.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps

from segmentation import Segmenter
from segmentation.models import CLASSES

MOTIF = 22.0
"""Wavelength in swatch pixels that the scale of a print is brought to: three waves across a training patch."""

LOOKED_AT = 160
"""Side in photo pixels of the square in the middle of the fabric that the scale is read from."""

ALIKE = 4
"""Bits of 64 by which the difference hashes of two photos of the same garment differ at the most."""


def read_rgb(path: Path) -> np.ndarray:
    """Read a picture as (H, W, 3) uint8, turned as its EXIF says."""
    with Image.open(path) as picture:
        return np.asarray(ImageOps.exif_transpose(picture).convert("RGB"))


def on_white(photo: Image.Image) -> np.ndarray:
    """The pixels (H, W, 3) uint8 of a photo in RGB or RGBA; what is transparent lies on white."""
    if photo.mode == "RGBA":
        photo = Image.alpha_composite(Image.new("RGBA", photo.size, "white"), photo)
    return np.asarray(photo.convert("RGB"))


def mean_light(paths: Sequence[Path]) -> np.ndarray:
    """The mean colour of close-ups in linear light, shape (3,): the camera's cast, as seen on many fabrics."""
    return np.mean([((read_rgb(path) / 255.0) ** 2.2).mean(axis=(0, 1)) for path in paths], axis=0)


def flatten_close_up(picture: np.ndarray, cast: np.ndarray, *, coarseness: int = 1) -> np.ndarray:
    """Remove the camera's cast and vignetting, and stretch to a natural exposure.

    Args:
        picture: (H, W, 3) uint8.
        cast: (3,), the mean colour of all close-ups of this camera, taken for grey (grey-world, Buchsbaum 1980).
        coarseness: Times by which the picture is reduced to measure its light, which is quicker.
            Swatches are cut with 1, so that they stay the same bytes.
    """
    linear = (picture / 255.0) ** 2.2
    linear = linear / (cast / cast.mean())
    height, width = picture.shape[:2]
    coarse = linear.mean(axis=2)
    if coarseness > 1:
        coarse = cv2.resize(coarse, (width // coarseness, height // coarseness), interpolation=cv2.INTER_AREA)
    light = cv2.GaussianBlur(coarse, (0, 0), sigmaX=min(coarse.shape) / 3)
    if coarseness > 1:
        light = cv2.resize(light, (width, height), interpolation=cv2.INTER_LINEAR)
    linear = linear / np.maximum(light, 1e-3)[..., None] * np.median(light)
    white = np.quantile(linear, 0.98)
    return (np.clip(linear / max(white, 1e-3) * 0.9, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8)


def fabric_of_product_photo(picture: np.ndarray, segmenter: Segmenter) -> np.ndarray:
    """Find the upper-body garment on a product photo: a mask (H, W) of bool, kept away from its edges.

    A source's class names the print of its upper-body garment, so trousers, bags and shoes are left out.
    """
    height, width = picture.shape[:2]
    classes = segmenter.predict(picture, views=((1.0, False), (1.0, True))).argmax(axis=0)
    garment = np.isin(classes, [CLASSES.index("upper"), CLASSES.index("dress")]).astype(np.uint8)
    whole = cv2.resize(garment, (width, height), interpolation=cv2.INTER_NEAREST)
    side = max(3, min(height, width) // 40)
    return cv2.erode(whole, np.ones((side, side), np.uint8), borderValue=0).astype(bool)


def motif_wavelength(picture: np.ndarray, fabric: np.ndarray) -> float:
    """How large a print's motifs are: the wavelength in pixels that parts its power spectrum in halves.

    Read off the luminance in the middle of the fabric. Waves longer than half the square are folds, not print.
    """
    rows, columns = np.nonzero(fabric)
    top = int(np.clip(np.median(rows) - LOOKED_AT // 2, 0, max(fabric.shape[0] - LOOKED_AT, 0)))
    left = int(np.clip(np.median(columns) - LOOKED_AT // 2, 0, max(fabric.shape[1] - LOOKED_AT, 0)))
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    square = grey[top : top + LOOKED_AT, left : left + LOOKED_AT]
    inside = fabric[top : top + LOOKED_AT, left : left + LOOKED_AT]
    square = np.where(inside, square, square[inside].mean() if inside.any() else 0)
    windowed = (square - square.mean()) * np.outer(np.hanning(square.shape[0]), np.hanning(square.shape[1]))
    power = np.abs(np.fft.fft2(windowed)) ** 2
    frequency = np.hypot(np.fft.fftfreq(square.shape[0])[:, None], np.fft.fftfreq(square.shape[1])[None, :])
    power[frequency < 2.0 / LOOKED_AT] = 0
    order = np.argsort(frequency, axis=None)
    running = np.cumsum(power.flat[order])
    half = int(np.searchsorted(running, running[-1] / 2))
    return float(1 / max(frequency.flat[order[min(half, order.size - 1)]], 1e-3))


def straighten_stripes(patch: np.ndarray) -> np.ndarray:
    """Turn a patch until its dominant lines stand upright.

    The angle comes from the structure tensor (Bigun and Granlund 1987) of the luminance.
    """
    smooth = cv2.GaussianBlur(cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), 2)
    dx, dy = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    xx, yy, xy = float((dx * dx).mean()), float((dy * dy).mean()), float((dx * dy).mean())
    return _turned(patch, np.degrees(0.5 * np.arctan2(2 * xy, xx - yy)))


def straighten_checks(patch: np.ndarray) -> np.ndarray:
    """Turn a patch until the edges of its checks stand upright and lie level.

    The angle is the one at which edges fall into the same rows and columns: where the profiles of the edge strength
    vary most. A structure tensor cannot tell, since checks have as many edges along one axis as along the other.
    """
    grey = cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY).astype(np.float32)
    strength = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    inner = slice(strength.shape[0] // 5, -(strength.shape[0] // 5))

    def order(angle: float) -> float:
        turned = _turned(strength, angle)[inner, inner]
        return float(turned.mean(axis=0).var() + turned.mean(axis=1).var())

    return _turned(patch, max(range(-45, 45, 3), key=order))


def difference_hash(picture: np.ndarray) -> int:
    """Whether each of 8 x 8 places is brighter than the one on its left, as 64 bits (Krawetz 2013).

    Pictures that show nearly the same differ by few bits: ALIKE at the most.

    Args:
        picture: (H, W, 3) uint8.
    """
    small = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (9, 8), interpolation=cv2.INTER_AREA)
    return int.from_bytes(np.packbits(small[:, 1:] > small[:, :-1]).tobytes(), "big")


def different_photos(paths: Sequence[Path]) -> list[Path]:
    """Leave out photos that show nearly the same as an earlier one, by their difference hashes."""
    kept: list[Path] = []
    hashes: list[int] = []
    for path in paths:
        bits = difference_hash(read_rgb(path))
        if all((bits ^ other).bit_count() > ALIKE for other in hashes):
            kept.append(path)
            hashes.append(bits)
    return kept


def _turned(picture: np.ndarray, angle: float) -> np.ndarray:
    """The picture (H, W) or (H, W, 3), turned by an angle in degrees about its middle; its corners are mirrored."""
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    return cv2.warpAffine(picture, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
