from __future__ import annotations

import argparse
import dataclasses
import json

import pytest
import torch

from segmentation.checkpoint import load_weights, read_header, save_weights, version_of
from segmentation.models import STRIDE, UnetConfig, build_unet
from training import distil
from training.garments import load_street_photos
from training.unet import WEIGHTS_FILE, UnetRun

LARGE = UnetConfig(height=64, width=64, decoder_channels=(16, 16, 8, 8, 8))
LIGHT = dataclasses.replace(LARGE, decoder_channels=(8, 8, 8, 8))


@pytest.fixture(scope="module")
def teacher(tmp_path_factory):
    torch.manual_seed(0)
    model = build_unet(LARGE)
    # some classes are likelier than others, as in a trained network
    torch.nn.init.normal_(model.segmentation_head[0].bias, std=2.0)
    path = tmp_path_factory.mktemp("teacher") / "teacher.safetensors"
    return save_weights(path, model, LARGE, data_sources=[], metrics={})


def distiller(labelled, teacher, output, **settings):
    run = UnetRun(batch=4, config=LIGHT, checkpoint_seconds=1e9, learning_rate=1e-2, **settings)
    street, held_out = (load_street_photos(labelled, 64, 64, held_out=held_out) for held_out in (False, True))
    return distil.Distiller(run, teacher, street, held_out, None, output)


def test_the_lighter_network_comes_to_answer_as_its_teacher_with_the_teachers_own_encoder(labelled, teacher, tmp_path):
    one = distiller(labelled, teacher, tmp_path, steps=24)
    at_first = one.take_step()
    one.train()
    assert one.take_step() < 0.5 * at_first
    learned, config, header = load_weights(tmp_path / WEIGHTS_FILE)
    assert config == LIGHT
    assert header["training"]["teacher"] == version_of(teacher)
    encoder = learned.get_submodule("encoder").state_dict()
    for name, value in load_weights(teacher)[0].get_submodule("encoder").state_dict().items():
        assert torch.equal(encoder[name], value), name


def test_pictures_come_in_all_sizes_that_predictions_are_asked_for_with_about_as_many_pixels(
    labelled, teacher, tmp_path
):
    run = UnetRun(batch=16, config=dataclasses.replace(LIGHT, height=256, width=256))
    street = load_street_photos(labelled, 64, 64, held_out=False)
    one = distil.Distiller(run, teacher, street, street, None, tmp_path)
    shapes = [one.batch_shape(step) for step in range(len(distil.SCALES))]
    # Sides are multiples of the network's stride, the nearest to those that predictions ask for.
    assert [shape[1:] for shape in shapes] == [(round(256 * scale / STRIDE) * STRIDE,) * 2 for scale in distil.SCALES]
    pixels = [count * height * width for count, height, width in shapes]
    assert max(pixels) < 1.1 * min(pixels)
    photos, masks = one.draw_batch(1)
    assert photos.shape[:3] == masks.shape == shapes[1]


def test_a_resumed_run_ends_where_an_uninterrupted_one_does(labelled, teacher, tmp_path):
    whole = distiller(labelled, teacher, tmp_path / "whole", steps=4)
    whole.train()
    first = distiller(labelled, teacher, tmp_path / "parts", steps=4)
    first.should_stop = lambda: first.step == 2
    first.train()
    second = distiller(labelled, teacher, tmp_path / "parts", steps=4)
    second.resume()
    second.train()
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, second.model.state_dict()[name]), name


def test_a_teacher_with_another_encoder_is_refused(labelled, teacher, tmp_path):
    run = UnetRun(config=dataclasses.replace(LIGHT, encoder="tu-tf_efficientnet_lite1"))
    street = load_street_photos(labelled, 64, 64, held_out=False)
    with pytest.raises(ValueError, match="another encoder"):
        distil.Distiller(run, teacher, street, street, None, tmp_path)


def test_the_command_teaches_and_a_missing_teacher_is_one_line(labelled, teacher, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("training.runs.signal.signal", lambda *_: None)
    parser = argparse.ArgumentParser()
    distil.add_arguments(parser)
    common = ["--data", str(labelled), "--output", str(tmp_path), "--steps", "1", "--batch", "2"]
    widths = ["--decoder-channels", "8", "8", "8", "8"]
    assert distil.run(parser.parse_args(["--teacher", str(teacher), *common, *widths])) == 0
    assert json.loads(capsys.readouterr().out)["steps"] == 1
    assert read_header(tmp_path / WEIGHTS_FILE)["hyper_parameters"]["decoder_channels"] == [8, 8, 8, 8]
    assert distil.run(parser.parse_args(["--teacher", str(tmp_path / "none"), *common])) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_slimmed_decoder_answers_nearer_to_its_teacher_than_one_of_random_weights(labelled, teacher, tmp_path):
    one = distiller(labelled, teacher, tmp_path, steps=1)
    pictures = one._as_input(one.draw_batch(40)[0])
    masks = one.draw_batch(40)[1]
    one.model.eval()
    with torch.no_grad():
        at_random = one.loss_of(pictures, masks)
        one.slim()
        slimmed = one.loss_of(pictures, masks)
    assert slimmed < 0.3 * at_random


def test_a_decoder_slimmed_to_its_own_width_is_the_teacher_at_half_the_size(labelled, teacher, tmp_path):
    run = UnetRun(batch=4, config=dataclasses.replace(LARGE, decoder_channels=(16, 16, 8, 8)), steps=1)
    street = load_street_photos(labelled, 64, 64, held_out=False)
    one = distil.Distiller(run, teacher, street, street, None, tmp_path)
    one.slim()
    pictures = one._as_input(one.draw_batch(0)[0])
    one.model.eval()
    with torch.inference_mode():
        features = one.teacher.encoder(pictures)
        theirs = _upto(one.teacher.decoder, features, 4)
        ours = one.model.decoder(features)
    assert (ours - theirs).abs().mean() < 0.05 * theirs.abs().mean()


def _upto(decoder, features, blocks):
    maps = features[-1]
    for number, block in enumerate(decoder.blocks[:blocks]):
        skip = features[-2 - number]
        maps = block(maps, *skip.shape[-2:], skip_connection=skip)
    return maps
