from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from segmentation.checkpoint import load_weights, save_weights
from segmentation.models import UnetConfig, build_unet
from training.__main__ import main

SMALL = UnetConfig(height=64, width=64, decoder_channels=(16, 16, 8, 8, 8))


def saved(path: Path, value: float, config: UnetConfig = SMALL) -> Path:
    """A network whose every number is `value`."""
    model = build_unet(config)
    model.load_state_dict(
        {name: tensor.new_full(tensor.shape, value) for name, tensor in model.state_dict().items()},
    )
    source = {"name": f"of {value}", "licence": "MIT"}
    return save_weights(path, model, config, data_sources=[source], metrics={}, training={"steps": int(value)})


def test_the_mean_counts_each_file_by_its_share_and_says_so_in_its_header(tmp_path, capsys):
    one, two = saved(tmp_path / "one.safetensors", 1), saved(tmp_path / "two.safetensors", 5)
    output = tmp_path / "mean.safetensors"
    assert main(["average", f"{one}=3", str(two), "--output", str(output)]) == 0
    assert capsys.readouterr().out.strip() == str(output)
    model, config, header = load_weights(output)
    assert config == SMALL
    floats = [tensor for tensor in model.state_dict().values() if tensor.is_floating_point()]
    assert all(torch.allclose(tensor, torch.tensor(2.0)) for tensor in floats)
    assert [(part["share"], part["steps"]) for part in header["training"]["mean_of"]] == [(0.75, 1), (0.25, 5)]
    assert [source["name"] for source in header["data_sources"]] == ["of 1", "of 5"]


def test_the_mean_of_one_file_is_that_file(tmp_path):
    torch.manual_seed(0)
    path = save_weights(tmp_path / "a.safetensors", build_unet(SMALL), SMALL, data_sources=[], metrics={}, training={})
    assert main(["average", str(path), "--output", str(tmp_path / "b.safetensors")]) == 0
    before, after = (load_weights(tmp_path / name)[0].state_dict() for name in ("a.safetensors", "b.safetensors"))
    assert all(torch.equal(tensor, after[name]) for name, tensor in before.items())


def test_another_network_a_missing_file_and_a_bad_share_are_one_line(tmp_path, capsys):
    one = saved(tmp_path / "one.safetensors", 1)
    other = saved(tmp_path / "other.safetensors", 1, replace(SMALL, height=96))
    output = tmp_path / "mean.safetensors"
    for arguments, words in (
        ([str(one), str(other)], "of another network"),
        ([str(tmp_path / "none.safetensors")], "do not exist"),
    ):
        assert main(["average", *arguments, "--output", str(output)]) == 2
        assert words in capsys.readouterr().err
    for share in ("=0", "=-1", "=much", "=inf"):
        with pytest.raises(SystemExit) as stopped:
            main(["average", f"{one}{share}", "--output", str(output)])
        assert stopped.value.code == 2
        assert "FILE=SHARE" in capsys.readouterr().err
    assert not output.exists()
