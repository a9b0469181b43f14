import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from generator import WeightsError, available_device, load_generator, read_header, shipped_weights
from generator.checkpoint import HEADER_KEY


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(WeightsError, match=r"no weights at .*gone\.safetensors"):
        load_generator(tmp_path / "gone.safetensors")


@pytest.mark.parametrize("keep", [0, 20, 5000])
def test_a_truncated_file_is_refused_and_left_in_place(weights, keep):
    data = weights.read_bytes()[:keep]
    weights.write_bytes(data)
    with pytest.raises(WeightsError, match="restore it or train again"):
        load_generator(weights)
    assert weights.read_bytes() == data


def test_a_pickle_is_refused(tmp_path):
    path = tmp_path / "hostile.safetensors"
    torch.save({"weight": torch.zeros(3)}, path)
    with pytest.raises(WeightsError, match="not a readable weights file"):
        load_generator(path)


def test_a_foreign_safetensors_file_is_refused(tmp_path):
    path = tmp_path / "foreign.safetensors"
    save_file({"weight": torch.zeros(3)}, path)
    with pytest.raises(WeightsError, match="no generator header"):
        load_generator(path)


def test_tensors_that_do_not_fit_the_header_are_refused(tmp_path):
    path = tmp_path / "odd.safetensors"
    header = {
        "format": 2,
        "architecture": "dcgan",
        "hyper_parameters": {"latent_channels": 10, "features": 4},
        "sampling": {"waves": "none"},
        "category": "floral",
    }
    save_file({"weight": torch.zeros(3)}, path, metadata={HEADER_KEY: json.dumps(header)})
    with pytest.raises(WeightsError, match="do not fit its header"):
        load_generator(path)


def test_waves_of_another_version_are_refused_by_name(weights):
    header = read_header(weights)
    tensors = load_file(weights)
    header["sampling"] = {"waves": "spiral"}
    save_file(tensors, weights, metadata={HEADER_KEY: json.dumps(header)})
    with pytest.raises(WeightsError, match="waves 'spiral'; this version knows none, x, lines, xy"):
        load_generator(weights)


def test_an_unknown_device_is_refused():
    with pytest.raises(WeightsError, match="choose auto, cpu or cuda"):
        available_device("tpu")


@pytest.mark.parametrize("slug", sorted(shipped_weights()))
def test_shipped_weights_load_name_their_sources_and_stay_small(slug):
    path = shipped_weights()[slug]
    loaded = load_generator(path, "cpu")
    assert loaded.category == slug
    assert loaded.header["sources"]
    assert path.stat().st_size <= 8_000_000
