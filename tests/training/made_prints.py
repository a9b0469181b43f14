"""Fine prints made for tests of near-duplicates, and what people do to pictures on their way."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image

KINDS = ("stripes", "checks", "dots", "pinstripes")
SIZE = (960, 720)


def fine_print(kind: str, period: float, angle: float, seed: int) -> np.ndarray:
    """A print (720, 960, 3) uint8 of two colours, unevenly lit, with a camera's noise.

    Args:
        period: Of its pattern, in pixels.
        angle: In degrees.
    """
    random = np.random.default_rng(seed)
    down, across = np.mgrid[: SIZE[1], : SIZE[0]].astype(np.float32)
    turn = np.deg2rad(angle)
    along, beside = (
        np.sin(2 * np.pi * way / period)
        for way in (across * np.cos(turn) + down * np.sin(turn), down * np.cos(turn) - across * np.sin(turn))
    )
    wave = {
        "stripes": along,
        "checks": (_hard(along) + _hard(beside)) / 3 - 1 / 3,
        "dots": along / 2 + beside / 2 - 0.4,
        "pinstripes": along / 2 - 0.4,
    }[kind]
    one, other = random.integers(20, 236, (2, 3)).astype(np.float32)
    share = _hard(wave)[..., None]
    light = 1 + 0.12 * random.normal() * (across / SIZE[0] - 0.5) + 0.12 * random.normal() * (down / SIZE[1] - 0.5)
    cloth = (share * one + (1 - share) * other) * light[..., None] + random.normal(0, 3, (SIZE[1], SIZE[0], 1))
    return np.uint8(np.clip(cloth, 0, 255))


def fine_prints() -> Iterator[tuple[str, np.ndarray]]:
    """Prints of every kind, of periods from 4 to 40 pixels, upright and turned, each with its name."""
    seed = 0
    for kind in KINDS:
        for period in (4, 6, 9, 14, 24, 40):
            for angle in (0, 37):
                yield f"{kind}, {period} px, {angle} degrees", fine_print(kind, period, angle, seed)
                seed += 1


def copies(picture: np.ndarray, seed: int = 0) -> dict[str, np.ndarray]:
    """The picture encoded anew at qualities of 20 to 40, resized, and cut by some per cent at the edges."""
    random = np.random.default_rng(seed)
    ways: dict[str, Callable[[], np.ndarray]] = {
        "quality 40": lambda: _encoded(picture, 40),
        "quality 30": lambda: _encoded(picture, 30),
        "quality 20": lambda: _encoded(picture, 20),
        "half as large": lambda: _encoded(_resized(picture, 0.5), 30),
        "0.7 times as large": lambda: _encoded(_resized(picture, 0.7), 30),
        "1.4 times as large": lambda: _encoded(_resized(picture, 1.4), 40),
        "2 % cut off": lambda: _encoded(_cut(picture, 0.02, random), 30),
        "4 % cut off": lambda: _encoded(_cut(picture, 0.04, random), 30),
        "4 % cut off, 0.7 times as large": lambda: _encoded(_resized(_cut(picture, 0.04, random), 0.7), 30),
    }
    return {name: way() for name, way in ways.items()}


def _hard(wave: np.ndarray) -> np.ndarray:
    return np.clip(3 * wave, -1, 1) / 2 + 0.5


def _encoded(picture: np.ndarray, quality: int) -> np.ndarray:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=quality)
    return np.array(Image.open(buffer))


def _resized(picture: np.ndarray, share: float) -> np.ndarray:
    size = round(picture.shape[1] * share), round(picture.shape[0] * share)
    return np.array(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))


def _cut(picture: np.ndarray, share: float, random: np.random.Generator) -> np.ndarray:
    height, width = (round(side * (1 - share)) for side in picture.shape[:2])
    top, left = random.integers(0, picture.shape[0] - height + 1), random.integers(0, picture.shape[1] - width + 1)
    return picture[top : top + height, left : left + width]
