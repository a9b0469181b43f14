import numpy as np
import pytest

from generator import GeneratorError, load_generator, reaches_least_look, sample_tile
from generator import sampling as sampling_module
from generator.checkpoint import record_sampling
from generator.latents import draw_waves
from generator.networks import CELL
from generator.sampling import draw_print_code


def seam_ratio(tile):
    """Mean absolute step across the wrap divided by that between cells inside, the larger of both directions."""
    pixels = np.asarray(tile, dtype=float)
    ratios = []
    for axis in (0, 1):
        steps = np.abs(np.diff(pixels, axis=axis))
        inside = np.take(steps, range(CELL - 1, steps.shape[axis], CELL), axis=axis).mean()
        wrap = np.abs(np.take(pixels, 0, axis=axis) - np.take(pixels, -1, axis=axis)).mean()
        ratios.append(wrap / inside)
    return max(ratios)


def test_same_seed_gives_the_same_bytes_and_another_seed_gives_others(weights):
    loaded = load_generator(weights, "cpu")
    first = sample_tile(loaded, seed=7, size=128).tobytes()
    assert sample_tile(loaded, seed=7, size=128).tobytes() == first
    assert sample_tile(loaded, seed=8, size=128).tobytes() != first


@pytest.mark.parametrize("fixture", ["weights", "striped_weights", "lattice_weights"])
@pytest.mark.parametrize("size", [128, 208])
def test_a_tile_closes_on_itself(fixture, size, request):
    loaded = load_generator(request.getfixturevalue(fixture), "cpu")
    ratios = [seam_ratio(sample_tile(loaded, seed=seed, size=size)) for seed in range(24)]
    assert 0.8 < np.mean(ratios) < 1.25


@pytest.mark.parametrize("fixture", ["weights", "striped_weights", "lattice_weights", "strict_weights"])
def test_windows_join_to_the_picture_drawn_at_once(fixture, request, monkeypatch):
    loaded = load_generator(request.getfixturevalue(fixture), "cpu")
    whole = np.asarray(sample_tile(loaded, seed=3, size=320), dtype=int)
    monkeypatch.setattr(sampling_module, "WINDOW", 8)
    pieces = np.asarray(sample_tile(loaded, seed=3, size=320), dtype=int)
    assert np.abs(whole - pieces).max() <= 1


def test_a_larger_tile_shows_more_of_the_same_print_not_a_zoom(weights):
    loaded = load_generator(weights, "cpu")
    small = np.asarray(sample_tile(loaded, seed=5, size=256), dtype=int)
    large = np.asarray(sample_tile(loaded, seed=5, size=384), dtype=int)
    inner = np.s_[48:-48, 48:-48]
    assert np.abs(small[inner] - large[:256, :256][inner]).max() <= 1


@pytest.mark.parametrize(("size", "unit"), [(1024, 512), (1152, 576), (1040, 1040)])
def test_a_large_tile_without_local_noise_is_copies_of_its_smallest_unit(strict_weights, size, unit):
    loaded = load_generator(strict_weights, "cpu")
    small = np.asarray(sample_tile(loaded, seed=5, size=unit))
    large = np.asarray(sample_tile(loaded, seed=5, size=size))
    assert np.array_equal(large, np.tile(small, (size // unit, size // unit, 1)))


@pytest.mark.parametrize("repeat", ["half-drop", "half-brick"])
def test_units_of_which_a_tile_has_an_odd_number_still_close_half_a_tile_on(strict_weights, repeat, monkeypatch):
    monkeypatch.setattr(sampling_module, "LEAST_UNIT", 64)
    loaded = load_generator(strict_weights, "cpu")
    axis = 0 if repeat == "half-drop" else 1
    for seed in range(8):  # a number of periods is even by chance in half of them
        tile = np.asarray(sample_tile(loaded, seed=seed, size=240, repeat=repeat), dtype=int)  # three of 80 px
        first, second = np.split(tile, 2, axis=1 - axis)
        assert np.abs(second - np.roll(first, 120, axis=axis)).max() <= 1 < np.ptp(first)
        assert np.array_equal(first[:80], first[80:160])


@pytest.mark.parametrize(("seed", "size"), [(-1, 128), (2**63, 128), (0, 100), (0, 48), (0, 8208)])
def test_a_seed_or_size_out_of_range_is_refused_by_name(weights, seed, size):
    with pytest.raises(GeneratorError, match=r"seed is a whole number|size is a multiple"):
        sample_tile(load_generator(weights, "cpu"), seed=seed, size=size)


def test_the_plain_dcgan_draws_64_pixels_and_says_so_of_others(dcgan_weights):
    loaded = load_generator(dcgan_weights, "cpu")
    assert sample_tile(loaded, seed=1, size=64).size == (64, 64)
    with pytest.raises(GeneratorError, match="64 pixels only"):
        sample_tile(loaded, seed=1, size=128)


def test_progress_ends_at_one_and_may_stop_the_work(weights, monkeypatch):
    monkeypatch.setattr(sampling_module, "WINDOW", 16)
    loaded = load_generator(weights, "cpu")
    seen = []
    sample_tile(loaded, seed=1, size=256, progress=seen.append)
    assert seen == [0.25, 0.5, 0.75, 1.0]

    def stop(_share):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sample_tile(loaded, seed=1, size=256, progress=stop)


@pytest.mark.parametrize("fixture", ["weights", "striped_weights", "lattice_weights", "strict_weights"])
def test_half_drop_and_half_brick_shift_every_other_tile_by_half(fixture, request):
    loaded = load_generator(request.getfixturevalue(fixture), "cpu")
    drop = np.asarray(sample_tile(loaded, seed=3, size=160, repeat="half-drop"), dtype=int)
    assert drop.shape == (160, 320, 3)
    assert np.abs(drop[:, 160:] - np.roll(drop[:, :160], 80, axis=0)).max() <= 1
    brick = np.asarray(sample_tile(loaded, seed=3, size=160, repeat="half-brick"), dtype=int)
    assert brick.shape == (320, 160, 3)
    assert np.abs(brick[160:] - np.roll(brick[:160], 80, axis=1)).max() <= 1


def test_a_mirror_turns_the_tile_over_at_every_edge(weights):
    loaded = load_generator(weights, "cpu")
    tile = np.asarray(sample_tile(loaded, seed=3, size=64))
    mirror = np.asarray(sample_tile(loaded, seed=3, size=64, repeat="mirror"))
    assert np.array_equal(mirror[:64, :64], tile)
    assert np.array_equal(mirror[:64, 64:], tile[:, ::-1])
    assert np.array_equal(mirror[64:], mirror[:64][::-1])


def test_a_mix_goes_from_one_print_to_the_other_and_a_small_share_is_a_variation(striped_weights):
    loaded = load_generator(striped_weights, "cpu")

    def drawn(seed, *mixes):
        return np.asarray(sample_tile(loaded, seed=seed, size=128, mixes=mixes), dtype=float)

    first, other = drawn(1), drawn(2)
    assert np.array_equal(drawn(1, (2, 0.0)), first)
    assert np.abs(drawn(1, (2, 1.0)) - other).max() <= 1
    steps = [np.abs(drawn(1, (2, share)) - first).mean() for share in (0.1, 0.3, 0.8)]
    assert 0 < steps[0] < steps[1] < steps[2]
    assert np.array_equal(drawn(1, (2, 0.5), (3, 0.0)), drawn(1, (2, 0.5)))


@pytest.mark.parametrize("fixture", ["weights", "strict_weights"])
def test_a_palette_lays_the_same_colour_on_a_colour_whatever_the_size_and_the_repeat(fixture, request):
    loaded = load_generator(request.getfixturevalue(fixture), "cpu")
    palette = ["#d02020", "#20a040", "#2040d0", "#f0d020", "#ffffff"]

    def laid(**asked):
        plain, new = (sample_tile(loaded, seed=3, **asked, **more) for more in ({}, {"palette": palette}))
        return dict(zip(pixels_of(plain), pixels_of(new), strict=True))

    shown = laid(size=512)
    for asked in ({"size": 1024}, {"size": 256, "repeat": "half-drop"}, {"size": 256, "repeat": "mirror"}):
        found = laid(**asked)
        both = shown.keys() & found.keys()
        assert len(both) > 100
        assert {colour: found[colour] for colour in both} == {colour: shown[colour] for colour in both}


@pytest.mark.parametrize("fixture", ["weights", "striped_weights"])
def test_a_mix_is_judged_by_the_print_that_it_draws(fixture, request, monkeypatch):
    weights = request.getfixturevalue(fixture)
    record_sampling(weights, {"least_look": {"contrast": 1.0, "order": 0.0}})
    loaded, judged = load_generator(weights, "cpu"), []
    monkeypatch.setattr(sampling_module.LeastLook, "reached_by", lambda self, tile, realism: judged.append(tile) or 1.0)
    mixes = [(2, 0.4), (5, 0.3)]
    assert reaches_least_look(loaded, seed=1, mixes=mixes)
    assert np.array_equal(judged[-1], np.asarray(sample_tile(loaded, seed=1, size=64, mixes=mixes)))


def pixels_of(picture):
    return map(tuple, np.asarray(picture).reshape(-1, 3).tolist())


@pytest.mark.parametrize("wrong", [{"repeat": "spiral"}, {"mixes": [(-1, 0.5)]}, {"mixes": [(1, 1.5)]}])
def test_a_repeat_or_mix_that_makes_no_sense_is_refused(weights, wrong):
    with pytest.raises(GeneratorError, match=r"repeat is one of|whole number|share is from"):
        sample_tile(load_generator(weights, "cpu"), seed=1, size=64, **wrong)


@pytest.mark.parametrize("asked", [{"repeat": "mirror"}, {"mixes": [(2, 0.3)]}])
def test_what_a_network_of_one_vector_does_not_draw_is_refused_with_the_way_out(dcgan_weights, asked):
    loaded = load_generator(dcgan_weights, "cpu")
    with pytest.raises(GeneratorError, match=r"no repeat but basic, got \w+ and \d mixes: leave both out"):
        sample_tile(loaded, seed=1, size=64, **asked)
    assert sample_tile(loaded, seed=1, size=64, palette=["#102030", "#f0e0d0"]).size == (64, 64)


def strict(weights):
    record_sampling(weights, {"whole_cells": True})
    return load_generator(weights, "cpu")


def test_every_motif_of_a_strict_print_is_the_same(strict_weights):
    loaded = strict(strict_weights)
    seen = set()
    for seed in range(12):
        period = int(draw_print_code(loaded, seed).periods[0])
        seen.add(period)
        tile = np.asarray(sample_tile(loaded, seed=seed, size=480))
        assert np.array_equal(tile, np.roll(tile, period, axis=0))
        assert np.array_equal(tile, np.roll(tile, period, axis=1))
        assert not np.array_equal(tile, np.roll(tile, 8, axis=1))
    assert len(seen) > 2 and all(period % 8 == 0 for period in seen)


@pytest.mark.parametrize("fixture", ["strict_weights", "chevron_weights"])
def test_copies_of_a_unit_are_what_the_network_draws_at_that_size(fixture, request):
    loaded = strict(request.getfixturevalue(fixture))
    for seed in range(6):
        code = draw_print_code(loaded, seed)
        whole = sampling_module._draw(
            loaded,
            code,
            np.zeros((0, 60, 60), np.float32),
            draw_waves(code, size=480, cell=loaded.network.wave_cell),
            lambda _: None,
        )
        assert not any(480 % period for period in code.periods)
        assert np.abs(whole.astype(int) - np.asarray(sample_tile(loaded, seed=seed, size=480))).max() <= 1


@pytest.mark.parametrize("fixture", ["strict_weights", "chevron_weights"])
def test_a_strict_print_closes_where_its_periods_are_resampled_to_the_tile(fixture, request):
    loaded = strict(request.getfixturevalue(fixture))
    resampled = 0
    for seed in range(8):
        periods = draw_print_code(loaded, seed).periods
        resampled += any(512 % period for period in periods)
        tile = np.asarray(sample_tile(loaded, seed=seed, size=512), dtype=int)
        for axis in (0, 1):
            steps = np.abs(np.diff(tile, axis=axis, append=tile.take([0], axis))).mean(axis=(1 - axis, 2))
            # Where a period ends within the tile, the same lines of the print meet.
            count = round(512 / periods[1 - axis])
            ends = np.round(np.arange(1, count) * 512 / count).astype(int) - 1
            alike = np.stack([steps[ends - 1], steps[ends], steps[ends + 1]])
            assert alike.min() - 1 <= steps[-1] <= alike.max() + 1
        drop = np.asarray(sample_tile(loaded, seed=seed, size=512, repeat="half-drop"), dtype=int)
        assert np.abs(drop[:, 512:] - np.roll(drop[:, :512], 256, axis=0)).max() <= 1
    assert resampled > 2


def test_a_larger_strict_tile_is_more_of_the_same(strict_weights):
    loaded = strict(strict_weights)
    for seed in range(3):
        small, large = (np.asarray(sample_tile(loaded, seed=seed, size=size)) for size in (512, 1024))
        assert np.array_equal(np.tile(small, (2, 2, 1)), large)


def test_a_mix_of_strict_prints_is_strict(strict_weights):
    loaded = strict(strict_weights)
    tile = np.asarray(sample_tile(loaded, seed=1, size=480, mixes=[(2, 0.5)]))
    assert any(np.array_equal(tile, np.roll(tile, period, axis=1)) for period in (16, 24, 32, 40))


def test_versions_of_before_draw_their_prints_as_they_did(strict_weights):
    before = sample_tile(load_generator(strict_weights, "cpu"), seed=4, size=512)
    record_sampling(strict_weights, {"whole_cells": False})
    assert sample_tile(load_generator(strict_weights, "cpu"), seed=4, size=512) == before
    assert sample_tile(strict(strict_weights), seed=4, size=512) != before
