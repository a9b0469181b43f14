"""Grounds that garments are laid on for a photo: boards, stone, tiles, and paper of nearly the garment's own colour.

A network that has seen garments on plain ground alone takes the boards of a floor for trousers and shirts.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

WOODS = ((176, 138, 98), (150, 108, 72), (112, 74, 48), (72, 50, 38), (205, 180, 146), (224, 218, 208), (150, 146, 140))
"""Oiled, varnished, dark, whitewashed and weathered wood: sRGB, 0 to 255."""
STONES = ((232, 230, 226), (190, 190, 188), (140, 140, 138), (92, 94, 98), (205, 190, 168), (58, 58, 62))
"""Marble, concrete, slate, sandstone."""


def ground_under(colour: np.ndarray, height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """A ground to lay a garment on: paper of nearly its colour, boards, stone or tiles, in uneven light.

    Args:
        colour: Mean colour of the garment, (3,), 0 to 255.

    Returns:
        (height, width, 3) float32, 0 to 255.
    """
    kind = rng.random()
    if kind < 0.3:
        lighter = rng.choice([-1, 1]) * rng.uniform(6, 36)
        ground = np.broadcast_to(colour + lighter + rng.normal(0, 5, 3), (height, width, 3)).astype(np.float32)
    else:
        ground = GROUNDS[0 if kind < 0.7 else 1 if kind < 0.85 else 2](height, width, rng)
    return np.clip(ground * _light(height, width, rng), 0, 255)


def boards(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Boards side by side that run across or down, each of a tone of its own: (height, width, 3) float32."""
    upright = rng.random() < 0.5
    rows, columns = (width, height) if upright else (height, width)
    wide = rng.uniform(0.06, 0.25) * height
    edges = np.arange(rng.uniform(-wide, 0), rows + wide, wide)
    board = np.searchsorted(edges, np.arange(rows), side="right")
    tone = 1 + rng.normal(0, rng.uniform(0.01, 0.09), len(edges) + 1)[board]
    # Grain is long along the board and short across it.
    grain = _noise(rows, columns, rng.uniform(0.5, 1.5), rng.uniform(20, 90), rng)
    grain += rng.uniform(0, 1.5) * _noise(rows, columns, rng.uniform(2, 6), rng.uniform(60, 200), rng)
    wood = np.asarray(WOODS[rng.integers(len(WOODS))], np.float32) + rng.normal(0, 8, 3)
    picture = wood * (tone[:, None] * (1 + rng.uniform(0.02, 0.09) * grain))[..., None]
    gap, dark = rng.uniform(0.6, 2.5), rng.uniform(0.3, 0.9)
    picture[(np.arange(rows) - edges[board - 1]) < gap] *= dark
    for number in np.unique(board):
        # Where one board ends and the next begins.
        end = int(rng.uniform(0, 2.5) * columns)
        if end < columns - 2:
            picture[board == number, end : end + max(1, round(gap))] *= dark
    return np.ascontiguousarray(picture.transpose(1, 0, 2) if upright else picture).astype(np.float32)


def stone(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Stone with clouds and specks: (height, width, 3) float32."""
    colour = np.asarray(STONES[rng.integers(len(STONES))], np.float32) + rng.normal(0, 4, 3)
    clouds = sum(_noise(height, width, size, size, rng) for size in (2.0, 8.0, 32.0))
    specks = rng.standard_normal((height, width))
    return (colour + (rng.uniform(1, 9) * clouds + rng.uniform(0, 8) * specks)[..., None]).astype(np.float32)


def tiles(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Square tiles of stone, each of a tone of its own, with joints: (height, width, 3) float32."""
    picture = stone(height, width, rng)
    side, joint, shade = rng.uniform(0.08, 0.35) * height, rng.uniform(0.8, 4), rng.uniform(0.55, 1.2)
    left, top = rng.uniform(0, side, 2)
    (row, down), (column, over) = np.divmod(np.arange(height) + top, side), np.divmod(np.arange(width) + left, side)
    spread = rng.uniform(0, 0.08)
    tones = 1 + rng.normal(0, spread, (int(row[-1]) + 1, int(column[-1]) + 1))
    picture *= tones[row.astype(int)][:, column.astype(int), None]
    picture[(down < joint)[:, None] | (over < joint)[None, :]] *= shade
    return picture


GROUNDS: tuple[Callable[[int, int, np.random.Generator], np.ndarray], ...] = (boards, stone, tiles)


def _noise(height: int, width: int, down: float, over: float, rng: np.random.Generator) -> np.ndarray:
    """Smooth noise (height, width) of mean 0 and deviation 1, that changes within so many px each way."""
    coarse = rng.standard_normal((max(2, round(height / down)), max(2, round(width / over)))).astype(np.float32)
    fine = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return (fine - fine.mean()) / max(float(fine.std()), 1e-6)


def _light(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Light that falls off towards one side by up to a quarter: (height, width, 1) around 1."""
    angle, fall = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.25)
    rows, columns = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j]
    return (1 + fall * (np.cos(angle) * columns + np.sin(angle) * rows))[..., None].astype(np.float32)
