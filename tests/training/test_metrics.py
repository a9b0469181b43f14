from __future__ import annotations

import numpy as np
import pytest

from generator.looks import spectral_order
from training.metrics import (
    band_contrast,
    basic_seam,
    between_photos,
    density_and_coverage,
    frechet_distance,
    kernel_distance,
    seam_ratio,
    wrap_line,
)


@pytest.fixture
def features():
    return np.random.default_rng(0).normal(size=(400, 8))


def grey(levels):
    """Pictures (N, S, S, 3) uint8 of levels (N, S, S) or (S, S)."""
    levels = np.asarray(levels)
    return np.repeat(np.uint8(np.clip(levels, 0, 255))[..., None], 3, axis=-1)


def noise(count, side, seed=0):
    return np.random.default_rng(seed).normal(127, 30, (count, side, side))


def test_the_same_features_are_at_no_distance_and_moved_ones_at_theirs(features):
    assert frechet_distance(features, features) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(features, features + 3) == pytest.approx(8 * 9)
    assert frechet_distance(features, 2 * features) > 1


def test_the_kernel_distance_is_near_zero_for_draws_of_one_distribution_and_grows(features):
    other = np.random.default_rng(1).normal(size=(400, 8))
    assert abs(kernel_distance(features, other)) < 0.05
    assert kernel_distance(features, other + 1) > 1


def test_patches_of_one_photo_are_no_neighbours(features):
    photos = np.repeat(np.arange(200), 2)
    apart = between_photos(features, photos)
    assert np.isinf(apart[[0, 1, 0], [1, 0, 0]]).all()
    assert apart[0, 2] == pytest.approx(np.linalg.norm(features[0] - features[2]))


def test_draws_of_one_distribution_cover_it_and_collapsed_ones_do_not(features):
    photos = np.arange(400)
    density, coverage = density_and_coverage(np.random.default_rng(1).normal(size=(400, 8)), features, photos)
    assert density == pytest.approx(1, abs=0.15)
    # Naeem et al. expect 1 - 2^-5 = 0.97 of two equal draws.
    assert coverage == pytest.approx(0.97, abs=0.03)
    density, coverage = density_and_coverage(np.tile(features.mean(0), (400, 1)), features, photos)
    assert density > 1
    assert coverage < 0.5
    assert density_and_coverage(features + 50, features, photos) == (0, 0)


def test_balls_reach_to_other_photos_so_that_a_photos_own_patches_do_not_shrink_them(features):
    # Eight patches of each of 50 photos, all but equal: among themselves they would leave nothing to be covered.
    centres = np.repeat(features[:50], 8, axis=0)
    real = centres + 1e-3 * np.random.default_rng(1).normal(size=centres.shape)
    made = np.random.default_rng(2).normal(size=(400, 8))
    assert density_and_coverage(made, real, np.repeat(np.arange(50), 8))[1] > 0.7
    assert density_and_coverage(made, real, np.arange(400))[1] < 0.1


def test_stripes_have_order_noise_has_little_and_plain_cloth_none():
    stripes = np.broadcast_to(127 + 90 * np.sin(2 * np.pi * np.arange(64) / 13), (64, 64))
    order = spectral_order(grey(np.stack([stripes, *noise(1, 64), np.full((64, 64), 90)])))
    assert order[0] > 0.98
    assert 0.02 < order[1] < 0.08
    assert order[2] == 0


def test_the_light_of_a_patch_is_no_order():
    dark, light = (spectral_order(grey(noise(1, 64) / scale))[0] for scale in (2, 1))
    assert dark == pytest.approx(light, abs=0.005)


def test_a_tile_that_closes_has_a_seam_ratio_of_one_and_a_cut_one_more():
    x = np.arange(64) / 64
    wave = 127 + 100 * np.sin(2 * np.pi * (x[None] + x[:, None] + 0.1))
    tile = np.repeat(wave[..., None], 3, axis=2)
    assert seam_ratio([tile]) == pytest.approx(1, abs=0.15)
    assert seam_ratio([tile[:, :40]]) > 3


def test_the_phase_of_a_wave_at_the_wrap_is_no_seam():
    stripes = np.where(np.arange(64) % 32 < 16, 40, 200)
    tiles = grey(np.broadcast_to(stripes, (4, 64, 64)))  # whose every wrap falls on an edge of a stripe
    assert seam_ratio(list(tiles)) > 1.5
    assert seam_ratio(list(tiles), half=32) == pytest.approx(1)
    shifted = np.concatenate([tiles, np.roll(tiles, 32, axis=1)], axis=2)
    assert seam_ratio(list(shifted), half=32) == pytest.approx(1)
    leaning = noise(4, 64) + np.linspace(-100, 100, 64)[None, :, None]
    assert seam_ratio(list(grey(np.concatenate([leaning, np.roll(leaning, 32, axis=1)], axis=2))), half=32) > 2


def test_the_wrap_of_strict_prints_is_compared_with_lines_of_its_own_phase():
    random = np.random.default_rng(0)
    places = np.arange(64) / 64
    cycles, phases = random.integers(2, 6, 40), random.uniform(0, 1, 40)
    stripes = 120 + 80 * np.sin(2 * np.pi * (cycles[:, None] * places + phases[:, None]))
    tiles = grey(np.broadcast_to(stripes[:, None], (40, 64, 64)))
    assert basic_seam(tiles) == pytest.approx(1, abs=0.02)
    seamed = tiles.copy()
    seamed[:, :, -1] = np.clip(seamed[:, :, -1].astype(int) + 60, 0, 255)
    assert basic_seam(seamed) > 1.5


def test_prints_without_a_strict_repeat_are_compared_with_all_lines():
    closed = grey(noise(16, 64))
    assert basic_seam(closed) == seam_ratio(list(closed))


def test_a_faint_line_where_tiles_meet_stands_out_though_the_texture_hides_it_from_the_seam_ratio():
    closed = noise(32, 64)
    ratio, spread = wrap_line(grey(closed))
    assert abs(ratio - 1) < 4 * spread
    leaning = closed + np.linspace(-10, 10, 64)[None, :, None]
    ratio, spread = wrap_line(grey(leaning))
    assert ratio > 1 + 6 * spread
    assert seam_ratio(list(grey(leaning))) < 1.3


def test_lines_too_faint_to_see_count_as_none():
    rows, columns = np.indices((64, 64))
    tile = 90 + ((rows >= 32) & ((rows + columns) % 8 == 0))
    assert wrap_line(grey(tile)[None])[0] == pytest.approx(1 / 8 / 0.5)


def test_bands_are_counted_along_the_way_they_run():
    rows = noise(8, 96) + 30 * (np.arange(96) < 30)[None, :, None]
    plain, banded = band_contrast(grey(noise(8, 96))), band_contrast(grey(rows))
    assert banded[0] > 3 * plain[0]
    assert banded[1] == pytest.approx(plain[1], rel=0.3)


def test_a_mirrored_repeat_has_the_bands_of_what_is_repeated():
    pictures = grey(noise(4, 48))
    mirrored = np.concatenate([pictures, pictures[:, ::-1]], axis=1)
    assert band_contrast(mirrored)[0] == pytest.approx(band_contrast(pictures)[0])
