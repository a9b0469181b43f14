from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from generator import GeneratorError, WeightsError, load_generator, reaches_least_look, read_header, sample_tile
from generator.checkpoint import HEADER_KEY, JUDGE, read_network, record_judge, record_least_look, record_sampling
from generator.realism import RealismJudge, evened
from generator.sampling import draw_print_code, judged_tile

EVERY_LOOK = {"contrast": 0.0, "order": 0.0}


def judge(seed=0):
    """An untrained judge that tells prints apart."""
    torch.manual_seed(seed)
    made = RealismJudge().eval().requires_grad_(False)
    made.last.weight.normal_(0, 0.3)
    return made


def with_judge(weights, least):
    record_least_look(weights, EVERY_LOOK)
    record_judge(weights, judge(), least=least, about={"codes": 60})
    return load_generator(weights, "cpu")


def realism(loaded, seed):
    return loaded.judge.realism_of(judged_tile(loaded, draw_print_code(loaded, seed)))


def test_colours_and_their_contrast_say_nothing_of_realism():
    random = np.random.default_rng(0)
    print_ = np.uint8(np.where(random.random((64, 64, 1)) < 0.5, [200, 180, 160], [40, 60, 120]))
    paler = np.uint8(np.where(print_ == print_.max((0, 1)), [250, 240, 230], [215, 235, 210]))
    assert np.allclose(evened(print_[None]), evened(paler[None]), atol=1e-5)
    assert judge().realism_of(print_) == pytest.approx(judge().realism_of(paler), rel=1e-4)


def test_what_is_all_but_plain_is_not_stretched_to_a_print():
    noise = np.uint8(np.random.default_rng(0).integers(126, 129, (1, 64, 64, 1)).repeat(3, axis=-1))
    assert evened(noise).std() < 0.3
    assert evened(np.full((1, 64, 64, 3), 90, np.uint8)).std() == 0


def test_a_judge_lies_beside_the_network_and_replaces_the_one_before(weights):
    before = load_file(weights)
    with_judge(weights, 0.5)
    record_judge(weights, judge(1), least=0.25, about={"codes": 70})
    assert read_header(weights)["sampling"]["least_look"]["realism"] == 0.25
    kept = read_network(weights)
    assert kept.keys() == before.keys() and all(torch.equal(kept[name], before[name]) for name in before)
    loaded = load_generator(weights, "cpu")
    assert torch.allclose(loaded.judge.last.weight, judge(1).last.weight, atol=1e-3)
    assert loaded.header["judge"] == {"codes": 70}


def test_another_least_look_takes_the_judge_of_the_former_away(weights):
    before = load_file(weights)
    with_judge(weights, 0.5)
    record_least_look(weights, {"contrast": 1.0, "order": 0.0})
    assert load_file(weights).keys() == before.keys()
    loaded = load_generator(weights, "cpu")
    assert loaded.judge is None and "judge" not in loaded.header
    assert loaded.header["sampling"]["least_look"] == {"contrast": 1.0, "order": 0.0}


def test_a_file_without_a_least_look_takes_no_judge(weights):
    with pytest.raises(WeightsError, match="asks nothing of its prints yet"):
        record_judge(weights, judge(), least=0.5, about={})


def test_a_file_that_asks_for_realism_needs_its_judge(weights):
    with_judge(weights, 0.5)
    tensors = {name: tensor for name, tensor in load_file(weights).items() if name != f"{JUDGE}last.bias"}
    save_file(tensors, weights, metadata={HEADER_KEY: json.dumps(read_header(weights))})
    with pytest.raises(WeightsError, match="do not fit its header"):
        load_generator(weights, "cpu")


@pytest.mark.parametrize("least", [{"contrast": 5, "charm": 1}, {"contrast": "some", "order": 0}, {"order": 0.1}, [1]])
def test_a_least_look_of_other_terms_is_an_error_that_names_it(weights, least):
    record_sampling(weights, {"least_look": least})
    with pytest.raises(WeightsError, match="least look"):
        load_generator(weights, "cpu")


def test_a_seed_whose_print_is_not_real_enough_draws_another_one_and_the_others_keep_theirs(strict_weights):
    plain = load_generator(strict_weights, "cpu")
    loaded = with_judge(strict_weights, 0.5)
    found = {seed: realism(loaded, seed) for seed in range(12)}
    least = float(np.median(list(found.values())))
    loaded = with_judge(strict_weights, least)
    kept = [seed for seed in found if sample_tile(plain, seed=seed, size=64) == sample_tile(loaded, seed=seed, size=64)]
    assert kept == [seed for seed in found if found[seed] >= least]


def test_what_is_judged_has_the_local_noise_of_its_seed(weights):
    loaded = load_generator(weights, "cpu")
    assert np.array_equal(
        judged_tile(loaded, draw_print_code(loaded, 3)), np.asarray(sample_tile(loaded, seed=3, size=64))
    )


def test_a_mix_is_judged_by_what_lies_between_its_prints(strict_weights):
    record_sampling(strict_weights, {"whole_cells": True})
    loaded = with_judge(strict_weights, 0.001)
    least = float(np.median([realism(loaded, seed) for seed in range(40)]))
    loaded = with_judge(strict_weights, least)
    assert all(reaches_least_look(loaded, seed=seed) for seed in range(12))
    reached = set()
    for other in range(100, 124):
        mixes = [(other, 0.5)]
        tile = np.asarray(sample_tile(loaded, seed=3, size=480, mixes=mixes))
        period = next(period for period in range(16, 49, 8) if np.array_equal(tile, np.roll(tile, period, axis=1)))
        side = -(-64 // period) * period
        seen = loaded.judge.realism_of(tile[:side, :side])
        if abs(seen - least) > 1e-3 * least:
            reached.add(seen > least)
            assert reaches_least_look(loaded, seed=3, mixes=mixes) == (seen > least)
    assert reached == {True, False}


def test_a_version_that_asks_for_nothing_takes_every_mix(weights):
    assert reaches_least_look(load_generator(weights, "cpu"), seed=1, mixes=[(2, 0.5)])
    with pytest.raises(GeneratorError, match="share is from"):
        reaches_least_look(load_generator(weights, "cpu"), seed=1, mixes=[(2, 1.5)])
