import json

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from generator import GeneratorError, WeightsError, doubling
from generator.checkpoint import HEADER_KEY
from generator.doubling import Upscaler
from generator.upscaling import SHIPPED, read_upscaler_header, save_upscaler, upscale, upscale_to


def make_upscaler(path, **changes):
    """An upscaler on disk that draws strong detail of no sense."""
    torch.manual_seed(0)
    network = Upscaler(features=4, blocks=2)
    torch.nn.init.normal_(network.last.weight, std=0.3)
    header = {"hyper_parameters": {"features": 4, "blocks": 2}, "sources": [], "metrics": {}}
    save_upscaler(network, {**header, **changes}, path)
    return path


@pytest.fixture
def upscaler(tmp_path):
    return make_upscaler(tmp_path / "upscaler.safetensors")


@pytest.fixture
def tile():
    return Image.fromarray(np.random.default_rng(0).integers(0, 255, (20, 28, 3), dtype=np.uint8))


def largest_difference(one, other):
    return np.abs(np.asarray(one, int) - np.asarray(other, int)).max()


def test_the_network_has_at_most_300_thousand_parameters():
    assert sum(parameter.numel() for parameter in Upscaler().parameters()) <= 300_000


def test_an_untrained_network_interpolates_by_bicubic(tile):
    picture = torch.from_numpy(np.array(tile)).permute(2, 0, 1)[None].float() / 255
    expected = torch.nn.functional.interpolate(picture, scale_factor=2, mode="bicubic")
    inner = (..., slice(4, -4), slice(4, -4))
    assert torch.allclose(Upscaler()(picture)[inner], expected[inner], atol=1e-6)


@pytest.mark.parametrize("colour", [(0, 0, 0), (200, 31, 90), (255, 255, 255)])
def test_a_flat_colour_stays_exactly_what_it_is(upscaler, colour):
    large = upscale(Image.new("RGB", (24, 17), colour), 4, device="cpu", weights=upscaler)
    assert large.size == (96, 68)
    assert large.getcolors() == [(96 * 68, colour)]


def test_four_times_is_twice_doubled_and_the_same_every_time(upscaler, tile):
    once = upscale(tile, 4, device="cpu", weights=upscaler)
    doubled = upscale(upscale(tile, 2, device="cpu", weights=upscaler), 2, device="cpu", weights=upscaler)
    assert np.array_equal(once, doubled)


def test_a_tile_closes_on_itself_wherever_it_is_cut(upscaler, tile):
    large = np.asarray(upscale(tile, 2, device="cpu", weights=upscaler))
    rolled = Image.fromarray(np.roll(np.asarray(tile), (7, 11), axis=(0, 1)))
    expected = np.roll(large, (14, 22), axis=(0, 1))
    assert largest_difference(upscale(rolled, 2, device="cpu", weights=upscaler), expected) <= 1
    assert largest_difference(large, expected) > 20


def test_windows_give_what_the_whole_gives(upscaler, tile, monkeypatch):
    whole = upscale(tile, 2, device="cpu", weights=upscaler)
    monkeypatch.setattr(doubling, "WINDOW", 9)
    assert largest_difference(upscale(tile, 2, device="cpu", weights=upscaler), whole) <= 1


def test_an_edge_between_two_plain_grounds_gets_no_rim(upscaler):
    pixels = np.full((24, 24, 3), 40, np.uint8)
    pixels[:, 12:] = 200
    large = np.asarray(upscale(Image.fromarray(pixels), 2, device="cpu", weights=upscaler), int)
    assert large.min() >= 40 - 0.1 * 160 - 1
    assert large.max() <= 200 + 0.1 * 160 + 1
    assert set(large[:, 4:20].flat) == {40}


def test_shipped_weights_are_better_than_lanczos_in_every_measure():
    header = read_upscaler_header(SHIPPED)
    assert header["metrics"]["beats_lanczos"]
    assert header["sources"]


@pytest.mark.parametrize(("width", "expected"), [(28, 28), (29, 56), (57, 112), (4000, 112)])
def test_a_tile_is_enlarged_to_the_pixels_that_are_needed(tile, width, expected):
    assert upscale_to(tile, width, device="cpu").width == expected


def test_a_tile_too_large_to_be_doubled_stays_as_it_is():
    tile = Image.new("RGB", (8192, 4097))
    assert upscale_to(tile, 16384, device="cpu") is tile


@pytest.mark.parametrize("factor", [1, 3, 8])
def test_other_factors_are_refused(upscaler, tile, factor):
    with pytest.raises(GeneratorError, match=f"by 2 or 4, got {factor}"):
        upscale(tile, factor, device="cpu", weights=upscaler)


def test_more_pixels_than_fit_are_refused(upscaler):
    with pytest.raises(GeneratorError, match="8196 x 8192 pixels are more than 67108864"):
        upscale(Image.new("RGB", (2049, 2048)), 4, device="cpu", weights=upscaler)


def test_missing_damaged_and_foreign_weights_are_refused_by_name(tmp_path, upscaler, tile):
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(upscaler.read_bytes()[:-200])
    newer = tmp_path / "newer.safetensors"
    document = {"architecture": "upscaler", "hyper_parameters": {}, "sources": [], "metrics": {}, "format": 99}
    save_file({"a": torch.zeros(1)}, newer, metadata={HEADER_KEY: json.dumps(document)})
    other = make_upscaler(tmp_path / "other.safetensors", hyper_parameters={"features": 6, "blocks": 2})
    unknown = make_upscaler(tmp_path / "unknown.safetensors", hyper_parameters={"depth": 2})
    for path, reason in (
        (tmp_path / "gone.safetensors", "no weights at"),
        (damaged, "not a readable weights file"),
        (newer, "has format 99"),
        (other, "do not fit its header"),
        (unknown, "hyper-parameters of .* do not fit"),
    ):
        with pytest.raises(WeightsError, match=reason):
            upscale(tile, 2, device="cpu", weights=path)
