"""Rows for tests of training: a category with images, and settings of a run of a second."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
from PIL import Image

from tests import factories
from webapp import files
from webapp.models import Category, TrainingImage
from webapp.training_settings import PRESETS, Settings

TINY: Settings = replace(
    PRESETS["default"][1],
    preset="",
    local_channels=2,
    global_channels=2,
    features=4,
    discriminator_features=4,
    batch=4,
    minutes=None,
    epochs=1.0,
)


def stripes(index: int, side: int = 96) -> bytes:
    """A picture with stripes of a period of its own, as a PNG."""
    ramp = np.sin(np.arange(side) / (2 + index / 2))[None, :, None] * 100 + 128
    noise = np.random.default_rng(index).normal(0, 5, (side, side, 3))
    return factories.encoded(Image.fromarray(np.uint8(np.clip(ramp + noise, 0, 255))), "PNG")


def category_with_images(slug: str = "plaid", count: int = 16) -> Category:
    row = factories.category(slug)
    for index in range(count):
        data = stripes(index)
        digest = hashlib.sha256(data).hexdigest()
        TrainingImage.objects.create(
            category=row,
            image_key=files.store_bytes(f"training/{slug}/{digest}.png", data),
            sha256=digest,
            width=96,
            height=96,
            source="own drawings",
            licence="MIT",
            original_name=f"{index}.png",
        )
    return row
