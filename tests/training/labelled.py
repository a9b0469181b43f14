"""Labelled photos as `training unet` and `training kinds` read them, small and made."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

from training.details import DETAILS, WHOLE

LABELS = sorted({label for _, labels in DETAILS.values() for label in labels} | {*WHOLE.values(), "accessories"})


def write_labelled_photos(root: Path) -> Path:
    """Fourteen photos of a coloured shirt over trousers, one of them held out."""
    (root / "photos").mkdir()
    (root / "masks").mkdir()
    (root / "labels.json").write_text(json.dumps(LABELS))
    rng = np.random.default_rng(0)
    for number in range(1, 15):
        photo = rng.integers(180, 255, (90, 60, 3)).astype(np.uint8)
        mask = np.full((90, 60), LABELS.index("null"), np.uint8)
        photo[20:50, 15:45], mask[20:50, 15:45] = rng.integers(0, 120, 3), LABELS.index("shirt")
        photo[50:85, 18:42], mask[50:85, 18:42] = rng.integers(0, 120, 3), LABELS.index("jeans")
        Image.fromarray(photo).save(root / "photos" / f"{number:04d}.jpg")
        Image.fromarray(mask).save(root / "masks" / f"{number:04d}.png")
    return root
