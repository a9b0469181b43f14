from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from training.config import TrainingError
from training.swatch_sets import read_swatch_set


@pytest.fixture
def folder(tmp_path):
    """Twenty swatches: three squares of each of five photos, one of them dyed, and five composed ones."""
    random = np.random.default_rng(0)
    rows = []
    for number in range(20):
        name = f"{number:05d}.png"
        Image.fromarray(random.integers(0, 255, (64, 64, 3)).astype(np.uint8)).save(tmp_path / name)
        source = f"shop/shirts/{number // 3}.jpg" if number < 15 else "own drawing"
        rows.append({"file": name, "source": f"{source}, dyed #102030" if number == 2 else source})
    (tmp_path / "manifest.json").write_text(json.dumps(rows))
    return tmp_path


def test_squares_of_a_photo_share_its_name_dyed_or_not_and_composed_ones_are_alone(folder):
    photos = read_swatch_set(folder).photos
    assert list(photos[:4]) == ["shop/shirts/0.jpg"] * 3 + ["shop/shirts/1.jpg"]
    assert len(np.unique(photos)) == 10


def test_close_ups_of_one_garment_are_no_strangers(folder):
    rows = json.loads((folder / "manifest.json").read_text())
    for row in rows[:6]:
        row["source"] = f"finger-camera/checkered/checkered_{(57, 58, 185)[int(row['file'][:5]) % 3]:05d}.jpg"
    (folder / "manifest.json").write_text(json.dumps(rows))
    assert len(set(read_swatch_set(folder).photos[:6])) == 1


def test_a_split_leaves_each_photo_on_one_side_and_both_sides_about_equal(folder):
    swatches = read_swatch_set(folder)
    one, other = swatches.split(np.random.default_rng(0))
    assert not set(one.photos) & set(other.photos)
    assert len(one) + len(other) == 20
    assert abs(len(one) - len(other)) <= 3
    first = np.flatnonzero((swatches.pictures == one.pictures[0]).all(axis=(1, 2, 3)))[0]
    assert swatches.photos[first] == one.photos[0]


def test_pictures_too_small_to_train_on_do_not_shift_the_names_of_the_others(folder):
    Image.new("RGB", (40, 90)).save(folder / "00000.png")
    swatches = read_swatch_set(folder)
    assert len(swatches) == 19
    assert list(swatches.photos[:3]) == ["shop/shirts/0.jpg"] * 2 + ["shop/shirts/1.jpg"]


def test_without_a_manifest_every_file_is_a_photo(folder):
    (folder / "manifest.json").unlink()
    assert len(np.unique(read_swatch_set(folder).photos)) == 20


def test_swatches_of_too_few_photos_and_a_broken_manifest_are_refused(folder):
    rows = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps([{**row, "source": "one.jpg"} for row in rows]))
    with pytest.raises(TrainingError, match="of 1 photos: 4 are the least"):
        read_swatch_set(folder)
    (folder / "manifest.json").write_text('{"rows": 1}')
    with pytest.raises(TrainingError, match="not a manifest"):
        read_swatch_set(folder)
