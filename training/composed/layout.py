"""Where motifs stand on a tile: the repeats of textile design, all of which close on the tile's own edges."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

Item = TypeVar("Item")

LATTICES = ("basic", "half-drop")

CELLS = 6
"""Columns and rows of a lattice: even, so that a half step closes, and a multiple of every number of motifs up to 3."""


def cells_over(pitch: float, span: int, multiple: int = 2) -> int:
    """Count the cells of `pitch` px that cover `span` px, rounded up to a multiple."""
    return -(-math.ceil(span / pitch) // multiple) * multiple


@dataclass(frozen=True)
class Layout:
    """Places of motifs on a tile.

    Attributes:
        width, height: Size of the tile in px.
        points: (N, 2) float, x and y in px, x < width and y < height.
        cells: (N, 2) int, column and row of each point in a lattice; for a tossed repeat both are the point's number.
    """

    width: int
    height: int
    points: np.ndarray
    cells: np.ndarray


def lattice(repeat: str, pitch_x: int, pitch_y: int, cells: tuple[int, int] = (CELLS, CELLS)) -> Layout:
    """Lay out columns x rows of cells: every other column of a half-drop is half a pitch on.

    Raises:
        ValueError: The repeat is not one of LATTICES.
    """
    if repeat not in LATTICES:
        raise ValueError(f"expected one of {', '.join(LATTICES)}, got {repeat!r}")
    columns, rows = (axis.ravel() for axis in np.meshgrid(np.arange(cells[0]), np.arange(cells[1])))
    x, y = (columns + 0.5) * pitch_x, (rows + 0.5) * pitch_y
    if repeat == "half-drop":
        y = y + columns % 2 * pitch_y / 2
    width, height = cells[0] * pitch_x, cells[1] * pitch_y
    return Layout(width, height, np.stack([x % width, y % height], axis=1), np.stack([columns, rows], axis=1))


def throw(width: int, height: int, distance: float, random: np.random.Generator) -> Layout:
    """Throw points on a torus until hardly any more fit (Poisson-disc placement by dart throwing, Cook 1986).

    Args:
        width, height: Size of the tile in px.
        distance: Least distance between two points in px, measured around the edges too.
    """
    size = np.array([width, height], float)
    points: list[np.ndarray] = []
    for candidate in random.random((1500, 2)) * size:
        if points and torus_distance(np.array(points), candidate, size).min() < distance:
            continue
        points.append(candidate)
    numbers = np.arange(len(points))
    return Layout(width, height, np.array(points).reshape(-1, 2), np.stack([numbers, numbers], axis=1))


def torus_distance(points: np.ndarray, point: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Distances (N,) from a point (2,) to points (N, 2) on a tile of `size` (2,) that closes on itself."""
    step = np.abs(points - point)
    return np.hypot(*np.minimum(step, size - step).T)


def shuffled(items: Sequence[Item], random: np.random.Generator) -> list[Item]:
    """The same items in a random order."""
    return [items[index] for index in random.permutation(len(items))]
