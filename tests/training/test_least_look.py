from __future__ import annotations

import numpy as np
import pytest

from generator import load_generator, read_header
from generator.looks import LeastLook, contrast
from generator.sampling import fineness_of, is_strict
from tests.generator.conftest import make_strict_weights, make_weights
from tests.training.tiny import write_stripes
from training import realism
from training.__main__ import main
from training.least_look import least_look_of


def test_one_swatch_in_fifty_has_less_contrast_than_prints_must_have():
    strengths = np.linspace(4, 100, 101)
    ramp = 127 + strengths[:, None, None] * np.sin(np.arange(80) / 3)[None, None, :]
    pictures = np.repeat(np.uint8(np.broadcast_to(ramp, (101, 80, 80)))[..., None], 3, axis=-1)
    least = least_look_of(pictures)
    assert np.mean(contrast(pictures[:, 8:72, 8:72]) < least["contrast"]) == pytest.approx(0.02, abs=0.01)
    assert 0.9 < least["order"] <= 1


def test_plain_cloth_is_not_asked_for_order():
    weave = np.uint8(np.random.default_rng(0).normal(127, 9, (40, 80, 80, 1)).repeat(3, axis=-1))
    least = least_look_of(weave)
    assert least["order"] == 0
    assert 7 < least["contrast"] < 10
    assert LeastLook(**least).reached_by(weave[0, :64, :64]) >= 1


def test_the_command_writes_it_into_the_header_and_names_what_is_missing(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(realism, "LEAST_AGREEMENT", -1.0)
    weights = make_weights(tmp_path / "dotted.safetensors", category="dotted")
    before = read_header(weights)
    (tmp_path / "swatches" / "dotted").mkdir(parents=True)
    write_stripes(tmp_path / "swatches" / "dotted")
    asked = ["least-look", "--data", str(tmp_path / "swatches"), "--weights", str(weights), "--judge-codes", "60"]
    assert main([*asked, "--category", "dotted"]) == 0
    header = read_header(weights)
    assert (header["sampling"]["waves"], header["sampling"]["whole_cells"]) == ("none", False)
    assert header["sampling"]["least_look"]["contrast"] > 20
    assert header["sampling"]["least_look"]["realism"] > 0
    assert header.pop("judge")["codes"] == 60
    assert {**header, "sampling": before["sampling"]} == before
    assert main([*asked[:-1], "0", "--category", "dotted"]) == 0
    assert "realism" not in read_header(weights)["sampling"]["least_look"]
    assert main([*asked, "--category", "argyle"]) == 2
    assert "holds swatches of argyle" in capsys.readouterr().err


def test_the_command_has_prints_without_local_noise_repeat_by_whole_cells_and_finished(tmp_path):
    weights = make_strict_weights(tmp_path / "dotted.safetensors", waves="lattice")
    (tmp_path / "swatches" / "dotted").mkdir(parents=True)
    write_stripes(tmp_path / "swatches" / "dotted")
    asked = ["least-look", "--data", str(tmp_path / "swatches"), "--weights", str(weights), "--category", "dotted"]
    assert not is_strict(load_generator(weights, "cpu"))
    assert main([*asked, "--judge-codes", "0"]) == 0
    loaded = load_generator(weights, "cpu")
    assert is_strict(loaded) and fineness_of(loaded) == 2
