from __future__ import annotations

import argparse

import pytest
import torch

from segmentation.checkpoint import load_weights, save_weights
from segmentation.models import CLASSES, UnetConfig, build_unet
from training import logit_adjustment
from training.garments import load_street_photos
from training.unet import class_weights

SMALL = UnetConfig(height=64, width=64, decoder_channels=(16, 16, 8, 8))


@pytest.fixture
def weights(tmp_path):
    torch.manual_seed(0)
    return save_weights(
        tmp_path / "run.safetensors", build_unet(SMALL), SMALL, data_sources=[], metrics={"a": 1}, training={"steps": 2}
    )


def adjusted(weights, labelled, *more):
    parser = argparse.ArgumentParser()
    logit_adjustment.add_arguments(parser)
    output = weights.with_name("adjusted.safetensors")
    command = ["--data", str(labelled), "--weights", str(weights), "--output", str(output), *more]
    return logit_adjustment.run(parser.parse_args(command)), output


def test_all_taken_back_the_odds_of_two_classes_fall_by_their_weights(labelled, weights):
    code, output = adjusted(weights, labelled, "--share", "1")
    assert code == 0
    (before, _, _), (after, _, header) = load_weights(weights), load_weights(output)
    picture = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        fell = before(picture) - after(picture)
    expected = class_weights(load_street_photos(labelled, 64, 64, held_out=False).masks).log()
    torch.testing.assert_close(fell, expected[:, None, None].expand_as(fell[0])[None], atol=2e-3, rtol=0)
    assert fell[0, CLASSES.index("upper"), 0, 0] > fell[0, CLASSES.index("background"), 0, 0] + 0.2  # shirts are rarer
    assert header["training"] == {"steps": 2, "weights_taken_back": 1.0}
    assert header["metrics"] == {}  # they were measured before


def test_a_share_of_none_changes_no_tensor(labelled, weights):
    code, output = adjusted(weights, labelled, "--share", "0")
    assert code == 0
    (before, _, _), (after, _, _) = load_weights(weights), load_weights(output)
    for name, value in before.state_dict().items():
        assert torch.equal(value, after.state_dict()[name]), name


def test_weights_are_adjusted_once(labelled, weights, capsys):
    _, output = adjusted(weights, labelled)
    code, _ = adjusted(output, labelled)
    assert code == 2
    assert "adjusted before" in capsys.readouterr().err


@pytest.mark.parametrize("share", ["2", "-0.1", "most", "nan"])
def test_a_share_is_between_0_and_1(labelled, weights, share, capsys):
    with pytest.raises(SystemExit):
        adjusted(weights, labelled, "--share", share)
    assert "give a share from 0 to 1" in capsys.readouterr().err
    assert not weights.with_name("adjusted.safetensors").exists()


def test_photos_without_labels_are_named(weights, tmp_path, capsys):
    code, _ = adjusted(weights, tmp_path)
    assert code == 2
    assert "labels.json" in capsys.readouterr().err
    assert not weights.with_name("adjusted.safetensors").exists()
