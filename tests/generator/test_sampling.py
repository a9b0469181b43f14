import numpy as np
import pytest

from generator import GeneratorError, load_generator, sample_tile
from generator import sampling as sampling_module


def seam_ratio(tile):
    """Mean absolute step across the wrap divided by the mean step inside, the larger of both directions."""
    pixels = np.asarray(tile, dtype=float)
    ratios = []
    for axis in (0, 1):
        inside = np.abs(np.diff(pixels, axis=axis)).mean()
        wrap = np.abs(np.take(pixels, 0, axis=axis) - np.take(pixels, -1, axis=axis)).mean()
        ratios.append(wrap / inside)
    return max(ratios)


def test_same_seed_gives_the_same_bytes_and_another_seed_gives_others(weights):
    loaded = load_generator(weights, "cpu")
    first = sample_tile(loaded, seed=7, size=128).tobytes()
    assert sample_tile(loaded, seed=7, size=128).tobytes() == first
    assert sample_tile(loaded, seed=8, size=128).tobytes() != first


@pytest.mark.parametrize("fixture", ["weights", "striped_weights"])
@pytest.mark.parametrize("size", [64, 208])
def test_a_tile_closes_on_itself(fixture, size, request):
    loaded = load_generator(request.getfixturevalue(fixture), "cpu")
    ratios = [seam_ratio(sample_tile(loaded, seed=seed, size=size)) for seed in range(12)]
    assert 0.8 < np.mean(ratios) < 1.25


@pytest.mark.parametrize("fixture", ["weights", "striped_weights"])
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
    monkeypatch.setattr(sampling_module, "WINDOW", 8)
    loaded = load_generator(weights, "cpu")
    seen = []
    sample_tile(loaded, seed=1, size=256, progress=seen.append)
    assert seen == [0.25, 0.5, 0.75, 1.0]

    def stop(_share):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sample_tile(loaded, seed=1, size=256, progress=stop)
