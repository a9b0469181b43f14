"""The photos of clothing-pattern-dataset, scaled and rotated as its publisher says (Medeiros et al., ASSETS 2017).

Each row of its CSV names a photo, the window of cloth on it, and the scales at which the window is looked at. At each
scale a square of 224 px about the window's middle is turned to twelve angles, 30 degrees apart.
"""

from __future__ import annotations

import csv
import hashlib
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from training.swatches import Swatch

LICENCE = "not stated: the photo's own site decides"
SIDE = 224
ANGLES = range(0, 360, 30)

COLUMNS = (
    "Class Name",
    "URL",
    "Original Width",
    "Original Height",
    "Crop X",
    "Crop Y",
    "Crop Width",
    "Crop Height",
    "Scales",
)
"""The CSV's header. Sizes and windows are whole pixels of the photo; scales are parted by semicolons."""

SAME_SHAPE = 0.02
"""Relative difference between the proportions of a photo and of its row at the most: beyond it, it is another photo."""

MOST_ENLARGED = 3.0
"""Scales that enlarge what was downloaded more are left out: many addresses lead to a smaller copy than the row's."""


@dataclass(frozen=True)
class PhotoRow:
    """One row of the CSV.

    Attributes:
        line: Line in the file, from 2.
        category: Class name as a folder name: lower-case letters and digits ("zig zag" becomes zigzag).
        url: Address of the photo.
        size: Width and height in pixels that the photo had.
        window: Left, top, width and height of the cloth on it, in pixels of that size.
        scales: Factors by which the window is scaled, for a photo of that size.
    """

    line: int
    category: str
    url: str
    size: tuple[int, int]
    window: tuple[int, int, int, int]
    scales: tuple[float, ...]


@dataclass(frozen=True)
class LeftOut:
    """A row of the CSV that gives no swatches: its line, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class RotatedSwatch(Swatch):
    """A row of the manifest with its variation.

    Attributes:
        scale: Pixels of the swatch per pixel of the photo.
        angle: Degrees by which the square was turned about its middle; left, top and side are those before the turn.
    """

    scale: float
    angle: int


def read_rows(path: Path) -> tuple[list[PhotoRow], list[LeftOut]]:
    """Read the CSV: its rows, and those that make no sense.

    Raises:
        ValueError: The file is missing, is no text, or lacks a column.
    """
    if not path.is_file():
        raise ValueError(f"there is no file {path}: give clothingDataset.csv")
    rows: list[PhotoRow] = []
    unreadable: list[LeftOut] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise ValueError(f"{path} has no column {', '.join(missing)}")
            for record in reader:
                try:
                    rows.append(_row(record, reader.line_num))
                except ValueError as error:
                    unreadable.append(LeftOut(reader.line_num, str(error)))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} is no CSV file in UTF-8: {error}") from error
    return rows, unreadable


def _row(record: dict[str, str | None], line: int) -> PhotoRow:
    values = [(record[name] or "").strip() for name in COLUMNS]
    if None in record or not all(values):
        raise ValueError(f"it has not {len(COLUMNS)} values")
    category = re.sub(r"[^a-z0-9]", "", values[0].lower())
    try:
        width, height, left, top, across, down = (int(value) for value in values[2:8])
        scales = tuple(float(scale) for scale in values[8].split(";"))
    except ValueError:
        raise ValueError("a size, a window or a scale is no number") from None
    if not category:
        raise ValueError("its class has no name")
    if min(width, height, across, down) < 1 or min(left, top) < 0 or left >= width or top >= height:
        raise ValueError("its window does not lie on its photo")
    if not all(math.isfinite(scale) and scale > 0 for scale in scales):
        raise ValueError("a scale is not above zero")
    return PhotoRow(line, category, values[1], (width, height), (left, top, across, down), scales)


def variations(picture: np.ndarray, row: PhotoRow) -> Iterator[tuple[np.ndarray, RotatedSwatch]]:
    """Yield swatches (224, 224, 3) of a photo (H, W, 3) and their rows of the manifest, twelve per scale.

    The photo may be a larger or smaller copy of the one in the CSV; window and scales follow its size. A square holds
    nothing from outside of the window: where at some angle one of 224 px would stick out, the largest that does not is
    taken, and enlarged.

    Raises:
        ValueError: The photo has other proportions than the CSV says, or is too small a copy for every scale.
    """
    height, width = picture.shape[:2]
    zoom = width / row.size[0]
    if abs(height / row.size[1] / zoom - 1) > SAME_SHAPE:
        raise ValueError(f"other proportions: {width} x {height} px, not {row.size[0]} x {row.size[1]}")
    left, top = (round(value * zoom) for value in row.window[:2])
    across = min(round(row.window[2] * zoom), width - left)
    down = min(round(row.window[3] * zoom), height - top)
    scales = [scale / zoom for scale in row.scales if scale / zoom <= MOST_ENLARGED]
    if not scales or min(across, down) < 2:
        raise ValueError(f"too small: {width} x {height} px, not {row.size[0]} x {row.size[1]}")
    for number, scale in enumerate(scales):
        # A square about the middle that holds the swatch at every angle, or as much of it as the window gives.
        reach = min(across, down, math.ceil(SIDE * math.sqrt(2) / scale))
        x, y = left + (across - reach) // 2, top + (down - reach) // 2
        side = max(1, round(reach * scale))
        how = cv2.INTER_AREA if side < reach else cv2.INTER_CUBIC
        square = cv2.resize(picture[y : y + reach, x : x + reach], (side, side), interpolation=how)
        for angle in ANGLES:
            swatch, cut = turned(square, angle)
            in_photo = cut * reach / side
            yield (
                swatch,
                RotatedSwatch(
                    file=f"{row.line:05d}-{number}-{angle:03d}.png",
                    source=row.url,
                    licence=LICENCE,
                    left=round(x + (reach - in_photo) / 2),
                    top=round(y + (reach - in_photo) / 2),
                    side=round(in_photo),
                    sha256=hashlib.sha256(swatch.tobytes()).hexdigest(),
                    scale=round(SIDE / in_photo, 6),
                    angle=angle,
                ),
            )


def turned(square: np.ndarray, angle: int) -> tuple[np.ndarray, float]:
    """Cut a square out of another (S, S, 3), turned by an angle in degrees, as (224, 224, 3); and its side before.

    It has 224 px where it fits, else the side of the largest square at this angle that is inscribed in the other.
    """
    radians = math.radians(angle)
    cosine, sine = math.cos(radians), math.sin(radians)
    side = min(float(SIDE), square.shape[0] / (abs(cosine) + abs(sine)))
    step = side / SIDE
    middle, own_middle = (square.shape[0] - 1) / 2, (SIDE - 1) / 2
    back = np.array([[cosine, sine, 0.0], [-sine, cosine, 0.0]]) * step
    back[:, 2] = middle - back[:, :2] @ (own_middle, own_middle)
    # The border is only reached by the cubic kernel's own width, and never copied from.
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(square, back, (SIDE, SIDE), flags=flags, borderMode=cv2.BORDER_REFLECT_101), side
