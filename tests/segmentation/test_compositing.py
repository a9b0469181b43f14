from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from segmentation import Layer, SegmentationError, composite
from segmentation.printing import TO_LINEAR
from segmentation.shading import LUMINANCE
from segmentation.smooth import smooth_inside


def folded_cloth(height: int = 240, width: int = 200, colour: tuple[int, int, int] = (150, 140, 170)) -> np.ndarray:
    """A plain cloth in soft folds, uint8."""
    y, x = np.mgrid[:height, :width] / height
    light = 0.7 + 0.25 * np.sin(14 * x + 4 * y) + 0.05 * np.sin(40 * y)
    return np.clip(np.array(colour) * light[..., None], 0, 255).astype(np.uint8)


def oval(height: int = 240, width: int = 200) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    distance = np.hypot((x - width / 2) / (width * 0.4), (y - height / 2) / (height * 0.4))
    return np.clip((1.1 - distance) * 1200, 0, 255).astype(np.uint8)


def checks(size: int = 64) -> Image.Image:
    y, x = np.mgrid[:size, :size]
    return Image.fromarray(
        np.where(((x // 16 + y // 16) % 2)[..., None] == 0, (30, 90, 160), (240, 220, 120)).astype(np.uint8)
    )


def plain(colour: tuple[int, int, int]) -> Image.Image:
    return Image.new("RGB", (32, 32), colour)


def log_light(pixels: np.ndarray, mask: np.ndarray) -> np.ndarray:
    inside = (mask == 255).astype(np.float32)
    return smooth_inside(np.log(TO_LINEAR[pixels] @ LUMINANCE + 0.002), inside, 3.0)[mask == 255]


def test_pixels_outside_the_mask_keep_their_bytes_and_pixels_inside_change():
    photo, mask = folded_cloth(), oval()
    result = np.asarray(composite(Image.fromarray(photo), [Layer(checks(), mask)]))
    assert result.shape == photo.shape
    assert np.array_equal(result[mask == 0], photo[mask == 0])
    assert (result[mask == 255] != photo[mask == 255]).any(axis=1).mean() > 0.9


def test_the_alpha_channel_of_a_cut_out_is_kept():
    photo = np.dstack([folded_cloth(), oval()])
    result = composite(Image.fromarray(photo), [Layer(checks(), oval())])
    assert result.mode == "RGBA"
    assert np.array_equal(np.asarray(result)[..., 3], oval())


@pytest.mark.parametrize("hidden", [(0, 0, 0), (255, 255, 255)])
def test_a_cut_out_with_black_hidden_beside_it_has_no_halo(hidden):
    alpha = oval()
    colours = np.where(alpha[..., None] > 0, (60, 60, 70), hidden).astype(np.uint8)
    cut_out = Image.fromarray(np.dstack([colours, alpha]))
    result = composite(cut_out, [Layer(plain((250, 250, 250)), alpha)])
    shown = np.asarray(Image.alpha_composite(Image.new("RGBA", result.size, "white"), result).convert("RGB"))
    assert shown[alpha > 0].min() > 235


def test_a_large_photo_comes_back_as_sharp_as_it_went_and_so_does_the_print():
    photo, mask = np.random.default_rng(0).integers(0, 256, (2600, 1800, 3), np.uint8), np.zeros((2600, 1800), np.uint8)
    photo[600:2000, 400:1400], mask[600:2000, 400:1400] = 150, 255
    lines = np.zeros((400, 400, 3), np.uint8)
    lines[:, ::4] = lines[:, 1::4] = 220
    result = composite(photo, [Layer(Image.fromarray(lines), mask)], cm_per_px=20 / 400)
    assert np.array_equal(result[mask == 0], photo[mask == 0])
    rows = result[1000:1400, 600:1200, 0].astype(int)
    assert np.abs(np.diff(rows, axis=1)).max(axis=1).min() > 120


def test_a_print_of_the_garments_own_mean_colour_changes_little():
    photo, mask = folded_cloth(), oval()
    mean = TO_LINEAR[photo][mask == 255].mean(axis=0)
    own = tuple(int(np.abs(TO_LINEAR - value).argmin()) for value in mean)
    result = np.asarray(composite(Image.fromarray(photo), [Layer(plain(own), mask)]))
    difference = np.abs(result.astype(int) - photo)[mask == 255]
    assert difference.mean() < 8


@pytest.mark.parametrize("colour", [(150, 140, 170), (35, 33, 40), (245, 245, 245)])
def test_a_grey_print_keeps_the_folds_of_pale_and_dark_cloth(colour):
    photo, mask = folded_cloth(colour=colour), oval()
    result = np.asarray(composite(Image.fromarray(photo), [Layer(plain((119, 119, 119)), mask)]))
    before, after = log_light(photo, mask), log_light(result, mask)
    assert np.corrcoef(before, after)[0, 1] > 0.9
    assert after.std() > 0.1


def test_an_old_strong_print_is_gone_under_a_grey_one():
    x = np.mgrid[:240, :200][1]
    stripes = np.where(((x // 6) % 2)[..., None] == 0, (200, 30, 30), (235, 235, 225)).astype(np.uint8)
    mask = oval()
    result = np.asarray(composite(Image.fromarray(stripes), [Layer(plain((119, 119, 119)), mask)]))
    inner = result[100:140, 80:120].astype(float)
    assert inner[..., 0].std() < 12
    assert stripes[100:140, 80:120, 1].std() > 80


def test_the_offset_of_a_whole_repeat_changes_nothing_and_of_half_a_repeat_does():
    photo, mask = Image.fromarray(folded_cloth()), oval()

    def moved(x: float) -> np.ndarray:
        return np.asarray(composite(photo, [Layer(checks(), mask, offset=(x, 0))])).astype(int)

    assert np.abs(moved(1.0) - moved(0.0)).max() <= 1
    assert np.abs(moved(0.25) - moved(0.0)).mean() > 5


def test_scale_sets_the_width_of_a_repeat_in_centimetres_whatever_the_size_of_the_photo():
    bar = np.full((64, 64, 3), 255, np.uint8)
    bar[:, :32] = 0
    for side in (200, 400):
        grey, mask = Image.new("RGB", (side, side), (128, 128, 128)), np.full((side, side), 255, np.uint8)
        layer = Layer(Image.fromarray(bar), mask, scale=0.5)
        # The photo shows 80 cm, so a repeat of 10 cm is an eighth of it.
        row = np.asarray(composite(grey, [layer], cm_per_px=80 / side))[side // 2, :, 0].astype(int)
        rises = np.flatnonzero((row[1:] > 100) & (row[:-1] <= 100))
        assert np.allclose(np.diff(rises), side / 8, atol=1)
        assert np.array_equal(row, np.asarray(composite(grey, [layer]))[side // 2, :, 0])


def test_a_quarter_turn_turns_the_print():
    grey = Image.new("RGB", (128, 128), (128, 128, 128))
    mask = np.full((128, 128), 255, np.uint8)
    bars = np.zeros((32, 32, 3), np.uint8)
    bars[:, :16] = 255
    upright = np.asarray(composite(grey, [Layer(Image.fromarray(bars), mask)]))[..., 0].astype(float)
    turned = np.asarray(composite(grey, [Layer(Image.fromarray(bars), mask, rotation=90)]))[..., 0].astype(float)
    assert upright.std(axis=0).max() < 2 < upright.std(axis=1).min()
    assert turned.std(axis=1).max() < 2 < turned.std(axis=0).min()


def test_two_prints_on_two_garments_stay_apart():
    photo = Image.new("RGB", (100, 80), (150, 150, 150))
    left, right = np.zeros((80, 100), np.uint8), np.zeros((80, 100), np.uint8)
    left[:, :40], right[:, 60:] = 255, 255
    result = np.asarray(composite(photo, [Layer(plain((200, 20, 20)), left), Layer(plain((20, 20, 200)), right)]))
    assert result[40, 20, 0] > 150 > 60 > result[40, 20, 2]
    assert result[40, 80, 2] > 150 > 60 > result[40, 80, 0]


def test_an_empty_mask_gives_the_photo_back():
    photo = folded_cloth()
    result = composite(Image.fromarray(photo), [Layer(checks(), np.zeros(photo.shape[:2], np.uint8))])
    assert np.array_equal(np.asarray(result), photo)


def test_wrong_masks_and_scales_are_refused_in_words():
    photo = Image.fromarray(folded_cloth())
    with pytest.raises(SegmentationError, match="photo's size 200 x 240"):
        composite(photo, [Layer(checks(), np.zeros((10, 10), np.uint8))])
    with pytest.raises(SegmentationError, match="scale"):
        composite(photo, [Layer(checks(), oval(), scale=0)])
    with pytest.raises(SegmentationError, match="rotation"):
        composite(photo, [Layer(checks(), oval(), rotation=float("nan"))])
    with pytest.raises(SegmentationError, match="per pixel above 0"):
        composite(photo, [Layer(checks(), oval())], cm_per_px=0)
