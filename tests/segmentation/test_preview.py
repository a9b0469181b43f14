from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image

from segmentation import BEND_MOST, Layer, SegmentationError, composite, encode_maps, preview_maps, render_preview
from segmentation.cells import reduced
from tests.segmentation.test_compositing import folded_cloth, oval
from training.made_garments import SPILL_COLOURS, soft_garment


def soft_print(size: int = 128) -> Image.Image:
    y, x = np.mgrid[:size, :size] / size * 2 * np.pi
    waves = np.stack([np.sin(x), np.cos(y), np.sin(x + y)], axis=-1)
    return Image.fromarray(np.rint(128 + 90 * waves).astype(np.uint8))


@pytest.mark.parametrize(("height", "width"), [(360, 300), (1400, 1100)])
def test_a_browser_that_follows_the_formula_shows_what_the_full_render_gives(height, width):
    photo, mask = folded_cloth(height, width), oval(height, width)
    how = {"scale": 0.8, "rotation": 25.0, "offset": (0.3, -0.2)}
    full = composite(photo, [Layer(soft_print(), mask, **how)], cm_per_px=60 / height)
    maps = preview_maps(photo, mask)
    h, w = maps.pixels.shape[0] // 3, maps.pixels.shape[1]
    assert max(h, w) == min(1024, height)
    shown = render_preview(reduced(photo, (w, h)), maps.pixels, soft_print(), cm_per_px=60 / h, zoom=height / h, **how)
    difference = np.abs(shown.astype(int) - reduced(full, (w, h))).max(axis=-1)
    assert np.quantile(difference, 0.99) <= 3
    assert difference.mean() < 1
    assert (difference[maps.pixels[:h, :, 0] == 0] <= 1).all()


def test_a_fine_print_looks_as_the_full_render_scaled_down():
    height, width = 2048, 1536
    photo, mask = folded_cloth(height, width), oval(height, width)
    fine = Image.fromarray(np.random.default_rng(3).integers(0, 256, (256, 256, 3), np.uint8))
    how = {"scale": 1.0, "rotation": 20.0, "offset": (0.3, -0.2)}
    full = composite(photo, [Layer(fine, mask, **how)], cm_per_px=200 / height)
    maps = preview_maps(photo, mask).pixels
    shown = render_preview(reduced(photo, (768, 1024)), maps, fine, cm_per_px=200 / 1024, zoom=2, **how)
    inside = maps[:1024, :, 0] == 255
    assert np.abs(shown.astype(int) - reduced(full, (768, 1024)))[inside].mean() < 2
    single = render_preview(reduced(photo, (768, 1024)), maps, fine, cm_per_px=200 / 1024, **how)
    assert np.abs(single.astype(int) - reduced(full, (768, 1024)))[inside].mean() > 8


@pytest.mark.parametrize("name", SPILL_COLOURS)
def test_the_preview_keeps_nothing_of_the_old_cloth_in_a_soft_edge_either(name):
    photo, mask, ideal = soft_garment(name)
    tile = Image.new("RGB", (64, 64), SPILL_COLOURS[name][2])
    maps = preview_maps(photo, mask).pixels
    edge = (mask > 0) & (mask < 255)
    shown = render_preview(photo, maps, tile, cm_per_px=0.3)
    assert np.abs(shown.astype(int) - ideal)[edge].mean() < 2
    maps[480:][edge] = photo[edge]
    by_mask_alone = render_preview(photo, maps, tile, cm_per_px=0.3)
    assert np.abs(by_mask_alone.astype(int) - ideal)[edge].mean() > 8


def test_a_print_over_another_has_that_one_behind_its_soft_edge():
    photo, mask, _ = soft_garment("white on dark")
    red = (200, 30, 30)
    below, tile = np.full_like(photo, red), Image.new("RGB", (64, 64), red)
    shown = render_preview(photo, preview_maps(photo, mask).pixels, tile, cm_per_px=0.3, below=below)
    assert np.abs(shown.astype(int) - below).max() <= 6


def test_maps_say_where_the_garment_is_and_come_through_png_unchanged():
    mask = np.zeros((240, 200), np.uint8)
    mask[40:200, 50:150] = 255
    maps = preview_maps(folded_cloth(), mask)
    assert maps.box == (50, 40, 150, 200)
    assert np.array_equal(maps.pixels[:240, :, 0], mask)
    middle = maps.pixels[240:480].astype(float)
    assert 0.2 < np.abs((middle[..., :2] - 128) / 127 * BEND_MOST).max() < BEND_MOST
    decoded = cv2.imdecode(np.frombuffer(encode_maps(maps), np.uint8), cv2.IMREAD_COLOR_RGB)
    assert np.array_equal(decoded, maps.pixels)


def test_an_empty_mask_has_maps_that_show_the_photo():
    photo = folded_cloth()
    maps = preview_maps(photo, np.zeros((240, 200), np.uint8))
    assert maps.box == (0, 0, 0, 0)
    assert np.array_equal(render_preview(photo, maps.pixels, soft_print(), cm_per_px=0.3), photo)


def test_maps_of_another_photo_are_refused():
    with pytest.raises(SegmentationError, match="photo's shape"):
        preview_maps(folded_cloth(), np.zeros((10, 10), np.uint8))
    with pytest.raises(SegmentationError, match="maps of shape"):
        render_preview(folded_cloth(), np.zeros((10, 10, 3), np.uint8), soft_print(), cm_per_px=0.3)
