from __future__ import annotations

import argparse
import json
import shutil

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file

from generator import load_generator, read_header
from generator.checkpoint import record_finisher, record_in_header, record_sampling, save_generator
from generator.doubling import Upscaler
from generator.networks import DcganGenerator
from tests.generator.conftest import make_strict_weights, make_weights
from training import score_patterns
from training.evaluate_patterns import add_arguments, run
from training.score_patterns import excess_ratio, measure_swatches, random_patches, score_prints
from training.splits import held_out_files
from training.swatch_sets import SwatchSet, read_swatch_set


@pytest.fixture(autouse=True)
def plain_features(monkeypatch):
    """Mean and contrast of 4 x 4 blocks instead of a network's features: enough to tell pictures apart, at once."""

    def of(pictures):
        blocks = pictures.reshape(len(pictures), 4, 16, 4, 16, 3)
        means, contrasts = blocks.mean(axis=(2, 4)) / 64, blocks.std(axis=(2, 4)) / 8
        return np.concatenate([means, contrasts], axis=-1).reshape(len(pictures), -1)

    monkeypatch.setattr(score_patterns, "features_of", of)


def write_swatches(folder, seed=0, darkest=0):
    random = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    for number in range(16):
        noise = random.integers(darkest, 255, (12, 12, 3)).astype(np.uint8)
        Image.fromarray(noise).resize((96, 96)).save(folder / f"{number}.png")
    return folder


@pytest.fixture
def root(tmp_path):
    """Folders of swatches, weights and a baseline for dotted, and swatches of a category without weights."""
    write_swatches(tmp_path / "swatches" / "dotted")
    write_swatches(tmp_path / "swatches" / "argyle")
    write_swatches(tmp_path / "others" / "dotted", seed=1, darkest=160)
    make_weights(tmp_path / "weights" / "dotted.safetensors")
    header = {
        "architecture": "dcgan",
        "hyper_parameters": {"latent_channels": 10, "features": 4},
        "sampling": {"waves": "none"},
        "category": "dotted",
    }
    network = DcganGenerator(latent_channels=10, features=4)
    save_generator(network, header, tmp_path / "baseline" / "dotted" / "dotted.safetensors")
    return tmp_path


def evaluate(*arguments):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args([*map(str, arguments), "--count", "24"]))


def test_patches_are_cut_from_anywhere_and_from_every_picture():
    pictures = np.arange(3 * 80 * 80 * 3, dtype=np.uint8).reshape(3, 80, 80, 3)
    patches, chosen = random_patches(pictures, 7, np.random.default_rng(0))
    assert patches.shape == (7, 64, 64, 3)
    assert sorted(np.bincount(chosen)) == [2, 2, 3]


def test_the_command_scores_a_generator_and_names_what_is_missing(root, capsys):
    data, weights = root / "swatches" / "dotted", root / "weights" / "dotted.safetensors"
    assert evaluate("--category", "dotted", "--data", data, "--weights", weights) == 0
    scores = json.loads(capsys.readouterr().out)
    assert scores["frechet_distance"] > scores["frechet_floor"] > 0
    assert (scores["held_out"], scores["photos"], scores["patches"]) == (False, 16, 24)
    assert scores["coverage"] < scores["coverage_real"] <= 1
    assert scores["nearest_swatch"] > 0.5
    assert set(scores["seam_ratio"]) == {"basic", "half-drop", "half-brick"}
    assert scores["seam_ratio"]["basic"] < 1.3
    assert evaluate("--category", "batik", "--data", data) == 2
    assert "no weights are shipped for 'batik'" in capsys.readouterr().err
    assert evaluate("--category", "floral", "--data", data, "--weights", weights) == 2
    assert "draws dotted, not floral" in capsys.readouterr().err


def test_all_categories_that_have_weights_come_in_one_table(root, capsys):
    asked = ("--category", "all", "--data", root / "swatches", "--weights", root / "weights")
    assert evaluate(*asked, "--baseline", root / "baseline", "--output", root / "table.md") == 0
    lines = (root / "table.md").read_text().splitlines()
    assert len(lines) == 3
    assert lines[2].startswith("| dotted | 16 |")
    assert {line.count("|") for line in lines} == {20}
    (row,) = json.loads((root / "table.json").read_text())
    assert row == json.loads(capsys.readouterr().out)
    assert row["excess_ratio"] == excess_ratio(row, row["baseline"], row["frechet_floor"])
    assert evaluate("--category", "all", "--data", root / "swatches", "--weights", root / "others") == 2
    assert "no folder in" in capsys.readouterr().err


def test_the_excess_is_told_against_the_baselines_and_not_at_all_where_that_has_none():
    assert excess_ratio({"frechet_distance": 30}, {"frechet_distance": 50}, 10) == 0.5
    assert excess_ratio({"frechet_distance": 30}, {"frechet_distance": 9}, 10) is None


def test_a_vector_network_is_scored_by_its_pictures_which_know_one_repeat(root, capsys):
    baseline = root / "baseline" / "dotted" / "dotted.safetensors"
    assert evaluate("--category", "dotted", "--data", root / "swatches", "--weights", baseline) == 0
    scores = json.loads(capsys.readouterr().out)
    assert list(scores["seam_ratio"]) == ["basic"]
    assert scores["frechet_distance"] > scores["frechet_floor"]


def test_prints_with_twice_the_pixels_are_compared_at_the_scale_of_the_swatches(tmp_path):
    path = make_strict_weights(tmp_path / "dotted.safetensors", waves="lattice")
    record_sampling(path, {"whole_cells": True})
    plain = load_generator(path, "cpu")
    record_finisher(path, Upscaler(features=4, blocks=1))  # untrained: bicubic interpolation
    fine = load_generator(path, "cpu")
    for repeat, width in (("basic", 480), ("half-drop", 960)):
        one, other = (score_patterns._drawn(loaded, 3, 480, repeat).astype(int) for loaded in (plain, fine))
        assert one.shape == other.shape == (480, width, 3)
        assert np.abs(one - other).mean() < 0.2 * np.abs(one - np.roll(one, 7, axis=1)).mean()


def test_prints_are_compared_with_held_out_swatches_of_other_photos(root, capsys):
    asked = ("--category", "dotted", "--data", root / "swatches", "--weights", root / "weights")
    assert evaluate(*asked, "--held-out", root / "others") == 0
    held_out = json.loads(capsys.readouterr().out)
    assert held_out["held_out"] is True
    assert evaluate(*asked) == 0
    assert held_out["frechet_floor"] > 2 * json.loads(capsys.readouterr().out)["frechet_floor"]
    shutil.copy(root / "swatches" / "dotted" / "3.png", root / "others" / "dotted" / "77.png")
    assert evaluate(*asked, "--held-out", root / "others") == 2
    assert "1 photos are both in the training and in the held-out swatches" in capsys.readouterr().err


def test_the_swatches_that_training_kept_out_are_found_again_and_no_run_that_saw_them_is_scored_on_them(root, capsys):
    folder, weights = root / "swatches" / "dotted", root / "weights" / "dotted.safetensors"
    for number in range(16, 64):
        shutil.copy(folder / f"{number % 16}.png", folder / f"{number}.png")
    rows = [{"file": path.name, "source": path.name.replace("png", "jpg")} for path in sorted(folder.iterdir())]
    (folder / "manifest.json").write_text(json.dumps(rows))
    asked = ("--category", "dotted", "--data", root / "swatches", "--weights", weights, "--hold-out", 0.4)
    assert evaluate(*asked) == 2
    assert "kept a share of 0 of its photos out, not 0.4" in capsys.readouterr().err
    record_in_header(weights, hold_out=0.4)
    assert evaluate(*asked) == 0
    scores = json.loads(capsys.readouterr().out)
    kept_out = held_out_files(folder, 0.4)
    assert scores["held_out"] is True
    assert (scores["swatches"], scores["held_out_swatches"]) == (64 - len(kept_out), len(kept_out))
    assert evaluate(*asked, "--held-out", root / "others") == 2
    assert "not both" in capsys.readouterr().err


def test_a_print_that_is_a_swatch_is_a_copy_whichever_way_it_lies(root, monkeypatch):
    swatches = read_swatch_set(root / "swatches" / "dotted")
    # Swatches of a patch's size, so that each is shown whole.
    swatches = SwatchSet(swatches.pictures[:, :64, :64], swatches.photos)
    reference = measure_swatches(swatches, count=16)
    loaded = load_generator(root / "weights" / "dotted.safetensors")
    assert score_prints(loaded, reference)["copies"] == 0

    def scores_of(print_):
        monkeypatch.setattr(score_patterns, "_drawn", lambda *_: print_)
        return score_prints(loaded, reference)

    copy = swatches.pictures[5]
    scores = scores_of(copy)
    assert scores["copies"] == 1
    assert scores["nearest_swatch"] == pytest.approx(0, abs=1e-3)
    for turned in (copy[::-1], copy.transpose(1, 0, 2)):
        scores = scores_of(turned)
        assert scores["copies"] == 1
        assert scores["nearest_swatch"] > 0.5


def test_recorded_figures_are_in_the_header_and_leave_the_tensors_alone(root, capsys):
    weights = root / "weights" / "dotted.safetensors"
    weights.chmod(0o644)
    before, header = load_file(weights), read_header(weights)
    assert evaluate("--category", "dotted", "--data", root / "swatches", "--weights", weights, "--record") == 0
    scores = json.loads(capsys.readouterr().out)
    recorded = read_header(weights)
    assert recorded.pop("metrics") == {key: scores[key] for key in scores if key not in ("category", "steps")}
    assert recorded == header
    after = load_file(weights)
    assert {name: tensor.numpy().tobytes() for name, tensor in after.items()} == {
        name: tensor.numpy().tobytes() for name, tensor in before.items()
    }
    assert weights.stat().st_mode & 0o777 == 0o644


def test_bad_arguments_are_named(root, capsys):
    asked = ("--category", "dotted", "--data", root / "swatches", "--weights", root / "weights")
    assert evaluate(*asked, "--output", root / "table.txt") == 2
    assert "give --output FILE.md" in capsys.readouterr().err
    assert evaluate("--category", "all", *asked[2:4], "--weights", root / "weights" / "dotted.safetensors") == 2
    assert "give a folder of weights" in capsys.readouterr().err
