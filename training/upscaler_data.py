"""What the upscaler learns from: close-ups of fabric, those kept aside, and small pictures with what they were.

The camera's close-ups hold a faint grid of its own: their power rises again towards a period of two pixels. They are
therefore reduced to four fifths, which leaves out the finest frequencies and with them the grid.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from training.close_ups import garment_of
from training.config import TrainingError
from training.fabric import flatten_close_up, mean_light, read_rgb
from training.swatches import PICTURES

SHARP = 0.8
"""Share of a close-up's side that it is reduced to."""

HOLD_OUT_EVERY = 6
_REDUCTIONS = (Image.Resampling.BICUBIC, Image.Resampling.BOX, Image.Resampling.LANCZOS, Image.Resampling.HAMMING)


def is_held_out(row: str) -> bool:
    """Whether a row of photos is kept out of training, by a hash of its first one's name: the same on every machine."""
    return hashlib.sha256(row.encode()).digest()[0] % HOLD_OUT_EVERY == 0


def split_photos(folders: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """The photos to train on and those held out. Photos numbered in a row stay together.

    A garment may have several rows, one of them held out and another not (`of_unseen_garments`): the shipped network's
    split stays what it is.

    Raises:
        TrainingError: A folder is missing, or one of the two sets would be empty.
    """
    for folder in folders:
        if not folder.is_dir():
            raise TrainingError(f"{folder} is not a folder: give the folders that hold the close-ups")
    kept: tuple[list[Path], list[Path]] = ([], [])
    for folder in folders:
        row, last = "", None
        for path in sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES):
            digits = re.search(r"(\d+)$", path.stem)
            number = int(digits.group()) if digits else None
            if number is None or last is None or number != last + 1:
                row = path.stem
            last = number
            kept[is_held_out(row)].append(path)
    if not all(kept):
        raise TrainingError(
            f"{len(kept[0])} photos to train on and {len(kept[1])} held out, both are needed: "
            "add photos of more garments"
        )
    return kept


def of_unseen_garments(held_out: Sequence[Path], trained_on: Sequence[Path]) -> list[Path]:
    """The held-out photos of which no other row of the same garment was trained on."""
    seen = {garment_of(path.stem) for path in trained_on} - {None}
    return [path for path in held_out if garment_of(path.stem) not in seen]


def load_close_ups(paths: Sequence[Path], *, cast: np.ndarray) -> list[np.ndarray]:
    """Read close-ups without cast, vignetting and the sensor's grid: each (H, W, 3) uint8, four fifths of its size."""
    pictures = []
    for path in paths:
        flat = Image.fromarray(flatten_close_up(read_rgb(path), cast, coarseness=8))
        size = round(flat.width * SHARP), round(flat.height * SHARP)
        pictures.append(np.asarray(flat.resize(size, Image.Resampling.LANCZOS)))
    return pictures


def cast_of(paths: Sequence[Path]) -> np.ndarray:
    """The camera's cast, from every fifth photo: shape (3,)."""
    return mean_light(paths[::5])


def draw_pairs(
    pictures: Sequence[np.ndarray], *, count: int, side: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw small patches and what they were reduced from.

    Half of the patches come from a reduced picture, up to 1.6 times, so that threads of many widths are seen; all are
    flipped and turned by quarters.

    Returns:
        (count, side, side, 3) and (count, 2 side, 2 side, 3) uint8.
    """
    small, large = [], []
    for _ in range(count):
        picture = pictures[int(random.integers(len(pictures)))]
        cut = round(2 * side * max(1.0, random.uniform(0.4, 1.6)))
        cut = min(cut, *picture.shape[:2])
        top, left = (random.integers(length - cut + 1) for length in picture.shape[:2])
        patch = Image.fromarray(picture[top : top + cut, left : left + cut])
        whole = np.asarray(patch.resize((2 * side, 2 * side), Image.Resampling.LANCZOS))
        whole = np.rot90(whole, int(random.integers(4)))
        whole = np.ascontiguousarray(whole[:, ::-1] if random.random() < 0.5 else whole)
        large.append(whole)
        small.append(reduced(whole, random))
    return np.stack(small), np.stack(large)


def reduced(picture: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Halve a picture (2 H, 2 W, 3) uint8 in one of many ways.

    Prints are smoother than photos, so half are blurred; a little noise and JPEG keep the network from sharpening
    these.
    """
    height, width = picture.shape[0] // 2, picture.shape[1] // 2
    if random.random() < 0.5:
        picture = cv2.GaussianBlur(picture, (0, 0), sigmaX=random.uniform(0.3, 1.1))
    small = np.asarray(Image.fromarray(picture).resize((width, height), _REDUCTIONS[random.integers(4)]))
    if random.random() < 0.3:
        noisy = small + random.normal(0, random.uniform(0, 2), small.shape)
        small = noisy.round().clip(0, 255).astype(np.uint8)
    if random.random() < 0.15:
        file = io.BytesIO()
        Image.fromarray(small).save(file, "JPEG", quality=int(random.integers(85, 98)), subsampling=0)
        small = np.asarray(Image.open(file))
    return small
