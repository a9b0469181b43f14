"""Which swatches are kept out of training: all that were cut from the same photo go the same way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.close_ups import garment_of
from training.config import TrainingError
from training.recipes import FINGER_CAMERA


def origin_of(row: Mapping[str, Any]) -> str:
    """What a row of the manifest was cut from: its photo, in whatever colours, or its composed tile.

    Fingertip-camera photos of one garment are one origin: they are views of the same threads.
    """
    if "number" in row:
        return f"{row['design']}/{row['number']}"
    photo = Path(str(row["source"]).partition(", dyed ")[0])
    garment = garment_of(photo.stem) if FINGER_CAMERA in photo.parts else None
    return f"{FINGER_CAMERA}/{garment}" if garment else str(row["source"]).partition(", dyed ")[0]


def is_held_out(origin: str, share: float) -> bool:
    """Whether a photo or tile is kept out when `share` (0..1) of them all are.

    Its name alone decides, whatever else the folder holds, and a larger share keeps the smaller one's and more.
    """
    digest = hashlib.sha256(origin.encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


def held_out_files(folder: Path, share: float) -> set[str]:
    """Names of the swatches of a folder that are kept out of training, by its manifest.

    Raises:
        TrainingError: The share is not in 0..1, or the folder's manifest cannot be read.
    """
    if not 0 <= share < 1:
        raise TrainingError(f"a share of photos to keep out lies between 0 and 1, got {share}")
    if share == 0:
        return set()
    try:
        rows = json.loads((folder / "manifest.json").read_text())
        return {row["file"] for row in rows if is_held_out(origin_of(row), share)}
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise TrainingError(
            f"the manifest of {folder} cannot be read, and nothing else says which swatches show one photo: {error}"
        ) from error
