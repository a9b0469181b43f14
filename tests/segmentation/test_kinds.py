from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from segmentation import WeightsError, load_segmenter
from segmentation.kinds import NETWORK_KEY, SEVERAL, SIDE, Kinds, cut_out, describe, load_kinds, save_kinds
from segmentation.models import UnetConfig, build_unet
from segmentation.predict import MIDDLE_SIDE
from segmentation.registry import kinds_file
from training.contact_sheet import STOCK
from training.kinds import called


def some_kinds(features: int = 10) -> Kinds:
    torch.manual_seed(0)
    return Kinds(torch.randn(SEVERAL + 1, features), torch.randn(SEVERAL + 1))


@pytest.mark.parametrize(("wide", "tall"), [(40, 300), (300, 40), (64, 64)])
def test_a_cut_out_lies_in_the_middle_of_white_at_one_size_and_keeps_its_aspect(wide, tall):
    photo = np.full((400, 400, 3), 90, np.uint8)
    thing = np.zeros((400, 400), bool)
    thing[50 : 50 + tall, 70 : 70 + wide] = True
    picture = cut_out(photo, thing)
    assert picture.shape == (SIDE, SIDE, 3)
    dark = picture[..., 0] < 170
    rows, columns = np.flatnonzero(dark.any(1)), np.flatnonzero(dark.any(0))
    assert rows[0] + rows[-1] == pytest.approx(SIDE - 1, abs=2)
    assert columns[0] + columns[-1] == pytest.approx(SIDE - 1, abs=2)
    assert len(rows) / len(columns) == pytest.approx(tall / wide, rel=0.15)
    assert max(len(rows), len(columns)) == pytest.approx(SIDE / 1.16, abs=3)


def test_likelihoods_sum_to_one_and_follow_the_linear_classifier():
    torch.manual_seed(0)
    encoder = build_unet(UnetConfig()).eval().encoder
    photo = np.random.default_rng(0).integers(0, 255, (90, 70, 3)).astype(np.uint8)
    thing = np.zeros((90, 70), bool)
    thing[20:60, 10:50] = True
    described = describe(encoder, cut_out(photo, thing)[None])
    kinds = some_kinds(described.shape[1])
    found = kinds.likelihoods(encoder, photo, thing)
    assert found.sum() == pytest.approx(1, abs=1e-5)
    assert found.argmax() == (described @ kinds.weight.T + kinds.bias).argmax()


def test_a_file_comes_back_for_its_own_network_only(tmp_path, caplog):
    path, kinds = tmp_path / "kinds" / "a.safetensors", some_kinds()
    assert load_kinds(path, "0123456789ab") is None
    save_kinds(path, kinds, {NETWORK_KEY: "0123456789ab"})
    back = load_kinds(path, "0123456789ab")
    assert torch.equal(back.weight, kinds.weight)
    assert torch.equal(back.bias, kinds.bias)
    assert not caplog.records
    assert load_kinds(path, "another") is None
    assert "another version of the network" in caplog.text
    few = Kinds(torch.zeros(SEVERAL, 10), torch.zeros(SEVERAL))
    save_kinds(path, few, {NETWORK_KEY: "v"})
    assert load_kinds(path, "v") is None
    assert "other kinds" in caplog.text


def test_a_damaged_file_is_named_with_a_remedy(tmp_path):
    path = tmp_path / "a.safetensors"
    save_kinds(path, some_kinds(), {NETWORK_KEY: "v"})
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(WeightsError, match=r"a\.safetensors is damaged .* Fetch it again or delete it"):
        load_kinds(path, "v")


def test_the_shipped_network_has_its_second_look_and_names_products_by_it():
    segmenter = load_segmenter(device="cpu")
    assert kinds_file(segmenter.name).stat().st_size < 100_000
    assert segmenter.kinds is not None
    assert segmenter.without_second_look().kinds is None
    for name, kind in (("bag", "bag"), ("boots", "shoes"), ("pants", "lower"), ("dress", "dress"), ("coat", "upper")):
        picture = Image.open(STOCK / f"{name}.webp").convert("RGB")
        picture.thumbnail((2 * MIDDLE_SIDE, 2 * MIDDLE_SIDE))
        pixels = np.asarray(picture)
        assert called(segmenter, pixels, segmenter.predict(pixels)) == [kind]
