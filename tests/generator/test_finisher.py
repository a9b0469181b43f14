from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from generator import WeightsError, close_up, load_generator, read_header, sample_tile, shipped_weights
from generator.checkpoint import (
    FINISHER,
    HEADER_KEY,
    read_network,
    record_finisher,
    record_judge,
    record_least_look,
    record_sampling,
)
from generator.doubling import Upscaler, doubled
from generator.realism import RealismJudge
from generator.sampling import draw_print_code, fineness_of, judged_tile
from webapp.models import ModelVersion

EVERY_LOOK = {"contrast": 0.0, "order": 0.0}


def finisher(seed=0):
    """An untrained network that draws strong detail of no sense."""
    torch.manual_seed(seed)
    network = Upscaler(features=4, blocks=1)
    torch.nn.init.normal_(network.last.weight, std=0.3)
    return network.eval().requires_grad_(False)


def finished(weights, network=None):
    record_sampling(weights, {"whole_cells": True})
    record_finisher(weights, network or finisher())
    return load_generator(weights, "cpu")


def apart(one, other):
    return np.abs(np.asarray(one, int) - np.asarray(other, int)).max()


@pytest.mark.parametrize("fixture", ["strict_weights", "chevron_weights"])
def test_a_finished_print_is_copies_of_its_unit_at_twice_the_pixels(fixture, request):
    loaded = finished(request.getfixturevalue(fixture))
    assert fineness_of(loaded) == 2
    for seed in range(4):
        code = draw_print_code(loaded, seed)
        unit = doubled(loaded.finisher, judged_tile(loaded, code))
        tile = sample_tile(loaded, seed=seed, size=960)
        assert tile.size == (960, 960)
        assert all(960 % (2 * period) == 0 for period in code.periods)
        assert apart(tile, np.tile(unit, (15, 15, 1))[:960, :960]) <= 1
        across, down = (2 * int(period) for period in np.resize(code.periods, 2))
        assert apart(tile, np.roll(tile, (down, across), axis=(0, 1))) <= 1
        small, large = (sample_tile(loaded, seed=seed, size=size) for size in (512, 1024))
        assert apart(large, np.tile(small, (2, 2, 1))) == 0


def steps_across(tile, axis):
    """Mean step from each line to the next, the last one across the wrap."""
    return np.abs(np.diff(tile, axis=axis, append=tile.take([0], axis))).mean(axis=(1 - axis, 2))


@pytest.mark.parametrize("fixture", ["strict_weights", "chevron_weights"])
@pytest.mark.parametrize("repeat", ["basic", "half-drop", "half-brick"])
def test_a_finished_print_meets_itself_at_its_edges_as_it_does_inside(fixture, repeat, request):
    loaded = finished(request.getfixturevalue(fixture))
    resampled = 0
    for seed in range(8):
        periods = 2 * draw_print_code(loaded, seed).periods
        resampled += any(512 % period for period in periods)
        tile = np.asarray(sample_tile(loaded, seed=seed, size=512, repeat=repeat), dtype=int)
        whole = 1 if repeat == "basic" else 2
        for axis in (0, 1):
            # Where a period ends within the tile, the same lines of the print meet.
            count = max(1, round(512 / periods[1 - axis] / whole)) * whole
            ends = np.round(np.arange(1, count) * 512 / count).astype(int) - 1
            steps = steps_across(tile, axis)
            alike = np.stack([steps[ends - 1], steps[ends], steps[ends + 1]])
            assert alike.min() - 1 <= steps[-1] <= alike.max() + 1
    assert resampled > 2


def test_a_finished_half_drop_is_half_a_tile_lower_beside_itself_and_a_mirror_turned_over(strict_weights):
    loaded = finished(strict_weights)
    for seed in range(4):
        drop, mirror = (
            np.asarray(sample_tile(loaded, seed=seed, size=512, repeat=repeat), int)
            for repeat in ("half-drop", "mirror")
        )
        assert np.abs(drop[:, 512:] - np.roll(drop[:, :512], 256, axis=0)).max() <= 1
        assert np.array_equal(mirror, mirror[::-1]) and np.array_equal(mirror, mirror[:, ::-1])


def test_the_site_tells_finished_versions_by_their_header():
    for path in shipped_weights().values():
        loaded = load_generator(path, "cpu")
        assert ModelVersion(header=loaded.header).fineness == fineness_of(loaded)


def test_codes_are_judged_before_they_are_finished(strict_weights):
    record_sampling(strict_weights, {"whole_cells": True})
    record_least_look(strict_weights, {"contrast": 1.0, "order": 0.3})
    bare = load_generator(strict_weights, "cpu")
    loaded = finished(strict_weights)
    for seed in range(3):
        assert np.array_equal(
            judged_tile(bare, draw_print_code(bare, seed)), judged_tile(loaded, draw_print_code(loaded, seed))
        )


def test_prints_with_local_noise_are_not_finished(weights):
    before = sample_tile(load_generator(weights, "cpu"), seed=3, size=128)
    loaded = finished(weights)
    assert fineness_of(loaded) == 1
    assert sample_tile(loaded, seed=3, size=128) == before


def test_a_finisher_lies_beside_network_and_judge_and_replaces_the_one_before(strict_weights):
    network = load_file(strict_weights)
    record_least_look(strict_weights, EVERY_LOOK)
    record_judge(strict_weights, RealismJudge(), least=0.0001, about={"codes": 60})
    finished(strict_weights)
    loaded = finished(strict_weights, finisher(1))
    assert torch.allclose(loaded.finisher.last.weight, finisher(1).last.weight, atol=1e-3)
    assert loaded.judge is not None
    assert read_network(strict_weights).keys() == network.keys()
    record_least_look(strict_weights, EVERY_LOOK)
    loaded = load_generator(strict_weights, "cpu")
    assert loaded.judge is None and loaded.finisher is not None
    assert read_header(strict_weights)["sampling"]["finisher"] == {"features": 4, "blocks": 1}


def test_a_finisher_that_cannot_be_built_or_is_not_whole_is_refused(strict_weights):
    finished(strict_weights)
    whole = load_file(strict_weights)
    header = read_header(strict_weights)
    lacking = {name: tensor for name, tensor in whole.items() if name != f"{FINISHER}last.weight"}
    save_file(lacking, strict_weights, metadata={HEADER_KEY: json.dumps(header)})
    with pytest.raises(WeightsError, match="do not fit its header"):
        load_generator(strict_weights, "cpu")
    for unknown in ({"depth": 3}, {"features": -1}, {"features": "many"}, 5):
        header["sampling"]["finisher"] = unknown
        save_file(whole, strict_weights, metadata={HEADER_KEY: json.dumps(header)})
        with pytest.raises(WeightsError, match=r"finisher .* cannot be built"):
            load_generator(strict_weights, "cpu")


def test_a_close_up_shows_every_print_at_twice_the_scale_of_its_swatches(strict_weights, striped_weights):
    fine, plain = finished(strict_weights), load_generator(striped_weights, "cpu")
    assert apart(close_up(fine, seed=2, side=200), sample_tile(fine, seed=2, size=208).crop((0, 0, 200, 200))) == 0
    close, tile = close_up(plain, seed=2, side=200), sample_tile(plain, seed=2, size=208)
    assert close.size == (200, 200)
    halved = np.asarray(close.reduce(2), int)
    assert np.abs(halved - np.asarray(tile, int)[:100, :100]).mean() < 12
