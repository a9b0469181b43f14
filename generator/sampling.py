"""From a seed to a tile of any size, in bounded memory."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from PIL import Image

from generator.checkpoint import LoadedGenerator
from generator.colour import recolour
from generator.doubling import doubled
from generator.errors import GeneratorError
from generator.latents import (
    WAVES,
    LatentCode,
    draw_cells,
    draw_code,
    draw_waves,
    in_whole_cells,
    mixed,
    mixed_code,
)
from generator.looks import LeastLook
from generator.networks import CELL, MARGIN, DcganGenerator, SpatialGenerator
from generator.symmetry import made_symmetric

SMALLEST, LARGEST = 64, 8192
LARGEST_SEED = 2**63 - 1

VECTOR_SIDE = 64
"""Side in pixels of all that the plain `dcgan` architecture draws."""

STEP = 16
"""Sizes are multiples of so many pixels: two cells."""

WINDOW = 64
"""Cells per side that the network sees at once: 512 px, some 100 MB of activations whatever the tile's size."""

LEAST_UNIT = WINDOW * CELL
"""Least side in pixels of what a print without local noise is repeated from: one window, of a dozen motifs or more."""

JUDGED = 64
"""Side in pixels of the tile by which a code is judged, whatever size is asked for: a seed keeps its print. That of a
strict print is its unit, of so many pixels or more."""

MEASURED = 512
"""Side in pixels of the tile that a print's main colours are found on, whatever size or repeat of it is recoloured."""

MOST_CODES = 8
"""Codes of a seed that are tried. Where realism is asked for, half of them fail, and one seed in 250 has none else."""

REPEATS = ("basic", "half-drop", "half-brick", "mirror")
"""How tiles lie: in rows and columns; each column half a tile lower; each row half a tile further; turned over."""


def sample_tile(
    loaded: LoadedGenerator,
    *,
    seed: int,
    size: int = 512,
    repeat: str = "basic",
    mixes: Sequence[tuple[int, float]] = (),
    palette: Sequence[str] = (),
    progress: Callable[[float], None] | None = None,
) -> Image.Image:
    """Draw the tile of a seed: RGB, which repeats without a seam in both directions.

    For a half-drop or a half-brick two neighbours are drawn together, closed upon each other at half a tile, and for a
    mirror four: the picture is then the smallest rectangle that repeats in rows and columns.

    A network without local noise draws the same motif at every place of its waves. It is asked for one part of
    `_unit_of` pixels, of which a larger tile is copies, and where its periods are whole cells, for their least common
    multiple alone, made symmetric where it nearly is, which the version's finisher draws with twice the pixels.

    Args:
        loaded: What `load_generator` returned.
        seed: 0 to 2**63 - 1. The same arguments and weights give the same picture.
        size: Side of one tile in pixels, a multiple of 16 from 64 to 8192 (4096 but for basic); the plain `dcgan`
            architecture knows 64 only.
        repeat: One of `REPEATS`; `dcgan` knows basic only.
        mixes: Other prints to mix in, one after the other: their seeds, and how much of each, 0 to 1. A small share of
            any other seed makes a variation of the print. `dcgan` knows none.
        palette: Colours for the print's own, as `recolour` takes them: the same for every size and every repeat of it.
            An empty one leaves it as it is.
        progress: Called with the finished share, 0 to 1. An exception that it raises ends the work.

    Returns:
        (size, size); twice as wide for half-drop, twice as high for half-brick, both for mirror.

    Raises:
        GeneratorError: A seed, a size, a repeat or a share out of range, no palette, or what `dcgan` does not know.
    """
    tile = _sample(loaded, seed, size, repeat, mixes, progress or (lambda _: None))
    if not palette:
        return tile
    own = (size, repeat) == (MEASURED, "basic")
    return recolour(tile, palette, measured_on=None if own else measured_tile(loaded, seed=seed, mixes=mixes))


def measured_tile(
    loaded: LoadedGenerator, *, seed: int, mixes: Sequence[tuple[int, float]] = (), palette: Sequence[str] = ()
) -> Image.Image:
    """The picture of a print that its main colours are found on: its basic tile, of `MEASURED` pixels.

    On a tile of another size they would be others, for the repeat is fitted to each; of a print with fewer inks than
    a palette has colours, far apart. Arguments and errors are those of `sample_tile`.
    """
    size = VECTOR_SIDE if isinstance(loaded.network, DcganGenerator) else MEASURED
    return sample_tile(loaded, seed=seed, size=size, mixes=mixes, palette=palette)


def _sample(
    loaded: LoadedGenerator,
    seed: int,
    size: int,
    repeat: str,
    mixes: Sequence[tuple[int, float]],
    report: Callable[[float], None],
) -> Image.Image:
    """The tile in its own colours."""
    _check_seeds(seed, mixes)
    if repeat not in REPEATS:
        raise GeneratorError(f"the repeat is one of {', '.join(REPEATS)}, got {repeat!r}")
    network = loaded.network
    if isinstance(network, DcganGenerator):
        if repeat != "basic" or mixes:
            raise GeneratorError(
                f"these weights draw single pictures, without mixes and with no repeat but basic, got {repeat} and "
                f"{len(mixes)} mixes: leave both out, or use a spatial generator"
            )
        return _sample_vector(network, loaded.device, seed, size)
    largest = LARGEST if repeat == "basic" else LARGEST // 2
    if size % STEP or not SMALLEST <= size <= largest:
        raise GeneratorError(f"the size is a multiple of {STEP} from {SMALLEST} to {largest} pixels, got {size}")
    unit = size if network.local_channels else _unit_of(size)
    code = _mixed_print_code(loaded, seed, mixes)
    even = repeat in ("half-drop", "half-brick")
    if network.local_channels:
        waves = draw_waves(code, size=unit, even=even, cell=network.wave_cell)
        cells = _draw_cells(network, seed, unit, mixes)
        tile = _draw(loaded, code, _with_neighbour(cells, repeat), waves, report)
    else:
        if is_strict(loaded):
            drawn = _draw_strict(loaded, code, unit, even=even)
            report(1.0)
        else:
            waves = draw_waves(code, size=unit, even=even, cell=network.wave_cell)
            drawn = _draw(loaded, code, _draw_cells(network, seed, unit), waves, report)
        # Of an even number of periods a neighbour half a tile on is the tile itself.
        down, across = (size // unit * (1 + (repeat == shifted)) for shifted in ("half-brick", "half-drop"))
        tile = np.tile(drawn, (down, across, 1))
    if repeat == "mirror":
        tile = np.concatenate([tile, tile[:, ::-1]], axis=1)
        tile = np.concatenate([tile, tile[::-1]], axis=0)
    return Image.fromarray(tile)


def reaches_least_look(loaded: LoadedGenerator, *, seed: int, mixes: Sequence[tuple[int, float]] = ()) -> bool:
    """Whether a print with others mixed in has the contrast, order and realism that its version asks for.

    A seed's own print has, but what lies between two prints may be neither. Arguments and errors are those of
    `sample_tile`.
    """
    _check_seeds(seed, mixes)
    least = LeastLook.from_header(loaded.header)
    if least is None or isinstance(loaded.network, DcganGenerator):
        return True
    return _share_reached(loaded, least, _mixed_print_code(loaded, seed, mixes), mixes) >= 1


def _check_seeds(seed: int, mixes: Sequence[tuple[int, float]]) -> None:
    for number in (seed, *(other for other, _ in mixes)):
        if not 0 <= number <= LARGEST_SEED:
            raise GeneratorError(f"the seed is a whole number from 0 to {LARGEST_SEED}, got {number}")
    for _, share in mixes:
        if not 0 <= share <= 1:
            raise GeneratorError(f"the share is from 0 to 1, got {share}")


def _with_neighbour(cells: np.ndarray, repeat: str) -> np.ndarray:
    """The cells of a tile, and of a half-drop or a half-brick its neighbour's beside or below them."""
    if repeat == "half-drop":
        return np.concatenate([cells, np.roll(cells, cells.shape[1] // 2, axis=1)], axis=2)
    if repeat == "half-brick":
        return np.concatenate([cells, np.roll(cells, cells.shape[2] // 2, axis=2)], axis=1)
    return cells


def _unit_of(size: int) -> int:
    """The smallest whole part of a tile's side, in steps of `STEP`, that is no smaller than `LEAST_UNIT`."""
    copies = range(size // LEAST_UNIT, 1, -1)
    return next((size // count for count in copies if size % (count * STEP) == 0), size)


def _draw_cells(network: SpatialGenerator, seed: int, size: int, mixes: Sequence[tuple[int, float]] = ()) -> np.ndarray:
    """The local noise of a tile (local_channels, size / CELL, size / CELL), that of other prints mixed in."""
    side = size // CELL
    cells = draw_cells(seed, channels=network.local_channels, rows=side, columns=side)
    for other, share in mixes:
        cells = mixed(cells, _draw_cells(network, other, size), share)
    return cells


def _mixed_print_code(loaded: LoadedGenerator, seed: int, mixes: Sequence[tuple[int, float]]) -> LatentCode:
    code = _choose_code(loaded, seed)
    for other, share in mixes:
        code = mixed_code(code, _choose_code(loaded, other), share)
    return in_whole_cells(code, loaded.header["sampling"]["waves"]) if is_strict(loaded) else code


def _choose_code(loaded: LoadedGenerator, seed: int) -> LatentCode:
    """The first of a seed's codes that makes a print with the contrast, order and realism that the version asks for.

    Where none of `MOST_CODES` does, the one that comes nearest. A print on the very edge may be judged otherwise by a
    GPU, which rounds otherwise.
    """
    least = LeastLook.from_header(loaded.header)
    best, reached = draw_print_code(loaded, seed), -1.0
    if least is None:
        return best
    for attempt in range(MOST_CODES):
        code = draw_print_code(loaded, seed, attempt)
        share = _share_reached(loaded, least, code)
        if share >= 1:
            return code
        if share > reached:
            best, reached = code, share
    return best


def _share_reached(
    loaded: LoadedGenerator, least: LeastLook, code: LatentCode, mixes: Sequence[tuple[int, float]] = ()
) -> float:
    tile = judged_tile(loaded, code, mixes)
    return least.reached_by(tile, realism=loaded.judge.realism_of(tile) if loaded.judge else 0.0)


def is_strict(loaded: LoadedGenerator) -> bool:
    """Whether a version's prints are copies of one unit: without local noise, and with periods of whole cells."""
    network, sampling = loaded.network, loaded.header["sampling"]
    return (
        isinstance(network, SpatialGenerator)
        and not network.local_channels
        and WAVES[sampling["waves"]].directions > 0
        and bool(sampling.get("whole_cells"))
    )


def draw_print_code(loaded: LoadedGenerator, seed: int, attempt: int = 0) -> LatentCode:
    """One of a seed's codes, with such periods as the version's prints have."""
    assert isinstance(loaded.network, SpatialGenerator)
    waves = loaded.header["sampling"]["waves"]
    code = draw_code(seed, global_channels=loaded.network.global_channels, waves=waves, attempt=attempt)
    return in_whole_cells(code, waves) if is_strict(loaded) else code


def judged_tile(loaded: LoadedGenerator, code: LatentCode, mixes: Sequence[tuple[int, float]] = ()) -> np.ndarray:
    """The small tile (S, S, 3) uint8 by which a code is judged, with the local noise of its own seed and of those mixed
    in; of a strict print its unit, of whole periods both ways."""
    network = loaded.network
    assert isinstance(network, SpatialGenerator)
    if is_strict(loaded):
        return _draw_unit(loaded, code)
    cells = _draw_cells(network, code.seed, JUDGED, mixes)
    return _draw(loaded, code, cells, draw_waves(code, size=JUDGED, cell=network.wave_cell), lambda _: None)


@torch.inference_mode()
def _draw_unit(loaded: LoadedGenerator, code: LatentCode) -> np.ndarray:
    """The unit (S, S, 3) uint8 of a strict print, with the symmetries of its version."""
    network = loaded.network
    assert isinstance(network, SpatialGenerator)
    period = math.lcm(*(int(period) for period in code.periods))
    side = -(-JUDGED // period) * period
    cells = _draw_cells(network, code.seed, side)
    latent, waves = _inputs(loaded, code, cells, draw_waves(code, size=side, cell=network.wave_cell))
    drawn = made_symmetric(
        network.drawn(latent, waves),
        lambda one: network.coloured(one, latent),
        loaded.header["sampling"].get("symmetries", ()),
    )
    return _to_bytes(network.coloured(drawn, latent)[0])


def fineness_of(loaded: LoadedGenerator) -> int:
    """Pixels to each side of a print's tile for one pixel of the swatches that the version learned from."""
    return 2 if loaded.finisher and is_strict(loaded) else 1


def _draw_strict(loaded: LoadedGenerator, code: LatentCode, size: int, *, even: bool) -> np.ndarray:
    """Draw a tile (size, size, 3) uint8 of a strict print: copies of its unit, as many periods as come nearest to it.

    Where these make a few pixels less or more, all of them are resampled to its size.
    """
    unit = judged_tile(loaded, code)
    if loaded.finisher:
        unit = doubled(loaded.finisher, unit)
    periods = [int(period) * fineness_of(loaded) for period in np.resize(code.periods, 2)]
    whole = 2 if even else 1
    across, down = (max(1, round(size / period / whole)) * whole * period for period in periods)
    rows, columns = (-(-length // len(unit)) for length in (down, across))
    cloth = np.tile(unit, (rows, columns, 1))[:down, :across]
    if (down, across) == (size, size):
        return cloth
    # What lies beyond the edge is what lies at the other one, so that the resampled tile closes too.
    edge = CELL
    padded = Image.fromarray(np.pad(cloth, ((edge, edge), (edge, edge), (0, 0)), mode="wrap"))
    box = (edge, edge, edge + across, edge + down)
    return np.asarray(padded.resize((size, size), Image.Resampling.BICUBIC, box=box))


def _draw(
    loaded: LoadedGenerator,
    code: LatentCode,
    cells: np.ndarray,
    waves: list[np.ndarray],
    progress: Callable[[float], None],
) -> np.ndarray:
    """Draw all cells (channels, rows, columns) window by window, as (8 rows, 8 columns, 3) uint8."""
    _, rows, columns = cells.shape
    tile = np.empty((rows * CELL, columns * CELL, 3), dtype=np.uint8)
    places = [(top, left) for top in range(0, rows, WINDOW) for left in range(0, columns, WINDOW)]
    for done, (top, left) in enumerate(places, start=1):
        window = _draw_window(loaded, code, cells, waves, top=top, left=left)
        height, width, _ = window.shape
        tile[top * CELL : top * CELL + height, left * CELL : left * CELL + width] = window
        progress(done / len(places))
    return tile


@torch.inference_mode()
def _draw_window(
    loaded: LoadedGenerator, code: LatentCode, cells: np.ndarray, waves: list[np.ndarray], *, top: int, left: int
) -> np.ndarray:
    """Draw the cells [top, top + WINDOW) x [left, left + WINDOW), as (H, W, 3) uint8.

    Their context wraps around the tile, so windows join, up to rounding. A tile of one window needs none: the network's
    own circular padding closes it.
    """
    _, all_rows, all_columns = cells.shape
    margin = MARGIN if max(all_rows, all_columns) > WINDOW else 0
    rows, columns = _wrapped(top, all_rows, margin, 1), _wrapped(left, all_columns, margin, 1)
    local, seen = cells[:, rows][:, :, columns], []
    if waves:
        assert isinstance(loaded.network, SpatialGenerator)
        fineness = CELL // loaded.network.wave_cell
        rows, columns = _wrapped(top, all_rows, margin, fineness), _wrapped(left, all_columns, margin, fineness)
        # Neighbours of a half-drop or a half-brick have the same waves.
        window = np.ix_(rows % len(waves[0]), columns % len(waves[0]))
        seen = [wave[window] for wave in waves]
    return _to_bytes(loaded.network(*_inputs(loaded, code, local, seen), margin=margin)[0])


def _inputs(
    loaded: LoadedGenerator, code: LatentCode, cells: np.ndarray, waves: list[np.ndarray]
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """What a spatial network is given: cells (channels, H, W) with the look in each, and the waves, if it has any."""
    look = np.broadcast_to(code.look[:, None, None], (code.look.size, *cells.shape[1:]))
    latent = torch.from_numpy(np.concatenate([cells, look])[None]).to(loaded.device)
    maps = torch.from_numpy(np.stack(waves)[None]).to(loaded.device) if waves else None
    return latent.contiguous(memory_format=torch.channels_last), maps


def _wrapped(start: int, count: int, margin: int, fineness: int) -> np.ndarray:
    """Indices of a window with its margin along one axis of `count` cells."""
    length = min(WINDOW, count - start)
    cells = np.arange((start - margin) * fineness, (start + length + margin) * fineness)
    return cells % (count * fineness)


@torch.inference_mode()
def _sample_vector(network: DcganGenerator, device: str, seed: int, size: int) -> Image.Image:
    if size != VECTOR_SIDE:
        raise GeneratorError(
            f"these weights draw {VECTOR_SIDE} pixels only, got {size}: use a spatial generator for other sizes"
        )
    latent = draw_cells(seed, channels=network.latent_channels, rows=1, columns=1)
    return Image.fromarray(_to_bytes(network(torch.from_numpy(latent[None]).to(device))[0]))


def _to_bytes(picture: torch.Tensor) -> np.ndarray:
    return ((picture.clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 0).cpu().numpy()
