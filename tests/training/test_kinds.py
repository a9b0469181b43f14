from __future__ import annotations

import argparse
import json

import numpy as np
import pytest
import torch

from segmentation import load_segmenter
from segmentation.checkpoint import save_weights
from segmentation.kinds import SIDE, load_kinds
from segmentation.models import GARMENT_CLASSES, UnetConfig, build_unet
from training import kinds
from training.garments import load_street_photos


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    torch.manual_seed(0)
    config = UnetConfig(height=64, width=64, decoder_channels=(16, 16, 8, 8, 8))
    path = tmp_path_factory.mktemp("weights") / "small.safetensors"
    return save_weights(path, build_unet(config), config, data_sources=[{"name": "made"}], metrics={})


def asked(*words: object) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    kinds.add_arguments(parser)
    return parser.parse_args([str(word) for word in words])


def test_each_garment_of_a_photo_is_one_picture_on_white(labelled):
    photos = load_street_photos(labelled, 90, 60, held_out=False)
    pictures = list(kinds.garments_of(photos))
    assert [GARMENT_CLASSES[kind] for _, kind in pictures] == ["upper", "lower"] * 13
    shirt = pictures[0][0]
    assert shirt.shape == (SIDE, SIDE, 3)
    assert (shirt[SIDE // 2, SIDE // 2] < 140).all()
    assert (shirt[4] == 255).all()


def test_the_fit_tells_kinds_that_can_be_told_and_has_the_scale_of_what_it_is_given():
    rng = np.random.default_rng(1)
    truth = torch.tensor(rng.integers(0, len(GARMENT_CLASSES), 240))
    described = torch.tensor(rng.normal(0, 1, (240, 12)), dtype=torch.float32)
    described[torch.arange(240), truth] += 6
    described = described * 40 + 300
    fitted = kinds.fit_kinds(described, truth)
    right = (described @ fitted.weight.T + fitted.bias).argmax(1) == truth
    assert right.float().mean() > 0.97
    assert torch.equal(kinds.fit_kinds(described, truth).weight, fitted.weight)


def test_the_command_fits_a_file_that_belongs_to_its_network_and_scores_it(
    labelled, weights, tmp_path, capsys, monkeypatch
):
    output = tmp_path / "small.safetensors"
    monkeypatch.setattr(kinds, "HEIGHT", 96)
    monkeypatch.setattr(kinds, "WIDTH", 64)
    assert kinds.run(asked("--data", labelled, "--model", weights, "--output", output)) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["garments"], said["held_out"]) == (26, 2)
    segmenter = load_segmenter(weights, "cpu")
    assert load_kinds(output, segmenter.version) is not None

    monkeypatch.setattr("segmentation.registry.kinds_file", lambda name: output)
    assert kinds.run(asked("--data", labelled, "--model", weights, "--score")) == 0
    counts = json.loads(capsys.readouterr().out)
    assert counts["all"]["garments"] == 2
    assert set(counts) == {*GARMENT_CLASSES, "all"}
    assert counts["all"]["second_look"] == sum(counts[kind]["second_look"] for kind in GARMENT_CLASSES)


def test_a_network_without_a_second_look_has_none_to_score(labelled, weights, capsys):
    assert kinds.run(asked("--data", labelled, "--model", weights, "--score")) == 2
    assert "no second look to score" in capsys.readouterr().err
