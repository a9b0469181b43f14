import tracemalloc

import numpy as np
import pytest
from PIL import Image

from generator import GeneratorError, colour, palette_of, recolour


def striped(*colours, width=20):
    pixels = np.repeat(np.array(colours, np.uint8), width, axis=0)
    return Image.fromarray(np.broadcast_to(pixels, (32, *pixels.shape)).copy())


def test_the_palette_of_a_flat_print_is_its_colours_from_dark_to_light():
    print_ = striped((250, 240, 230), (10, 20, 30), (200, 60, 70))
    assert palette_of(print_, 3) == ["#0a141e", "#c83c46", "#faf0e6"]


def test_the_darkest_colour_becomes_the_first_of_the_palette_also_where_that_is_light():
    print_ = striped((250, 240, 230), (10, 20, 30))
    recoloured = np.asarray(recolour(print_, ["#f0e060", "#203080"]))
    assert recoloured[0, 0].tolist() == [0x20, 0x30, 0x80]
    assert recoloured[0, -1].tolist() == [0xF0, 0xE0, 0x60]


def test_the_palette_is_found_in_every_column_also_where_the_pixels_taken_would_stand_in_step_with_the_print():
    pixels = np.full((2048, 2048, 3), (10, 20, 30), np.uint8)
    pixels[:, ::8] = (250, 240, 230)
    assert palette_of(Image.fromarray(pixels), 2) == ["#0a141e", "#faf0e6"]


def test_its_own_palette_changes_a_print_little():
    noise = np.random.default_rng(0).integers(60, 200, (48, 48, 3)).astype(np.uint8)
    print_ = Image.fromarray(noise)
    same = recolour(print_, palette_of(print_, 6))
    assert np.abs(np.asarray(same, int) - noise).max() <= 3


def test_shades_between_two_colours_stay_between_them():
    ramp = np.linspace(24, 230, 256).astype(np.uint8)
    print_ = Image.fromarray(np.broadcast_to(ramp[None, :, None], (16, 256, 3)).copy())
    red = np.asarray(recolour(print_, ["#400000", "#ff8080"]), int)[0]
    assert (np.diff(red.sum(axis=1)) >= -2).all()
    assert (red[:, 0] >= red[:, 1]).all()


@pytest.mark.parametrize(
    ("palette", "reason"), [(["red"], "#rrggbb, got 'red'"), ([], "got 0"), (["#000000"] * 13, "got 13")]
)
def test_a_palette_that_is_none_is_refused(palette, reason):
    with pytest.raises(GeneratorError, match=reason):
        recolour(striped((0, 0, 0)), palette)


def test_strips_change_no_byte(monkeypatch):
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (150, 96, 3)).astype(np.uint8))
    palette = ["#102030", "#c03040", "#20a060", "#f0e6d2"]
    monkeypatch.setattr(colour, "_STRIP", 96 * 150)
    whole = recolour(noise, palette)
    monkeypatch.setattr(colour, "_STRIP", 96 * 7)
    assert recolour(noise, palette) == whole


def test_a_large_print_is_recoloured_in_little_memory():
    side = 2048
    print_ = Image.fromarray(np.random.default_rng(2).integers(0, 256, (side, side, 3)).astype(np.uint8))
    tracemalloc.start()
    try:
        recolour(print_, ["#102030", "#f0e6d2"])
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 12 * side**2  # bytes: the picture, its copy, and a strip; all at once it took 179 a pixel
