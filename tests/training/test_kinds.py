from __future__ import annotations

import argparse
import json

import numpy as np
import pytest
import torch

from segmentation import load_segmenter
from segmentation.checkpoint import save_weights
from segmentation.kinds import SEVERAL, SIDE, load_kinds
from segmentation.models import CLASSES, GARMENT_CLASSES, UnetConfig, build_unet
from training import kinds
from training.garments import LabelledPhotos, load_street_photos


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


def test_each_garment_of_a_photo_is_one_picture_on_white_and_its_pieces_together_another(labelled):
    photos = load_street_photos(labelled, 90, 60, held_out=False)
    pictures = list(kinds.garments_of(photos))
    names = (*GARMENT_CLASSES, "several")
    assert [names[kind] for _, kind in pictures] == ["upper", "upper", "lower", "lower", "several", "several"] * 13
    shirt, half, trousers, _, both, _ = (picture for picture, _ in pictures[:6])
    assert shirt.mean() < half.mean()  # what is cut is wider than tall, or taller than wide, and has more air
    assert shirt.shape == (SIDE, SIDE, 3)
    assert (shirt[SIDE // 2, SIDE // 2] < 140).all()
    assert (shirt[4] == 255).all()
    colours = [one[SIDE // 2, SIDE // 2].astype(int) for one in (shirt, trousers)]
    for row, colour in zip((SIDE // 4, SIDE - SIDE // 4), colours, strict=True):
        assert np.abs(both[row, SIDE // 2] - colour).max() < 40


def test_of_three_garments_all_together_are_an_outfit_too():
    mask = np.zeros((1, 60, 40), np.uint8)
    for row, name in ((5, "upper"), (25, "lower"), (45, "shoes")):
        mask[0, row : row + 15, 10:30] = CLASSES.index(name)
    photos = LabelledPhotos(("one",), np.full((1, 60, 40, 3), 90, np.uint8), mask)
    pictures = list(kinds.garments_of(photos))
    kinds_of_them = [GARMENT_CLASSES.index(name) for name in ("upper", "lower", "shoes") for _ in range(2)]
    assert [kind for _, kind in pictures] == [*kinds_of_them, SEVERAL, SEVERAL, SEVERAL]
    body, outfit = (pictures[number][0][..., 0] < 170 for number in (-3, -1))
    assert outfit.sum() < 0.8 * body.sum()  # taller, and so narrower where the longer side fills the square


@pytest.mark.parametrize("axis", [0, 1])
def test_what_the_rim_cuts_keeps_one_side_of_it_as_it_was(axis):
    thing = np.zeros((80, 60), bool)
    thing[20:70, 10:50] = True
    sides = set()
    for seed in range(20):
        cut = kinds.cut_by_the_rim(thing, np.random.default_rng(seed), axis)
        places = np.flatnonzero(cut.any(1 - axis))
        first, last = np.flatnonzero(thing.any(1 - axis))[[0, -1]]
        assert 0.4 <= len(places) / (last - first + 1) <= 0.8
        assert (places[0] == first) != (places[-1] == last)
        assert cut.any(axis).sum() == thing.any(axis).sum()
        sides.add(places[0] == first)
    assert sides == {True, False}


def test_the_fit_tells_kinds_that_can_be_told_and_has_the_scale_of_what_it_is_given():
    rng = np.random.default_rng(1)
    truth = torch.tensor(rng.integers(0, SEVERAL + 1, 240))
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
    assert (said["things"], said["held_out"]) == (78, 6)
    segmenter = load_segmenter(weights, "cpu")
    assert load_kinds(output, segmenter.version) is not None

    monkeypatch.setattr("segmentation.registry.kinds_file", lambda name: output)
    assert kinds.run(asked("--data", labelled, "--model", weights, "--score")) == 0
    counts = json.loads(capsys.readouterr().out)
    assert counts["all"]["garments"] == 2
    assert set(counts) == {*GARMENT_CLASSES, "all", "outfits"}
    assert counts["outfits"]["garments"] == 1
    assert counts["all"]["second_look"] == sum(counts[kind]["second_look"] for kind in GARMENT_CLASSES)


def test_a_network_without_a_second_look_has_none_to_score(labelled, weights, capsys):
    assert kinds.run(asked("--data", labelled, "--model", weights, "--score")) == 2
    assert "no second look to score" in capsys.readouterr().err
