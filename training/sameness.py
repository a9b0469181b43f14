"""Whether two pictures show nearly the same: encoded anew, resized, or cut by a few per cent at the edges.

Two steps. The look of a picture, a few hundred bytes, is compared with every other: its mean colour, and how much it
varies at each scale and in each direction, which neither a cut nor a shift changes. Where that is near, the middle of
one picture is searched for in the other. A difference hash (Krawetz 2013) is not enough: fine stripes, checks and dots
average out in its 9 x 8 cells, and what decides its bits then is the noise of the encoding.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from PIL import Image

LONGEST = 320
"""Longer side in pixels at which pictures are compared: training sees no finer pattern of a picture taken whole."""
SLOWEST, FASTEST = 2, 112
"""Waves per longer side that a look tells of. Finer ones differ by how a picture was reduced."""
SCALES, DIRECTIONS = 18, 12
WEAK, PLAIN = 5.0, 0.6
"""Standard deviation of lightness (0 to 100) up to which a texture counts as weak, of which JPEG leaves little, and up
to which a picture counts as plain: then there is nothing to find in it, and its colour decides."""
SAME_COLOUR = 3.5
"""Distance in CIE Lab between the mean colours of near-duplicates at the most: 640 of 648 made copies are nearer. Two
of 600 composed checks had others of nearly their colours at 3.9 and 4.0."""
SAME_TEXTURE, SAME_WEAK = 0.4, 0.6
"""Difference of texture as a share of the stronger one, or of WEAK, at the most; the second where both are weak."""
FOUND, FOUND_WEAK, FOUND_DETAIL = 0.7, 0.35, 0.33
"""Correlation at the place where one was found in the other at the least: of all of it, and of its fine detail alone.
Photos of two black coats on white agree by their outlines, and in no detail."""
DETAIL = 4.0
"""Standard deviation in pixels of the blur that is taken away to leave the fine detail."""
ZOOMS = np.linspace(0.94, 1.06, 13)
"""Sizes at which one is searched for in the other. Copies lie within: what is found best at either end is as a rule a
print of another scale, such as a gingham of 26 px where the other has 28."""
MIDDLE, SLACK = 0.8, 0.06
"""Share of a picture's sides that is searched for, and how far from its place, as a share of the other's sides."""
COLOURED, SAME_HUES = 2.0, 0.1
"""Variance of a and b of CIE Lab from which a picture's colours can be compared, and their correlation at the place
where one was found in the other at the least: blue dots lie where grey ones do, and agree with them in lightness."""


@dataclass(frozen=True)
class Look:
    """What a picture looks like from afar.

    Attributes:
        colour: (3,) mean CIE Lab.
        texture: (SCALES * DIRECTIONS,) standard deviation of lightness by scale and direction.
    """

    colour: np.ndarray
    texture: np.ndarray

    @property
    def strength(self) -> float:
        """Standard deviation of lightness, of all that counts."""
        return float(np.linalg.norm(self.texture))

    def packed(self) -> bytes:
        """The look in 438 bytes."""
        return np.concatenate([self.colour, self.texture]).astype("<f2").tobytes()

    @classmethod
    def unpacked(cls, data: bytes) -> Look:
        """Raises ValueError for bytes that are no look."""
        if len(data) != 2 * (3 + SCALES * DIRECTIONS):
            raise ValueError(f"Expected {2 * (3 + SCALES * DIRECTIONS)} bytes of a look, got {len(data)}.")
        values = np.frombuffer(data, "<f2").astype(np.float32)
        return cls(values[:3], values[3:])


def reduced(picture: np.ndarray) -> np.ndarray:
    """The picture (H, W, 3) uint8 at LONGEST pixels a side at the most, as it is compared."""
    share = LONGEST / max(picture.shape[:2])
    if share >= 1:
        return picture
    size = (max(1, round(picture.shape[1] * share)), max(1, round(picture.shape[0] * share)))
    # Lanczos, not means of areas: those leave moire of stripes finer than a pixel.
    return np.array(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0))


def look_of(small: np.ndarray) -> Look:
    """The look of a reduced picture (H, W, 3) uint8."""
    lab = cv2.cvtColor(small.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB)
    light = lab[..., 0]
    seen, cells, weights, window = _bins(*light.shape)
    light = (light - (light * window).sum() / window.sum()) * window
    power = np.abs(np.fft.rfft2(light)) ** 2 * (2 / ((window**2).sum() * window.size))
    spread = np.bincount(cells, np.tile(power[seen], 4) * weights, minlength=(SCALES + 2) * DIRECTIONS)
    texture = np.sqrt(spread[DIRECTIONS:-DIRECTIONS])
    return Look(lab.reshape(-1, 3).mean(axis=0), texture.astype(np.float32))


@lru_cache(maxsize=8)
def _bins(height: int, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of a size: which frequencies count, the four cells that each falls between, its weights there, and the window.

    Scales lie evenly in octaves; a cell more on either side takes what falls off the ends.
    """
    longer = max(height, width)
    down, across = np.fft.fftfreq(height)[:, None] * longer, np.fft.rfftfreq(width)[None] * longer
    frequency = np.hypot(down, across)
    seen = (frequency >= SLOWEST) & (frequency < FASTEST)
    scale = np.log2(frequency[seen] / SLOWEST) / np.log2(FASTEST / SLOWEST) * SCALES + 0.5
    turn = (np.arctan2(down, across)[seen] / np.pi % 1) * DIRECTIONS
    low, first = np.floor(scale).astype(int), np.floor(turn).astype(int)
    cells, weights = [], []
    for up in (0, 1):
        for on in (0, 1):
            cells.append((low + up) * DIRECTIONS + (first + on) % DIRECTIONS)
            weights.append(np.abs(1 - up - (scale - low)) * np.abs(1 - on - (turn - first)))
    window = np.outer(np.hanning(height), np.hanning(width)).astype(np.float32)
    return seen, np.concatenate(cells), np.concatenate(weights), window


def near(look: Look, colours: np.ndarray, textures: np.ndarray) -> np.ndarray:
    """Indices of those of N looks, (N, 3) and (N, cells), that only the pictures can tell apart; the nearest first."""
    strength = np.maximum(np.linalg.norm(textures, axis=1), np.linalg.norm(look.texture))
    apart = np.linalg.norm(textures - look.texture, axis=1) / np.maximum(strength, WEAK)
    may = np.linalg.norm(colours - look.colour, axis=1) <= SAME_COLOUR
    may &= apart <= np.where(strength <= WEAK, SAME_WEAK, SAME_TEXTURE)
    found = np.nonzero(may)[0]
    return found[np.argsort(apart[found])]


def show_the_same(one: np.ndarray, other: np.ndarray, strength: float) -> bool:
    """Whether two reduced pictures (H, W, 3) uint8 whose looks are near show nearly the same.

    Args:
        strength: Standard deviation of lightness of the stronger texture.
    """
    if strength <= PLAIN:
        return True
    if (match := best_match(one, other)) is None or match.detail < FOUND_DETAIL:
        return False
    if strength <= WEAK:
        return match.whole >= FOUND_WEAK
    return match.whole >= FOUND and match.hues >= SAME_HUES


@dataclass(frozen=True)
class Match:
    """How well one picture agrees with another where it was found in it: correlations from -1 to 1.

    Attributes:
        whole: Of all of it.
        detail: Of its fine detail.
        hues: Of the colours alone, without lightness; 1 where neither has colours to speak of.
    """

    whole: float
    detail: float
    hues: float


def best_match(one: np.ndarray, other: np.ndarray) -> Match | None:
    """Where the middle of `one` is found best about the middle of `other`; None at a scale that no copy has.

    By normalised cross-correlation (Lewis 1995) of colours, at each of ZOOMS.
    """
    plain = (one.astype(np.float32), other.astype(np.float32))
    pairs = (plain, (_detail(plain[0]), _detail(plain[1])))
    height, width = one.shape[:2]
    tall, wide = other.shape[:2]
    top, left = round(height * (1 - MIDDLE) / 2), round(width * (1 - MIDDLE) / 2)
    best, at = (-1.0, -1.0), 0.0
    place = (0, 0, 0, 0)
    for zoom in ZOOMS:
        share = zoom * max(tall, wide) / max(height, width)
        size = max(8, round((width - 2 * left) * share)), max(8, round((height - 2 * top) * share))
        low, side = (tall - size[1]) // 2 - round(tall * SLACK), (wide - size[0]) // 2 - round(wide * SLACK)
        if low < 0 or side < 0:
            continue  # one is much narrower than the other
        whole, fine = (
            cv2.matchTemplate(
                within[low : tall - low, side : wide - side],
                cv2.resize(sought[top : height - top, left : width - left], size, interpolation=cv2.INTER_LINEAR),
                cv2.TM_CCOEFF_NORMED,
            )
            for sought, within in pairs
        )
        down, across = np.unravel_index((whole + fine).argmax(), whole.shape)
        if whole[down, across] + fine[down, across] > sum(best):
            best, at = (float(whole[down, across]), float(fine[down, across])), zoom
            place = (low + int(down), side + int(across), *size)
    if not ZOOMS[0] < at < ZOOMS[-1]:
        return None
    row, column, wider, taller = place
    middle = plain[0][top : height - top, left : width - left]
    sought = cv2.resize(middle, (wider, taller), interpolation=cv2.INTER_LINEAR)
    found = plain[1][row : row + taller, column : column + wider]
    return Match(*best, _correlation_of_hues(sought, found))


def _correlation_of_hues(one: np.ndarray, other: np.ndarray) -> float:
    """Correlation of a and b of CIE Lab of two pictures (H, W, 3) of one size; 1 where both have next to none."""
    # JPEG keeps colours at half the size: compared pixel by pixel, copies of fine prints would not agree.
    softened = (cv2.GaussianBlur(picture / np.float32(255), (0, 0), 1.0) for picture in (one, other))
    first, second = (cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)[..., 1:].reshape(-1, 2) for picture in softened)
    first, second = first - first.mean(axis=0), second - second.mean(axis=0)
    variances = float((first**2).mean()), float((second**2).mean())
    if max(variances) < COLOURED:
        return 1.0
    return float((first * second).mean()) / max(1e-6, (variances[0] * variances[1]) ** 0.5)


def _detail(picture: np.ndarray) -> np.ndarray:
    return picture - cv2.GaussianBlur(picture, (0, 0), DETAIL)
