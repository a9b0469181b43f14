from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from generator import load_generator, read_header
from generator.checkpoint import read_network, record_least_look
from generator.realism import RealismJudge
from tests.generator.conftest import make_dcgan_weights, make_weights
from tests.training.tiny import TINY, write_stripes
from training import realism
from training.__main__ import main
from training.config import DcganConfig, TrainingError
from training.realism import add_judge, fit_judge

EVERY_LOOK = {"contrast": 0.0, "order": 0.0}


def stripes(period, noise, random, side=64):
    """Stripes (side, side, 3) uint8 under noise of so many levels."""
    lines = np.where(np.arange(side) % period < period // 2, 70, 180)[:, None, None]
    return np.uint8(np.clip(np.broadcast_to(lines, (side, side, 3)) + random.normal(0, noise, (side, side, 1)), 0, 255))


@pytest.fixture
def striped_swatches():
    random = np.random.default_rng(1)
    pictures = np.stack([stripes(16, 3, random, side=80) for _ in range(64)])
    return torch.from_numpy(pictures).permute(0, 3, 1, 2)


@pytest.fixture
def weights(tmp_path):
    made = make_weights(tmp_path / "striped.safetensors", waves="x", category="striped")
    record_least_look(made, EVERY_LOOK)
    return made


@pytest.fixture
def any_judge(monkeypatch):
    """Sixty codes of an untrained generator teach little."""
    monkeypatch.setattr(realism, "LEAST_AGREEMENT", -1.0)


def test_a_judge_learns_to_prefer_what_looks_like_the_swatches(weights, striped_swatches, monkeypatch):
    noises = (3, 10, 40)
    monkeypatch.setattr(
        realism, "_tile_of", lambda loaded, seed: stripes(16, noises[seed % 3], np.random.default_rng(seed))
    )
    told = []
    verdict = fit_judge(load_generator(weights, "cpu"), striped_swatches, codes=240, progress=told.append)
    random = np.random.default_rng(2)
    guesses = [verdict.judge.realism_of(stripes(16, noise, random)) for noise in noises]
    assert guesses[0] > 2 * guesses[1] and guesses[1] > guesses[2]
    assert verdict.agreement > 0.8
    assert guesses[1] < verdict.least
    assert told == sorted(told) and told[-1] == pytest.approx(1)


def test_the_share_of_codes_that_is_kept_passes(weights, striped_swatches, any_judge):
    add_judge(weights, striped_swatches, codes=60)
    loaded = load_generator(weights, "cpu")
    least = read_header(weights)["sampling"]["least_look"]["realism"]
    seeds = [realism.LARGEST_SEED - number for number in range(60)]
    passed = [loaded.judge.realism_of(realism._tile_of(loaded, seed)) >= least for seed in seeds]
    assert np.mean(passed) == pytest.approx(realism.KEPT, abs=0.05)


def test_the_same_codes_and_swatches_give_the_same_judge_and_leave_the_network_alone(
    weights, striped_swatches, any_judge
):
    before = load_file(weights)
    add_judge(weights, striped_swatches, codes=60)
    one = load_file(weights)
    add_judge(weights, striped_swatches, codes=60)
    other = load_file(weights)
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert all(torch.equal(before[name], tensor) for name, tensor in read_network(weights).items())
    assert read_header(weights)["judge"].keys() == {"codes", "kept", "agreement"}


def test_a_judge_that_has_learned_nothing_is_not_used(weights, striped_swatches, monkeypatch):
    before = weights.read_bytes()
    poor = realism.Verdict(RealismJudge(), least=0.5, agreement=0.39)
    monkeypatch.setattr(realism, "fit_judge", lambda *args, **options: poor)
    assert str(add_judge(weights, striped_swatches, codes=60)) == "no realism (its judge agrees at 0.39 only)"
    assert weights.read_bytes() == before


@pytest.mark.parametrize("mirrored", [True, False])
def test_a_judge_is_shown_mirror_images_only_where_swatches_are_mirrored(monkeypatch, mirrored):
    shown = []

    class Watched(RealismJudge):
        def forward(self, pictures):
            shown.extend(pictures.unbind())
            return super().forward(pictures)

    monkeypatch.setattr(realism, "RealismJudge", Watched)
    pictures = torch.randn(80, 1, 64, 64, generator=torch.Generator().manual_seed(0))
    realism._taught(pictures, torch.zeros(80), DcganConfig(upright=True, mirrored=mirrored), lambda _: None)
    own = {picture.numpy().tobytes() for picture in pictures}
    assert all(picture.numpy().tobytes() in own for picture in shown) is not mirrored


def test_patches_of_one_swatch_do_not_count_as_near_relatives():
    """Two swatches, each unlike itself nowhere and unlike the other everywhere."""
    pictures = np.zeros((2, 80, 80, 3), np.uint8)
    pictures[0, ::2], pictures[1, :, ::16] = 200, 200
    swatches = torch.from_numpy(pictures).permute(0, 3, 1, 2)
    features, spread = realism._references(swatches, np.random.default_rng(0), DcganConfig(upright=True))
    assert len(features) == 8
    assert spread > 0.9 * realism.distances(features[:1], features[1:2])[0, 0]


def test_what_no_judge_can_learn_from_is_an_error(weights, striped_swatches, tmp_path):
    with pytest.raises(TrainingError, match="60 codes or more, got 59"):
        add_judge(weights, striped_swatches, codes=59)
    with pytest.raises(TrainingError, match="only spatial generators"):
        add_judge(make_dcgan_weights(tmp_path / "dcgan.safetensors"), striped_swatches, codes=60)


def test_a_run_ends_with_a_judge_unless_it_is_asked_for_none(tmp_path, capsys, any_judge):
    swatches = tmp_path / "swatches"
    swatches.mkdir()
    write_stripes(swatches)
    config = tmp_path / "tiny.json"
    config.write_text(json.dumps({**vars(TINY), "steps": 2}))
    asked = ["dcgan", "--data", str(swatches), "--category", "striped", "--config", str(config)]
    assert main([*asked, "--output", str(tmp_path / "one"), "--judge-codes", "60"]) == 0
    assert load_generator(tmp_path / "one" / "striped.safetensors", "cpu").judge is not None
    assert main([*asked, "--output", str(tmp_path / "other"), "--judge-codes", "0"]) == 0
    assert load_generator(tmp_path / "other" / "striped.safetensors", "cpu").judge is None
    with pytest.raises(SystemExit, match="2"):
        main([*asked, "--output", str(tmp_path / "third"), "--judge-codes", "7"])
    assert "'7': give 60 prints or more, or 0 for no judge" in capsys.readouterr().err
