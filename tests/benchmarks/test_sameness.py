"""How many copies of made prints an intake finds, and how often it takes different prints for the same."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.training.made_prints import copies, fine_prints
from training import sameness
from training.composed import compose_swatches
from training.intake import Seen

pytestmark = pytest.mark.bench
CATEGORIES = ("checkered", "dotted", "leaves", "paisley", "zigzag")
EACH = 120


def like(seen: Seen, picture: np.ndarray, name: str) -> str | None:
    small = sameness.reduced(picture)
    return seen.like(small, sameness.look_of(small), name)


def swatches(folder: Path) -> list[np.ndarray]:
    for category in CATEGORIES:
        compose_swatches(category=category, output=folder / category, count=EACH, seed=0, motifs=None)
    return [np.array(Image.open(path).convert("RGB")) for path in sorted(folder.glob("*/*.png"))]


def test_copies_are_found_and_different_prints_are_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    composed = swatches(tmp_path)
    found, tried = Counter[str](), Counter[str]()
    for kind, pictures in (("fine", [each for _, each in fine_prints()]), ("composed", composed[::20])):
        for number, picture in enumerate(pictures):
            for way, copy in copies(picture, number).items():
                seen = Seen()
                like(seen, picture, "the original")
                hit = like(seen, copy, way) is not None  # asked once: a copy that is missed is remembered
                for name in (kind, f"{kind}, {way}"):
                    tried[name] += 1
                    found[name] += hit
    everything, mistaken = Seen(), []
    for number, picture in enumerate(composed):
        if earlier := like(everything, picture, str(number)):
            mistaken.append((earlier, number))
    with capsys.disabled():
        print()
        for name, count in tried.items():
            print(f"{name}: {found[name]} of {count} copies found")
        print(f"{len(mistaken)} of {len(composed)} composed swatches taken for another: {mistaken}")
    assert found["fine"] >= 0.75 * tried["fine"]
    assert found["composed"] >= 0.9 * tried["composed"]
    assert len(mistaken) <= 0.002 * len(composed)
