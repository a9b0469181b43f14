"""Swatches with the photo that each was cut from, so that they can be split without a photo being on both sides."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from training.config import PATCH, TrainingError
from training.dcgan import load_swatches
from training.splits import held_out_files, origin_of
from training.swatches import PICTURES, pictures_in


@dataclass(frozen=True)
class SwatchSet:
    """Swatches and where they came from.

    Attributes:
        pictures: (N, S, S, 3) uint8.
        photos: (N,) a name per photo; close-ups of one garment count as one, a composed swatch as one of its own.
    """

    pictures: np.ndarray
    photos: np.ndarray

    def __len__(self) -> int:
        return len(self.pictures)

    def split(self, random: np.random.Generator) -> tuple[SwatchSet, SwatchSet]:
        """Two sides of about as many swatches, each photo's on one of them."""
        sides: tuple[list[int], list[int]] = ([], [])
        for photo in random.permutation(np.unique(self.photos)):
            min(sides, key=len).extend(np.flatnonzero(self.photos == photo))
        one, other = (SwatchSet(self.pictures[side], self.photos[side]) for side in sides)
        return one, other


def read_swatch_set(folder: Path, *, hold_out: float = 0.0, kept_out: bool = False) -> SwatchSet:
    """Read a folder of swatches with the manifest.json beside them; without one every file is a photo of its own.

    Args:
        hold_out: Share of the photos whose swatches are left out, as `dcgan --hold-out` leaves them out.
        kept_out: Read these swatches instead of the others.

    Raises:
        TrainingError: Too few swatches, of too few photos, or a manifest that is none.
    """
    pictures = load_swatches(folder, hold_out=hold_out, kept_out=kept_out).permute(0, 2, 3, 1).numpy()
    manifest = folder / "manifest.json"
    try:
        sources = {row["file"]: row["source"] for row in json.loads(manifest.read_text())} if manifest.exists() else {}
    except (ValueError, TypeError, KeyError) as error:
        raise TrainingError(f"{manifest} is not a manifest of swatches, prepare them again: {error!r}") from error
    # The pictures that `load_swatches` takes, in its order.
    left_out = held_out_files(folder, hold_out)
    paths = [path for path in pictures_in(folder) if (path.name in left_out) == kept_out and _is_large_enough(path)]
    photos = np.array([_photo_of(path, sources.get(path.name, "")) for path in paths])
    if len(np.unique(photos)) < 4:
        raise TrainingError(
            f"the swatches in {folder} are of {len(np.unique(photos))} photos: 4 are the least to split"
        )
    return SwatchSet(pictures, photos)


def _is_large_enough(path: Path) -> bool:
    with Image.open(path) as picture:
        return min(picture.size) >= PATCH


def _photo_of(path: Path, source: str) -> str:
    photo = source.partition(", dyed ")[0]
    # What is no photo was composed, each swatch from a tile of its own: its content names it in any folder.
    is_photo = Path(photo).suffix.lower() in PICTURES
    return origin_of({"source": source}) if is_photo else hashlib.sha256(path.read_bytes()).hexdigest()
