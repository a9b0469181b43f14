"""The stock garments: what the site imports must be whole, and good enough to carry a print."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

STOCK = Path(__file__).parents[1] / "static" / "stock"
ENTRIES = json.loads((STOCK / "manifest.json").read_text())


def test_there_are_the_nine_garments():
    assert sorted(entry["slug"] for entry in ENTRIES) == [
        "bag",
        "boots",
        "coat",
        "dress",
        "pants",
        "sandals",
        "shirt",
        "shoes",
        "sweater",
    ]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["slug"])
def test_picture_and_mask_fit_each_other_and_the_manifest(entry):
    picture, mask = Image.open(STOCK / entry["image"]), Image.open(STOCK / entry["mask"])
    assert picture.size == mask.size == (entry["width"], entry["height"])
    pixels = np.asarray(mask)
    assert pixels.dtype == np.uint8
    assert 0.04 < (pixels > 127).mean() < 0.7
    assert not np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]).any()
    soft = (pixels > 0) & (pixels < 255)
    assert 0 < soft.mean() < 0.02, "the edge is smooth, and only the edge"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["slug"])
def test_the_cloth_is_pale_neutral_and_carries_folds(entry):
    picture = np.asarray(Image.open(STOCK / entry["image"]).convert("RGB"), dtype=float)
    cloth = picture[np.asarray(Image.open(STOCK / entry["mask"])) > 250]
    assert cloth.mean() > 150
    assert np.ptp(cloth.mean(axis=0)) < 20
    assert cloth.mean(axis=1).std() > 12
