"""From a seed to a tile of any size, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from PIL import Image

from generator.checkpoint import LoadedGenerator
from generator.errors import GeneratorError
from generator.latents import LatentCode, draw_cells, draw_code, draw_waves
from generator.networks import CELL, WAVE_CELL

SMALLEST, LARGEST = 64, 8192
LARGEST_SEED = 2**63 - 1

WINDOW = 32
"""Cells per side that the network sees at once: 512 px, some 100 MB of activations whatever the tile's size."""

MARGIN = 3
"""Cells of context around a window. The receptive field reaches under three cells, so windows join, up to rounding."""


def sample_tile(
    loaded: LoadedGenerator, *, seed: int, size: int = 512, progress: Callable[[float], None] | None = None
) -> Image.Image:
    """Draw the tile of a seed: (size, size) RGB, which repeats without a seam in both directions.

    Args:
        loaded: What `load_generator` returned.
        seed: 0 to 2**63 - 1. The same seed, weights and size give the same picture.
        size: Side in pixels, a multiple of 16 from 64 to 8192; the plain `dcgan` architecture knows 64 only.
        progress: Called with the finished share, 0 to 1. An exception that it raises ends the work.

    Raises:
        GeneratorError: A seed or a size out of range.
    """
    if not 0 <= seed <= LARGEST_SEED:
        raise GeneratorError(f"the seed is a whole number from 0 to {LARGEST_SEED}, got {seed}")
    if loaded.architecture == "dcgan":
        return _sample_vector(loaded, seed, size)
    if size % CELL or not SMALLEST <= size <= LARGEST:
        raise GeneratorError(f"the size is a multiple of {CELL} from {SMALLEST} to {LARGEST} pixels, got {size}")
    network = loaded.network
    code = draw_code(seed, global_channels=network.global_channels, waves=loaded.header["sampling"]["waves"])
    cells = draw_cells(seed, channels=network.local_channels, rows=size // CELL, columns=size // CELL)
    waves = draw_waves(code, size=size)
    tile = np.empty((size, size, 3), dtype=np.uint8)
    starts = range(0, size // CELL, WINDOW)
    for row, top in enumerate(starts):
        for column, left in enumerate(starts):
            window = _draw_window(loaded, code, cells, waves, top=top, left=left)
            height, width, _ = window.shape
            tile[top * CELL : top * CELL + height, left * CELL : left * CELL + width] = window
            if progress:
                progress((row * len(starts) + column + 1) / len(starts) ** 2)
    return Image.fromarray(tile)


@torch.inference_mode()
def _draw_window(
    loaded: LoadedGenerator, code: LatentCode, cells: np.ndarray, waves: np.ndarray | None, *, top: int, left: int
) -> np.ndarray:
    """Draw the cells [top, top + WINDOW) x [left, left + WINDOW) with their wrapped context, as (H, W, 3) uint8."""
    count = cells.shape[1]
    rows, height = _wrapped(top, count, 1)
    columns, width = _wrapped(left, count, 1)
    local = cells[:, rows][:, :, columns]
    look = np.broadcast_to(code.look[:, None, None], (code.look.size, *local.shape[1:]))
    latent = torch.from_numpy(np.concatenate([local, look])[None]).to(loaded.device)
    arguments = [latent.contiguous(memory_format=torch.channels_last)]
    if waves is not None:
        rows, _ = _wrapped(top, count, CELL // WAVE_CELL)
        columns, _ = _wrapped(left, count, CELL // WAVE_CELL)
        arguments.append(torch.from_numpy(waves[:, rows][:, :, columns][None]).to(loaded.device))
    picture = loaded.network(*arguments)[0]
    margin = MARGIN * CELL if count > WINDOW else 0
    picture = picture[:, margin : margin + height * CELL, margin : margin + width * CELL]
    return _to_bytes(picture)


def _wrapped(start: int, count: int, fineness: int) -> tuple[np.ndarray, int]:
    """Indices of a window and its margin along one axis of `count` cells, and the cells of the window itself.

    A tile of one window needs no margin: the network's own circular padding closes it.
    """
    length = min(WINDOW, count - start)
    margin = MARGIN if count > WINDOW else 0
    cells = np.arange((start - margin) * fineness, (start + length + margin) * fineness)
    return cells % (count * fineness), length


@torch.inference_mode()
def _sample_vector(loaded: LoadedGenerator, seed: int, size: int) -> Image.Image:
    if size != 64:
        raise GeneratorError(f"these weights draw 64 pixels only, got {size}: use a spatial generator for other sizes")
    latent = draw_cells(seed, channels=loaded.network.latent_channels, rows=1, columns=1)
    return Image.fromarray(_to_bytes(loaded.network(torch.from_numpy(latent[None]).to(loaded.device))[0]))


def _to_bytes(picture: torch.Tensor) -> np.ndarray:
    return ((picture.clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 0).cpu().numpy()
