"""Zebra prints: stripes that fork, end and swing, as they grow on skins.

Noise that is filtered to one wavelength and saturated, again and again, settles into stripes, as two chemicals do that
hold each other in check (Turing 1952, "The chemical basis of morphogenesis"). The filter lets through waves of about
one length and one direction, after Swift and Hohenberg (1977), and works on a torus, so the tile closes on its edges.
It is broken off while stripes still fork: skins are not combed.
"""

from __future__ import annotations

import cv2
import numpy as np
from contourpy import contour_generator

from training.composed.cloth import unit_noise
from training.composed.drawing import Tile, across, path_of
from training.composed.palettes import SKINS

SIDE = 144
"""Of a tile, in px: half as much again as a swatch."""
FINENESS = 2
"""Points of the field per px: outlines between them are drawn smooth."""
LEAST_WAVE, MOST_WAVE = 9.0, 20.0
"""Range of the px from one stripe to the next."""
ROUNDS = 6
RIM = 12
"""Px that are drawn beyond the edges, so that outlines close outside the tile."""


def zebra_tile(random: np.random.Generator) -> Tile:
    """Design one zebra print: 3 to 7 stripes cross 64 px."""
    palette = SKINS[random.integers(len(SKINS))].jittered(random)
    ground, stripe = palette.ground, palette.accent
    wave = float(np.exp(random.uniform(np.log(LEAST_WAVE), np.log(MOST_WAVE))))
    field = swung(stripes(wave, random), wave, random)
    body = f'<path d="{outlines(field)}" fill="{stripe}" fill-rule="evenodd"/>'
    return Tile(
        SIDE,
        SIDE,
        ground,
        [across(SIDE, SIDE, body, "zebra stripes")],
        name=f"stripes {wave:.0f} px apart in {palette.name}",
        main=round(SIDE / wave),
        tossed=True,
    )


def stripes(wave: float, random: np.random.Generator) -> np.ndarray:
    """A field (SIDE * FINENESS, SIDE * FINENESS) in [-1, 1] on a torus, above 0 on stripes and below between them.

    Args:
        wave: Px from one stripe to the next.
    """
    side = SIDE * FINENESS
    frequencies = np.fft.fftfreq(side, 1 / FINENESS)
    down, right = np.meshgrid(frequencies, frequencies[: side // 2 + 1], indexing="ij")
    lengths, angles = np.hypot(down, right), np.arctan2(down, right)
    own, spread = random.uniform(0, np.pi), random.uniform(0.45, 0.9)
    passed = np.exp(-(((lengths * wave - 1) / 0.4) ** 2)) * np.exp(-((np.sin(angles - own) / spread) ** 2))
    # Stripes are wider here than there.
    share, waver = random.uniform(-0.25, 0.25), random.uniform(0.2, 0.5)
    width = share + waver * unit_noise(_filtered(random.standard_normal((side, side)), lengths * 4 * wave < 1))
    field = random.standard_normal((side, side))
    for _ in range(ROUNDS):
        field = np.tanh(2.5 * unit_noise(_filtered(field, passed)) + 1.5 * width)
    return field


def swung(field: np.ndarray, wave: float, random: np.random.Generator) -> np.ndarray:
    """The field bent by up to about a wave, in swings that close on its edges."""
    side = len(field)
    rows, columns = np.mgrid[:side, :side].astype(np.float32)
    moves = []
    for _ in range(2):
        turns = random.integers(-2, 3, 2)
        angle = 2 * np.pi * (turns[0] * rows + turns[1] * columns) / side + random.uniform(0, 2 * np.pi)
        moves.append(FINENESS * wave * random.uniform(0, 0.8) * np.sin(angle))
    right, down = (((base + move) % side).astype(np.float32) for base, move in zip((columns, rows), moves, strict=True))
    return np.asarray(cv2.remap(field.astype(np.float32), right, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP))


def outlines(field: np.ndarray) -> str:
    """SVG path data of where a field on a torus is above 0, in px, with a rim of what comes around its edges."""
    rim = RIM * FINENESS
    padded = np.pad(field, rim, mode="wrap")
    closed = np.pad(padded, 1, constant_values=-1.0)
    found = contour_generator(z=closed).lines(0.0)
    return "".join(path_of((np.asarray(points) - 1 - rim + 0.5) / FINENESS) for points in found)


def _filtered(field: np.ndarray, passed: np.ndarray) -> np.ndarray:
    return np.fft.irfft2(np.fft.rfft2(field) * passed, field.shape)
