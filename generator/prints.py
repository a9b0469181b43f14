"""Print-ready files: one repeat, or cloth covered with it, at a true size and resolution.

libvips does the work: it scales and writes in strips, so a gigapixel needs little memory. Where more pixels are asked
for than a tile has, they come from `upscaling` first, as far as it goes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyvips
from PIL import Image

from generator.errors import GeneratorError
from generator.upscaling import upscale_to

CM_PER_INCH = 2.54
MOST_PIXELS = 1_000_000_000
MOST_JPEG_SIDE = 65_500
_MARGIN = 16
"""Source pixels of the neighbouring repeats that are scaled along, more than the reach of the Lanczos kernel."""
_WRITERS: dict[str, dict[str, Any]] = {
    ".png": {"compression": 6},
    ".tif": {"compression": "deflate", "predictor": "horizontal", "bigtiff": True},
    ".tiff": {"compression": "deflate", "predictor": "horizontal", "bigtiff": True},
    ".jpg": {"Q": 95, "subsample_mode": "off"},
    ".jpeg": {"Q": 95, "subsample_mode": "off"},
}
ENDINGS = tuple(_WRITERS)
"""Endings of the files that can be written, each a format."""


@dataclass(frozen=True)
class PrintFile:
    """What was written: its size in pixels and in cm, and its resolution in dots per inch."""

    path: Path
    width: int
    height: int
    width_cm: float
    height_cm: float
    dpi: float


def export_print(
    tile: Image.Image,
    path: str | Path,
    *,
    tile_cm: float,
    dpi: float = 300,
    cloth_cm: tuple[float, float] | None = None,
    device: str = "auto",
    progress: Callable[[float], None] | None = None,
) -> PrintFile:
    """Write one repeat of a print, or cloth covered with it, as PNG, TIFF or JPEG by the ending of `path`.

    Args:
        tile: RGB, a rectangle that repeats in rows and columns, as `sample_tile` returns it for any repeat.
        path: The file; it is written beside and renamed, so that a failure leaves nothing.
        tile_cm: Width of `tile` on the cloth.
        dpi: Dots per inch, written into the file.
        cloth_cm: Width and height of the cloth; None writes exactly one repeat, which tiles without a seam.
        device: Where a tile of too few pixels is enlarged: auto, cpu or cuda.
        progress: Called with the finished share of that, 0 to 1. An exception that it raises ends the work.

    Raises:
        GeneratorError: An ending, a size or a resolution that cannot be written.
    """
    path = Path(path)
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise GeneratorError(f"a print is written as {', '.join(ENDINGS)}, got {path.name}")
    for name, value in (("size", tile_cm), ("resolution", dpi), *(("cloth", side) for side in cloth_cm or ())):
        if not 0 < value < float("inf"):
            raise GeneratorError(f"the {name} is a number above 0, got {value}")
    width = _pixels(tile_cm, dpi)
    height = max(1, round(width * tile.height / tile.width))
    whole = (width, height) if cloth_cm is None else (_pixels(cloth_cm[0], dpi), _pixels(cloth_cm[1], dpi))
    pixels = max(whole[0] * whole[1], width * height)
    if pixels > MOST_PIXELS:
        raise GeneratorError(
            f"{pixels / 1e9:.1f} gigapixels are more than {MOST_PIXELS // 10**9}: take fewer dpi or less cloth"
        )
    if path.suffix.lower() in (".jpg", ".jpeg") and max(whole) > MOST_JPEG_SIDE:
        raise GeneratorError(
            f"a JPEG has at most {MOST_JPEG_SIDE} pixels a side, got {max(whole)}: write a TIFF or PNG"
        )
    printed = _scaled(upscale_to(tile, width, device=device, progress=progress), width, height)
    if whole != (width, height):
        # Kept in memory once, or every strip of the cloth would scale it again.
        printed = printed.copy_memory().replicate(-(-whole[0] // width), -(-whole[1] // height)).crop(0, 0, *whole)
    per_mm = dpi / CM_PER_INCH / 10
    part = path.with_name(f".{path.name}.part{path.suffix}")
    try:
        printed.copy(xres=per_mm, yres=per_mm).write_to_file(str(part), **writer)
        part.replace(path)
    except pyvips.Error as error:
        raise GeneratorError(f"{path} could not be written: {' '.join(str(error).split())}") from error
    finally:
        part.unlink(missing_ok=True)
    return PrintFile(path, *whole, _cm(whole[0], dpi), _cm(whole[1], dpi), dpi)


def _scaled(tile: Image.Image, width: int, height: int) -> pyvips.Image:
    """One repeat of `width` x `height` pixels, its edges scaled together with those of its neighbours."""
    pixels = np.ascontiguousarray(tile.convert("RGB"))
    source = pyvips.Image.new_from_array(pixels, interpretation="srgb")
    if (source.width, source.height) == (width, height):
        return source
    scale_x, scale_y = width / source.width, height / source.height
    # A strongly reduced repeat needs a wider margin: the kernel then reaches over more of the source.
    across, down = (max(_MARGIN, round(_MARGIN / scale)) for scale in (scale_x, scale_y))
    around = source.embed(across, down, source.width + 2 * across, source.height + 2 * down, extend="repeat")
    scaled = around.resize(scale_x, vscale=scale_y, kernel="lanczos3")
    left, top = (scaled.width - width) // 2, (scaled.height - height) // 2
    return scaled.crop(left, top, width, height)


def _pixels(cm: float, dpi: float) -> int:
    return max(1, round(cm / CM_PER_INCH * dpi))


def _cm(pixels: int, dpi: float) -> float:
    return round(pixels / dpi * CM_PER_INCH, 3)
