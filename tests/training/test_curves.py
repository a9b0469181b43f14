import numpy as np
import pytest
from PIL import Image

from training.curves import draw_curves, running_mean


def test_the_running_mean_looks_back_over_its_window_and_over_less_at_the_start():
    assert running_mean(np.array([1.0, 3.0, 5.0, 9.0]), 2) == pytest.approx([1, 2, 4, 7])


def test_curves_are_drawn_anew_and_show_the_losses(tmp_path):
    rows = [{"step": step, "loss_d": 1.0, "loss_g": 2.0, "d_real": 0.6, "d_fake": 0.4} for step in range(1, 60)]
    draw_curves(rows[:1], tmp_path / "losses.png")
    first = np.asarray(Image.open(tmp_path / "losses.png").convert("RGB"))
    draw_curves(rows, tmp_path / "losses.png")
    second = np.asarray(Image.open(tmp_path / "losses.png").convert("RGB"))
    blue = (second.astype(int)[..., 2] - second[..., 0] > 100).sum()
    assert first.shape == second.shape
    assert blue > (first.astype(int)[..., 2] - first[..., 0] > 100).sum() + 500
    assert not list(tmp_path.glob("*.part"))
