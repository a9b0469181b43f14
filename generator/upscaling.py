"""More pixels for a print: a small super-resolution network that knows fabric up close, and drawn prints.

`Upscaler` doubles a picture's sides; four times the size is two such steps. It is shown windows of the tile with what
lies around them, across its edges too, so what closes on itself still does afterwards, and a large tile fits in
bounded memory.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import nn

from generator.checkpoint import (
    WEIGHTS_DIR,
    LoadedGenerator,
    available_device,
    checked_header,
    read_weights,
    write_weights,
)
from generator.doubling import Upscaler, doubled
from generator.errors import GeneratorError, WeightsError
from generator.sampling import STEP, fineness_of, sample_tile

FORMAT = 1
"""Raised when `Upscaler` is built otherwise, so that older files are refused by name."""

ARCHITECTURE = "upscaler"
SHIPPED = WEIGHTS_DIR / ARCHITECTURE / "upscaler.safetensors"
FACTORS = (2, 4)
MOST_UPSCALED_PIXELS = 8192 * 8192
"""Of an upscaled picture, which is held in memory as bytes."""


def upscale(
    tile: Image.Image,
    factor: int,
    *,
    device: str = "auto",
    weights: str | Path = SHIPPED,
    progress: Callable[[float], None] | None = None,
) -> Image.Image:
    """Enlarge a print, with finer detail than interpolation gives; a tile without a seam stays without one.

    Args:
        tile: RGB, of any size.
        factor: 2 or 4.
        device: auto, cpu or cuda.
        weights: Another file than the shipped one.
        progress: Called with the finished share, 0 to 1. An exception that it raises ends the work.

    Returns:
        RGB, `factor` times as wide and as high; on one device always the same.

    Raises:
        GeneratorError: Another factor, or more than 8192 x 8192 pixels.
        WeightsError: The weights are missing, damaged or another network's.
    """
    if factor not in FACTORS:
        raise GeneratorError(f"a print is upscaled by {' or '.join(map(str, FACTORS))}, got {factor}")
    if tile.width * tile.height * factor**2 > MOST_UPSCALED_PIXELS:
        raise GeneratorError(
            f"{tile.width * factor} x {tile.height * factor} pixels are more than {MOST_UPSCALED_PIXELS}: "
            "take a smaller factor or a smaller tile"
        )
    network = load_upscaler(weights, available_device(device))
    pixels = np.asarray(tile.convert("RGB"))
    costs = [4**doubling for doubling in range(factor.bit_length() - 1)]
    done = 0.0
    for cost in costs:

        def report(share: float, done: float = done, cost: int = cost) -> None:
            if progress:
                progress((done + share * cost) / sum(costs))

        pixels = doubled(network, pixels, report)
        done += cost
    return Image.fromarray(pixels)


def upscale_to(
    tile: Image.Image,
    width: int,
    *,
    device: str = "auto",
    progress: Callable[[float], None] | None = None,
) -> Image.Image:
    """Enlarge a print of fewer than `width` pixels across to that many or more, or by as much as may be held.

    Args and errors are those of `upscale`. A print that has the pixels is returned as it is.
    """
    possible = [factor for factor in FACTORS if tile.width * tile.height * factor**2 <= MOST_UPSCALED_PIXELS]
    if tile.width >= width or not possible:
        return tile
    enough = [factor for factor in possible if tile.width * factor >= width]
    return upscale(tile, min(enough, default=max(possible)), device=device, progress=progress)


def close_up(
    loaded: LoadedGenerator, *, seed: int, side: int, progress: Callable[[float], None] | None = None
) -> Image.Image:
    """A square of `side` pixels out of a print, at twice the scale of what its generator learned from.

    For a picture that stands for a category: a generator's own pixels are too fine to be looked at closely.
    """
    tile = sample_tile(loaded, seed=seed, size=-(-side // STEP) * STEP, progress=progress)
    if fineness_of(loaded) == 1:
        tile = upscale(tile, 2, device=loaded.device)
    return tile.crop((0, 0, side, side))


@functools.lru_cache(maxsize=2)
def load_upscaler(path: str | Path, device: str) -> Upscaler:
    """Load the network of a file, ready to compute; kept for the next call.

    Raises:
        WeightsError: The file is missing, damaged, of another format or another network's.
    """
    header = read_upscaler_header(path)
    if header["architecture"] != ARCHITECTURE:
        raise WeightsError(f"{path} holds a network {header['architecture']!r}, expected {ARCHITECTURE!r}")
    try:
        network = Upscaler(**header["hyper_parameters"])
    except TypeError as error:
        raise WeightsError(f"the hyper-parameters of {path} do not fit {ARCHITECTURE}: {error}") from error
    read_weights(network, path, device)
    return network.to(memory_format=torch.channels_last)


def read_upscaler_header(path: str | Path) -> dict[str, Any]:
    """Read the header of an upscaler's file: its hyper-parameters, sources and metrics.

    Raises:
        WeightsError: The file is missing, is not safetensors, or was not written by `save_upscaler`.
    """
    return checked_header(path, form=FORMAT, needed={"architecture", "hyper_parameters", "sources", "metrics"})


def save_upscaler(network: nn.Module, header: dict[str, Any], path: Path) -> None:
    """Write an upscaler's weights in half precision, with its hyper-parameters, sources and metrics."""
    write_weights(network, {**header, "format": FORMAT, "architecture": ARCHITECTURE}, path)
