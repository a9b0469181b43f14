"""Latent codes: what a seed means.

A print's latent has three parts: a global code (its look), local noise per cell (which motif stands where) and, for
categories with a regular repeat, waves (PSGAN, section 3.2). The global code and the cells are drawn from generators of
their own, keyed by the seed, so that a larger tile of the same seed shows more of the same print.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from generator.networks import CELL, HARMONICS, WAVE_CELL

BLOCK = 32
"""Cells are drawn in blocks of 32 x 32, each from its own stream: no cell depends on the size of the grid."""


@dataclass(frozen=True)
class Waves:
    """How a category repeats.

    Attributes:
        directions: 0 for no regular repeat, 1 along x, 2 along both.
        alike: The same period both ways.
        taller: The period down is no shorter than the one across.
        shortest, longest: Range of the period in pixels, from which training and sampling draw.
    """

    directions: int
    alike: bool = False
    taller: bool = False
    shortest: float = 12.0
    longest: float = 48.0


WAVES = {
    "none": Waves(0),
    "x": Waves(1),
    "lines": Waves(1, shortest=16.0, longest=40.0),
    "xy": Waves(2),
    "square": Waves(2, alike=True),
    "lattice": Waves(2, alike=True, shortest=16.0, longest=40.0),
    "motif": Waves(2, alike=True, shortest=24.0),
    "set": Waves(2, alike=True, shortest=20.0, longest=40.0),
    "large": Waves(2, alike=True, shortest=34.0, longest=64.0),
    "chevron": Waves(2, shortest=16.0),
    "diamond": Waves(2, taller=True, shortest=24.0, longest=40.0),
}
"""Stripes repeat along x, zigzags and diamonds along both, checks and dots alike along both; a motif needs room, and
set prints, large ones and diamonds have as much as in their swatches. Only x, xy and square have periods too short to
be read among the cells (`SpatialGenerator`'s waves_throughout)."""


@dataclass(frozen=True)
class LatentCode:
    """One print, whatever the size it is drawn at.

    Attributes:
        seed: The number that fixes it.
        look: The global code, shape (global_channels,).
        periods: Period in pixels per direction of the waves, shape (directions,).
        phases: Phase in radians per direction, shape (directions,).
    """

    seed: int
    look: np.ndarray
    periods: np.ndarray
    phases: np.ndarray


def draw_code(seed: int, *, global_channels: int, waves: str = "none", attempt: int = 0) -> LatentCode:
    """Draw the code of a print. The same arguments give the same code, on every machine.

    Args:
        attempt: 0 for the seed's first code; 1 and on for those that stand in for it where it makes a poor print.
    """
    stream = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, 0, attempt])))
    look = stream.standard_normal(global_channels, dtype=np.float32)
    kind = WAVES[waves]
    periods = np.exp(stream.uniform(np.log(kind.shortest), np.log(kind.longest), kind.directions))
    if kind.alike:
        periods[1] = periods[0]
    if kind.taller:
        periods.sort()
    return LatentCode(seed=seed, look=look, periods=periods, phases=stream.uniform(0, 2 * np.pi, kind.directions))


def in_whole_cells(code: LatentCode, waves: str) -> LatentCode:
    """The code with the nearest periods that are whole latent cells, within the range of its waves.

    A network repeats exactly what it draws where its input repeats by whole cells. Between, a motif's place among the
    pixels is another at every repeat, and each comes out a little different.
    """
    kind = WAVES[waves]
    cells = np.clip(np.round(code.periods / CELL), math.ceil(kind.shortest / CELL), math.floor(kind.longest / CELL))
    return replace(code, periods=cells * CELL)


def mixed(one: np.ndarray, other: np.ndarray, share: float) -> np.ndarray:
    """Two independent draws from N(0, 1) as one, `share` (0..1) of the way to the other along a circle.

    On a straight line the variance would sink in between, and the network draws dull prints from such codes.
    """
    angle = share * np.pi / 2
    return (np.cos(angle) * one + np.sin(angle) * other).astype(np.float32)


def mixed_code(one: LatentCode, other: LatentCode, share: float) -> LatentCode:
    """The code of a print between two prints; with a small share, a variation of the first."""
    periods = np.exp((1 - share) * np.log(one.periods) + share * np.log(other.periods))
    phases = (1 - share) * one.phases + share * other.phases
    return LatentCode(seed=one.seed, look=mixed(one.look, other.look, share), periods=periods, phases=phases)


def draw_cells(seed: int, *, channels: int, rows: int, columns: int) -> np.ndarray:
    """Draw the local noise of a grid of cells, shape (channels, rows, columns), each N(0, 1)."""
    cells = np.empty((channels, rows, columns), dtype=np.float32)
    for top in range(0, rows, BLOCK):
        for left in range(0, columns, BLOCK):
            stream = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, 1, top, left])))
            block = stream.standard_normal((channels, BLOCK, BLOCK), dtype=np.float32)
            height, width = min(BLOCK, rows - top), min(BLOCK, columns - left)
            cells[:, top : top + height, left : left + width] = block[:, :height, :width]
    return cells


def draw_waves(code: LatentCode, *, size: int, even: bool = False, cell: int = WAVE_CELL) -> list[np.ndarray]:
    """The periodic part of a tile: 2 HARMONICS maps per direction, (size / cell, size / cell), values in [-1, 1].

    Each is a view of one line, so that a tile of any size takes no memory for them. Without a regular repeat there is
    none. A tile closes on itself only where a whole number of periods fits, so the period is rounded to the next one.

    Args:
        even: Fit an even number of periods, so that the waves also close on a neighbour shifted by half a tile.
        cell: Pixels per cell of the map, as the network reads it (its `wave_cell`).
    """
    whole = 2 if even else 1
    cycles = np.maximum(1, np.round(size / code.periods / whole)).astype(int) * whole
    side = size // cell
    steps = (np.arange(side) + 0.5) / side
    maps = []
    for direction, (count, phase) in enumerate(zip(cycles, code.phases, strict=True)):
        angle = 2 * np.pi * count * steps + phase
        for overtone in range(1, HARMONICS + 1):
            for wave in (np.sin(overtone * angle), np.cos(overtone * angle)):
                line = wave.astype(np.float32)
                maps.append(np.broadcast_to(line[None, :] if direction == 0 else line[:, None], (side, side)))
    return maps


def training_latents(
    count: int,
    *,
    local_channels: int,
    global_channels: int,
    waves: str,
    grid: int,
    cell: int,
    wave_cell: int = WAVE_CELL,
    random: torch.Generator,
) -> tuple[Tensor, Tensor | None]:
    """Draw a batch for training: latents (count, channels, grid, grid) and the waves over them, or None."""
    local = torch.randn(count, local_channels, grid, grid, generator=random)
    look = torch.randn(count, global_channels, 1, 1, generator=random).expand(-1, -1, grid, grid)
    latent = torch.cat([local, look], dim=1)
    kind = WAVES[waves]
    directions = kind.directions
    if directions == 0:
        return latent, None
    size = grid * cell
    # No period of another length than swatches have: of such prints nothing can be learned.
    lowest = max(1, math.ceil(size / kind.longest))
    highest = max(lowest, math.floor(size / kind.shortest))
    cycles = torch.randint(lowest, highest + 1, (count, directions), generator=random).float()
    if kind.alike:
        cycles[:, 1] = cycles[:, 0]
    if kind.taller:
        cycles = cycles.sort(dim=1, descending=True).values
    phases = 2 * torch.pi * torch.rand(count, directions, generator=random)
    side = size // wave_cell
    steps = (torch.arange(side) + 0.5) / side
    angles = 2 * torch.pi * cycles[..., None] * steps + phases[..., None]
    maps = []
    for direction in range(directions):
        for overtone in range(1, HARMONICS + 1):
            for wave in (torch.sin, torch.cos):
                line = wave(overtone * angles[:, direction])
                line = line[:, None, :] if direction == 0 else line[:, :, None]
                maps.append(line.expand(count, side, side))
    return latent, torch.stack(maps, dim=1)
