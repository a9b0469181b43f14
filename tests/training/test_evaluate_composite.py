from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segmentation import load_photo, shading
from segmentation.printing import TO_LINEAR
from training.contact_sheet import scenes
from training.evaluate_composite import run, score_composites, what_is_kept
from training.garments import DataError
from training.made_garments import SPILL_COLOURS, STRONG_PRINTS, edge_spill, soft_garment, what_is_left


@pytest.fixture
def shaded():
    """A red cloth with soft folds on a grey wall, and where it is."""
    across = np.linspace(0, 4 * np.pi, 200)
    light = 0.55 + 0.3 * np.sin(across)[None, :] * np.linspace(0.4, 1, 240)[:, None]
    photo = np.full((240, 200, 3), 190, np.uint8)
    mask = np.zeros((240, 200), bool)
    mask[30:210, 40:160] = True
    cloth = (light[..., None] * np.array([230, 70, 60])).astype(np.uint8)
    photo[mask] = cloth[mask]
    return photo, mask


def test_folds_of_plain_cloth_are_kept_and_its_own_colour_changes_less_than_a_flat_paste(shaded):
    kept = what_is_kept(*shaded)
    assert kept.light > 0.95
    assert kept.change < 0.6 * kept.flat_change
    assert kept.changed_outside == 0


def test_a_flat_garment_has_no_light_to_lose(shaded):
    photo, mask = shaded
    photo[mask] = (120, 130, 140)
    assert what_is_kept(photo, mask).change < 1


@pytest.fixture
def folder(tmp_path, shaded):
    photo, mask = shaded
    for name in ("photos", "masks"):
        (tmp_path / name).mkdir()
    (tmp_path / "labels.json").write_text(json.dumps(["null", "shirt"]))
    Image.fromarray(photo).save(tmp_path / "photos" / "0005.jpg", quality=95)
    Image.fromarray(mask.astype(np.uint8)).save(tmp_path / "masks" / "0005.png")
    return tmp_path


def test_every_large_garment_of_the_held_out_photos_is_scored(folder):
    scores = score_composites(folder)
    assert scores["garments"] == 1
    assert scores["light_correlation_median"] > 0.95
    assert scores["pixels_changed_outside"] == 0


def test_a_folder_without_garments_is_refused(folder, capsys):
    (folder / "photos" / "0005.jpg").rename(folder / "photos" / "0006.jpg")
    with pytest.raises(DataError, match="no held-out photo"):
        score_composites(folder)
    assert run(argparse.Namespace(data=folder / "none", limit=None, contact_sheet=None)) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.fixture
def stock_dress():
    stock = Path(__file__).parents[2] / "static" / "stock"
    photo, mask = Image.open(stock / "dress.webp").convert("RGB"), Image.open(stock / "dress-mask.png").convert("L")
    return np.asarray(photo.resize((400, 500))), np.asarray(mask.resize((400, 500)))


@pytest.mark.parametrize("name", STRONG_PRINTS)
def test_little_of_a_strong_colourless_print_is_left_under_a_grey_one(stock_dress, name):
    left = what_is_left(*stock_dress, name)
    assert left.old_print < 0.25
    assert left.light > 0.4


def test_what_is_left_of_a_print_is_all_of_it_where_nothing_takes_it_away(stock_dress, monkeypatch):
    monkeypatch.setattr(shading, "without_print", lambda log, linear, weight, printed: (log, np.zeros_like(log)))
    assert what_is_left(*stock_dress, "argyle").old_print > 0.5


@pytest.mark.parametrize("name", SPILL_COLOURS)
def test_a_soft_edge_keeps_nothing_of_the_old_cloth(name):
    assert abs(edge_spill(name)) < 0.03


def test_the_photo_between_cloth_and_ground_is_the_mixture_that_the_spill_is_measured_in():
    photo, mask, _ = soft_garment("white on dark")
    cloth, ground, _ = SPILL_COLOURS["white on dark"]
    assert tuple(photo[120, 120]) == cloth
    assert tuple(photo[0, 0]) == ground
    half = photo[np.abs(mask.astype(int) - 128) < 3]
    assert np.allclose(TO_LINEAR[half], (TO_LINEAR[np.array(cloth)] + TO_LINEAR[np.array(ground)]) / 2, atol=0.02)


def test_the_contact_sheet_has_24_photos_that_can_be_read():
    photos = {name: load_photo(encoded) for name, encoded in scenes()}
    assert len(photos) == 24
    assert photos["cut-out, transparent"].mode == "RGBA"
    assert photos["turned by EXIF"].size == (1200, 1500)
    assert 11.9e6 < photos["12 megapixels"].width * photos["12 megapixels"].height < 12.1e6
