from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

import segmentation
from generator import recolour
from workers import models_cache


class FakeModels:
    """Stands in for the loaded models and counts how often each is asked."""

    def __init__(self) -> None:
        self.tiles = self.searches = 0
        self.mixes: list[Any] = []
        self.poor: set[int] = set()  # seeds that no print can be mixed with
        self.error: Exception | None = None
        self.during: Any = lambda: None  # runs in the middle of a computation

    name, version = "fake", "1"

    def sample_tile(
        self,
        loaded: Any,
        *,
        seed: int,
        size: int,
        repeat: str = "basic",
        mixes: Any = (),
        palette: Any = (),
        progress: Any = None,
    ) -> Image.Image:
        self._work(progress)
        self.tiles += 1
        self.mixes.append(mixes)
        return self.measured_tile(loaded, seed=seed, mixes=mixes, palette=palette).resize((size, size))

    def measured_tile(self, loaded: Any, *, seed: int, mixes: Any = (), palette: Any = ()) -> Image.Image:
        tile = Image.new("RGB", (64, 64), (seed % 256, 10, 10))
        return recolour(tile, palette) if palette else tile

    def reaches_least_look(self, loaded: Any, *, seed: int, mixes: Any) -> bool:
        return not self.poor & {other for other, _ in mixes}

    def find_garments(self, photo: Image.Image | np.ndarray, *, progress: Any = None) -> Any:
        self._work(progress)
        self.searches += 1
        height, width = segmentation.pixels_of(photo).shape[:2]
        mask = np.zeros((height, width), np.uint8)
        mask[: height // 2] = 255
        found = [
            SimpleNamespace(label=label, mask=mask, box=(0, 0, width, 9), area=0.5, confidence=0.9)
            for label in ("upper", "shoes", "shoes")
        ]
        return SimpleNamespace(clothing=mask, garments=found, cm_per_px=0.5)

    def _work(self, progress: Any) -> None:
        self.during()
        progress(0.5)
        if self.error:
            raise self.error
        progress(1.0)


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> FakeModels:
    import generator
    from workers import jobs

    fake = FakeModels()
    monkeypatch.setattr(jobs, "PROGRESS_EVERY_S", 0)
    monkeypatch.setattr(models_cache, "generator_of", lambda version: None)
    monkeypatch.setattr(models_cache, "segmenter", lambda: fake)
    monkeypatch.setattr(generator, "sample_tile", fake.sample_tile)
    monkeypatch.setattr(generator, "measured_tile", fake.measured_tile)
    monkeypatch.setattr(generator, "reaches_least_look", fake.reaches_least_look)
    return fake
