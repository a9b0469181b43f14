import numpy as np
import pytest

from segmentation.noise import LEAST_NOISE, noise_of, without_noise


def step(height: int = 160, width: int = 120) -> np.ndarray:
    """Two colours that meet in the middle, each with an even slope of light."""
    photo = np.empty((height, width, 3), np.float32)
    photo[:, : width // 2], photo[:, width // 2 :] = (170, 70, 60), (60, 90, 150)
    return photo + np.linspace(0, 30, height, dtype=np.float32)[:, None, None]


def grainy(photo: np.ndarray, deviation: float) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, deviation, photo.shape)
    return (photo + noise).clip(0, 255).round().astype(np.uint8)


@pytest.mark.parametrize("deviation", [8.0, 20.0])
def test_the_grain_of_a_photo_is_measured(deviation):
    # Of three channels' grain the grey picture has the root of the sum of squares by their shares of it.
    grey = deviation * np.linalg.norm([0.299, 0.587, 0.114])
    assert noise_of(grainy(step(), deviation)) == pytest.approx(grey, rel=0.12)


def test_checks_beside_a_plain_wall_are_no_grain():
    photo = step().astype(np.uint8)
    photo[40:120, 30:90] = np.where(np.indices((80, 60)).sum(0)[..., None] % 2, 30, 220)
    assert noise_of(photo) < LEAST_NOISE


def test_a_photo_without_grain_is_left_as_it_is():
    photo = step().astype(np.uint8)
    assert without_noise(photo) is photo


def test_grain_goes_and_edges_stay():
    clean = step()
    noisy = grainy(clean, 20)
    smooth = without_noise(noisy).astype(np.float32)
    assert np.abs(smooth - clean).mean() < 0.4 * np.abs(noisy - clean).mean()
    red = smooth[..., 0].mean(axis=0)
    assert red[57] - red[62] > 0.9 * (170 - 60)


@pytest.mark.parametrize("size", [(1, 1), (20, 400), (31, 33)])
def test_pictures_too_small_to_tell_are_left_alone(size):
    photo = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    assert noise_of(photo) == 0
    assert without_noise(photo) is photo
