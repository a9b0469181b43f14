from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from segmentation import WeightsError, load_segmenter
from segmentation.checkpoint import HEADER_KEY, load_weights, read_header, save_weights, version_of
from segmentation.models import UnetConfig, build_unet

CONFIG = UnetConfig(height=64, width=64, decoder_channels=(16, 16, 8, 8, 8))


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "small.safetensors"
    return save_weights(path, build_unet(CONFIG), CONFIG, data_sources=[{"name": "made"}], metrics={"clothing": 0.5})


def test_a_saved_network_comes_back_with_its_header(weights):
    model, config, header = load_weights(weights)
    assert config == CONFIG
    assert not model.training
    assert header["data_sources"] == [{"name": "made"}]
    assert header["metrics"] == {"clothing": 0.5}
    assert len(header["classes"]) == 9
    with torch.inference_mode():
        assert model(torch.zeros(1, 3, 64, 64)).shape == (1, 9, 64, 64)
    assert not list(weights.parent.glob("*.part"))


def test_the_version_names_the_network_and_not_what_its_header_tells_of_it(weights, tmp_path):
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(weights.read_bytes())
    assert version_of(copy) == version_of(weights)
    model, config, header = load_weights(weights)
    save_weights(copy, model, config, data_sources=[], metrics={"clothing": 0.9}, training=header["training"])
    assert copy.read_bytes() != weights.read_bytes()
    assert version_of(copy) == version_of(weights)
    save_weights(copy, model, replace(config, height=config.height + 32), data_sources=[], metrics={})
    assert version_of(copy) != version_of(weights)
    with torch.no_grad():
        next(model.parameters()).flatten()[0] += 1
    save_weights(copy, model, config, data_sources=[], metrics={})
    assert version_of(copy) != version_of(weights)
    copy.write_bytes(weights.read_bytes() + b" ")
    assert version_of(copy) != version_of(weights)


def test_a_missing_file_and_an_unknown_name_are_named(tmp_path):
    with pytest.raises(WeightsError, match="do not exist"):
        load_segmenter(tmp_path / "none.safetensors")
    with pytest.raises(WeightsError, match="no garment network 'nobody'"):
        load_segmenter("nobody")


@pytest.mark.parametrize("keep", [0, 4, 200, 100_000])
def test_a_cut_file_is_damaged(weights, tmp_path, keep):
    path = tmp_path / "cut.safetensors"
    path.write_bytes(weights.read_bytes()[:keep])
    with pytest.raises(WeightsError, match="damaged"):
        load_segmenter(path, device="cpu")
    assert path.exists()


def rewrite(weights, path, *, tensors=None, **changes):
    header = read_header(weights) | changes
    save_file(tensors or load_file(weights), path, metadata={HEADER_KEY: json.dumps(header)})
    return path


def test_files_of_another_kind_or_format_are_incompatible(weights, tmp_path):
    save_file(load_file(weights), tmp_path / "bare.safetensors")
    with pytest.raises(WeightsError, match="no AI Fashion header"):
        load_weights(tmp_path / "bare.safetensors")
    with pytest.raises(WeightsError, match="format 99"):
        load_weights(rewrite(weights, tmp_path / "new.safetensors", format_version=99))


def test_tensors_that_do_not_fit_or_are_not_numbers_are_refused(weights, tmp_path):
    tensors = load_file(weights)
    name = next(key for key in tensors if key.startswith("segmentation_head") and key.endswith("weight"))
    with pytest.raises(WeightsError, match="do not fit"):
        load_weights(rewrite(weights, tmp_path / "less.safetensors", tensors={name: tensors[name]}))
    broken = tensors | {name: torch.full_like(tensors[name], float("nan"))}
    with pytest.raises(WeightsError, match="not numbers"):
        load_weights(rewrite(weights, tmp_path / "nan.safetensors", tensors=broken))


def test_a_working_size_that_the_network_cannot_halve_is_refused():
    with pytest.raises(ValueError, match="multiples of 32, got 100 x 64"):
        UnetConfig(height=100, width=64)
