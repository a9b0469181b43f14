from __future__ import annotations

import argparse
import json

import numpy as np
import pytest
from PIL import Image

from training.evaluate_composite import run, score_composites, what_is_kept
from training.garments import DataError


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
    assert run(argparse.Namespace(data=folder / "none", limit=None)) == 2
    assert capsys.readouterr().err.count("\n") == 1
