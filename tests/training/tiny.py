"""A run small enough for a test: networks of a few features, and swatches of stripes."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

from training.config import DcganConfig

TINY = DcganConfig(
    local_channels=2, global_channels=2, features=4, discriminator_features=4, batch=4, steps=4, quarter_turns=True
)


def write_stripes(folder: Path, count: int = 16) -> None:
    """Write pictures of 80 x 80 px, each with stripes of another period."""
    random = np.random.default_rng(0)
    for index in range(count):
        ramp = np.sin(np.arange(80) / (3 + index))[None, :, None] * 100 + 128
        picture = np.broadcast_to(ramp, (80, 80, 3)) + random.normal(0, 5, (80, 80, 3))
        Image.fromarray(np.uint8(np.clip(picture, 0, 255))).save(folder / f"{index}.png")


def losses(output: Path) -> list[dict]:
    """The lines of a run's losses.jsonl, without what depends on the clock."""
    rows = [json.loads(line) for line in (output / "losses.jsonl").read_text().splitlines()]
    return [{key: value for key, value in row.items() if key != "seconds"} for row in rows]
