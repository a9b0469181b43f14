from __future__ import annotations

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from segmentation import FoundGarment, FoundGarments
from segmentation.checkpoint import read_header, save_weights
from segmentation.models import CLASSES, UnetConfig, build_unet
from training.evaluate_masks import boundary_f, class_map, main, record_scores


def square(start: int, end: int) -> np.ndarray:
    mask = np.zeros((60, 60), bool)
    mask[start:end, start:end] = True
    return mask


def test_the_boundary_score_forgives_two_pixels_and_not_five():
    assert boundary_f(square(15, 45), square(15, 45)) == 1.0
    assert boundary_f(square(15, 45), square(16, 44)) == 1.0
    assert boundary_f(square(15, 45), square(20, 40)) < 0.2
    assert boundary_f(square(15, 45), square(0, 0)) == 0.0
    assert boundary_f(square(0, 0), square(0, 0)) == 1.0


def test_the_stronger_garment_wins_a_pixel():
    upper, lower = np.full((4, 4), 200, np.uint8), np.zeros((4, 4), np.uint8)
    lower[2:] = 255
    garments = [FoundGarment(name, mask, (0, 0, 4, 4), 1.0, 1.0) for name, mask in (("upper", upper), ("lower", lower))]
    classes = class_map(FoundGarments(np.maximum(upper, lower), garments))
    assert (classes[:2] == CLASSES.index("upper")).all()
    assert (classes[2:] == CLASSES.index("lower")).all()


def test_a_folder_without_labels_is_one_line_and_exit_2(tmp_path, capsys):
    assert main(["--data", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_unknown_weights_are_named(tmp_path, capsys):
    (tmp_path / "labels.json").write_text('["null"]')
    assert main(["--data", str(tmp_path), "--model", "nobody"]) == 2
    assert "nobody" in capsys.readouterr().err


def test_recorded_scores_join_the_header_and_leave_the_weights(tmp_path):
    torch.manual_seed(0)
    config = UnetConfig(height=64, width=64, decoder_channels=(16, 16, 8, 8, 8))
    path = save_weights(
        tmp_path / "w.safetensors", build_unet(config), config, data_sources=[{"name": "made"}], metrics={"a": 1}
    )
    before = load_file(path)
    record_scores(path, {"clothing_iou": 0.9, "worst": []})
    after = load_file(path)
    assert read_header(path)["metrics"] == {"a": 1, "held_out_at_photo_size": {"clothing_iou": 0.9}}
    assert read_header(path)["data_sources"] == [{"name": "made"}]
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("shift", [1, 2])
def test_a_shift_within_reach_is_right(shift):
    assert boundary_f(square(15, 45), np.roll(square(15, 45), shift, axis=1)) == 1.0
