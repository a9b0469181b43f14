from __future__ import annotations

import argparse
import json

import numpy as np
import pytest
from PIL import Image

from tests.generator.conftest import make_weights
from training.evaluate_patterns import frechet_distance, kernel_distance, nearest, random_patches, run, seam_ratio


@pytest.fixture
def features():
    return np.random.default_rng(0).normal(size=(400, 8))


def test_the_same_features_are_at_no_distance_and_moved_ones_at_theirs(features):
    assert frechet_distance(features, features) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(features, features + 3) == pytest.approx(8 * 9)
    assert frechet_distance(features, 2 * features) > 1


def test_the_kernel_distance_is_near_zero_for_draws_of_one_distribution_and_grows(features):
    other = np.random.default_rng(1).normal(size=(400, 8))
    assert abs(kernel_distance(features, other)) < 0.05
    assert kernel_distance(features, other + 1) > 1


def test_the_nearest_of_a_copy_is_at_no_distance(features):
    distances = nearest(features[:5] + np.eye(5, 8) * [[0], [1], [2], [0], [0]], features)
    assert distances[[0, 3, 4]] == pytest.approx(0, abs=1e-6)
    assert (distances[1:3] > 0).all()


def test_a_tile_that_closes_has_a_seam_ratio_of_one_and_a_cut_one_more():
    x = np.arange(64) / 64
    wave = 127 + 100 * np.sin(2 * np.pi * (x[None] + x[:, None] + 0.1))
    tile = np.repeat(wave[..., None], 3, axis=2)
    assert seam_ratio([tile]) == pytest.approx(1, abs=0.15)
    assert seam_ratio([tile[:, :40]]) > 3


def test_patches_are_cut_from_anywhere():
    pictures = np.arange(2 * 80 * 80 * 3, dtype=np.uint8).reshape(2, 80, 80, 3)
    assert random_patches(pictures, 7, np.random.default_rng(0)).shape == (7, 64, 64, 3)


def test_the_command_scores_a_generator_and_names_what_is_missing(tmp_path, capsys):
    random = np.random.default_rng(0)
    folder = tmp_path / "swatches"
    folder.mkdir()
    for number in range(16):
        noise = random.integers(0, 255, (12, 12, 3)).astype(np.uint8)
        Image.fromarray(noise).resize((96, 96)).save(folder / f"{number}.png")
    weights = make_weights(tmp_path / "dotted.safetensors")
    asked = {"category": "dotted", "data": folder, "count": 24, "threads": None}
    assert run(argparse.Namespace(**asked, weights=weights)) == 0
    scores = json.loads(capsys.readouterr().out)
    assert scores["frechet_distance"] > scores["frechet_floor"] > 0
    assert scores["nearest_swatch"] > 0.5
    assert scores["seam_ratio"]["basic"] < 1.3
    assert run(argparse.Namespace(**asked, weights=None)) == 2
    assert "no weights are shipped for 'dotted'" in capsys.readouterr().err
