from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from segmentation import FoundGarment, FoundGarments
from segmentation.checkpoint import read_header, save_weights
from segmentation.models import CLASSES, UnetConfig, build_unet
from training.evaluate_masks import boundary_f, class_map, failure_picture, main, record_scores


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


def test_a_picture_of_a_failure_tells_missed_from_wrong():
    photo = np.full((60, 60, 3), 100, np.uint8)
    picture = np.asarray(failure_picture(photo, square(10, 40), square(20, 50)))
    assert picture.shape == (60, 120, 3)
    assert np.array_equal(picture[:, :60], photo)
    missed, wrong, right, ground = (picture[at, 60 + at].astype(int) for at in (15, 45, 30, 55))
    assert missed[0] > missed[2] + 50
    assert wrong[2] > wrong[0] + 50
    assert right[1] > max(right[0], right[2])
    assert (ground == 100).all()


def test_the_worst_photos_are_shown_and_the_scores_written(tmp_path, capsys):
    torch.manual_seed(0)
    config = UnetConfig(height=64, width=64, decoder_channels=(16, 16, 8, 8, 8))
    weights = save_weights(tmp_path / "w.safetensors", build_unet(config), config, data_sources=[], metrics={})
    for folder in ("photos", "masks"):
        (tmp_path / folder).mkdir()
    (tmp_path / "labels.json").write_text('["null", "dress"]')
    Image.new("RGB", (64, 96), "white").save(tmp_path / "photos" / "0005.jpg")
    Image.fromarray(square(10, 40).astype(np.uint8)[:, :48]).resize((64, 96)).save(tmp_path / "masks" / "0005.png")
    command = ["--data", str(tmp_path), "--model", str(weights), "--device", "cpu", "--output", str(tmp_path / "out")]
    assert main(command) == 0
    scores = json.loads(capsys.readouterr().out)
    assert scores == json.loads((tmp_path / "out" / "scores.json").read_text())
    assert scores["worst"][0]["photo"] == "0005"
    with Image.open(tmp_path / "out" / "01-0005.jpg") as picture:
        assert picture.size == (128, 96)


def test_product_photos_are_scored_where_they_are_given(tmp_path, capsys):
    torch.manual_seed(0)
    config = UnetConfig(height=64, width=64, decoder_channels=(16, 16, 8, 8, 8))
    weights = save_weights(tmp_path / "w.safetensors", build_unet(config), config, data_sources=[], metrics={})
    for folder in ("photos", "masks", "products/striped"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "labels.json").write_text('["null", "dress"]')
    Image.new("RGB", (64, 96), "white").save(tmp_path / "photos" / "0005.jpg")
    Image.fromarray(square(10, 40).astype(np.uint8)[:, :48]).resize((64, 96)).save(tmp_path / "masks" / "0005.png")
    for number in range(8):
        Image.new("RGB", (64, 96), "white").save(tmp_path / "products" / "striped" / f"{number}.jpg")
    command = ["--data", str(tmp_path), "--model", str(weights), "--device", "cpu"]
    command += ["--products", str(tmp_path / "products"), "--labeller", str(weights)]
    assert main(command) == 0
    worn = json.loads(capsys.readouterr().out)["worn_products"]
    assert worn["photos"] == worn["photos_painted"] == 0  # nobody is on white paper


def test_a_folder_without_product_photos_is_one_line(tmp_path, capsys):
    (tmp_path / "labels.json").write_text('["null", "dress"]')
    assert main(["--data", str(tmp_path), "--products", str(tmp_path / "nowhere")]) == 2
    assert "must hold product photos" in capsys.readouterr().err
