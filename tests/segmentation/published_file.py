"""A file of the format of the published network, with values of our own in it: names and shapes of October 2020."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import torch

KEYS = Path(__file__).parent / "keys_2020_10.txt"
"""Names and shapes of `Unet("timm-efficientnet-b3", classes=1)`, as segmentation-models-pytorch 0.1.2 with timm 0.1.20
(September 2020) and 0.1.3 with timm 0.3.2 (December) print them; both print the same."""


def state_of_2020() -> dict[str, torch.Tensor]:
    """Values fixed by name and shape alone, so that any release computes the same from them."""
    shapes = dict(line.split() for line in KEYS.read_text().splitlines())
    random = np.random.RandomState(2020)
    state = {}
    for name, shape in sorted(shapes.items()):
        if shape == "scalar":
            state[name] = torch.tensor(1)
            continue
        sides = [int(side) for side in shape.split("x")]
        count = int(np.prod(sides))
        if name.endswith("running_var") or (len(sides) == 1 and name.endswith("weight")):
            values = random.uniform(0.8, 1.2, count)
        elif len(sides) == 1:
            values = random.uniform(-0.1, 0.1, count)
        else:
            values = random.uniform(-1, 1, count) * (3 / np.prod(sides[1:])) ** 0.5
        state[name] = torch.from_numpy(values.astype(np.float32).reshape(sides))
    return state


def write_published(path: Path, state: dict | None = None, *, zipped: bool = False) -> Path:
    """A checkpoint as its training wrote it: every name behind "model.", beside an epoch."""
    state = state_of_2020() if state is None else state
    checkpoint = {"state_dict": {f"model.{name}": value for name, value in state.items()}, "epoch": 67}
    if not zipped:
        torch.save(checkpoint, path)
        return path
    inner = path.with_suffix(".inner")
    torch.save(checkpoint, inner)
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(inner, "2020-10-30.ckpt")
    return path
