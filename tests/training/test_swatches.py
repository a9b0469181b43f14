import json

import numpy as np
from PIL import Image

from training.swatches import SWATCH, fabric_of_product_photo, flaw_of, prepare_swatches, straighten_stripes


def stripes(side, period, angle=0.0):
    down, across = np.mgrid[:side, :side]
    wave = np.sign(np.sin(2 * np.pi * (across * np.cos(np.radians(angle)) + down * np.sin(np.radians(angle))) / period))
    return np.repeat(np.uint8(130 + 90 * wave)[..., None], 3, axis=2)


def test_the_fabric_of_a_shirt_on_white_is_found_inside_its_edge():
    photo = np.full((400, 300, 3), 250, np.uint8)
    photo[60:360, 60:240] = stripes(300, 20)[:, :180]
    fabric = fabric_of_product_photo(photo)
    assert fabric[200, 150]
    assert not fabric[:60].any()
    assert not fabric[:, :62].any()


def test_a_busy_ground_gives_no_fabric():
    photo = np.random.default_rng(0).integers(0, 255, (200, 200, 3), dtype=np.uint8)
    assert not fabric_of_product_photo(photo).any()


def test_slanted_stripes_are_turned_upright():
    turned, coherence = straighten_stripes(stripes(200, 24, angle=30))
    middle = turned[60:140, 60:140].astype(float).mean(axis=2)
    assert coherence > 0.8
    assert middle.mean(axis=0).var() > 0.9 * middle.var()


def test_flaws_are_named():
    good = stripes(SWATCH, 16)
    assert flaw_of(good, upright=True) is None
    assert flaw_of(np.full((SWATCH, SWATCH, 3), 90, np.uint8)) == "flat"
    half_plain = good.copy()
    half_plain[:, SWATCH // 2 :] = 200
    assert flaw_of(half_plain) == "uneven"
    assert flaw_of(stripes(SWATCH, 16, angle=40), upright=True) == "lines not straight"


def test_preparing_writes_swatches_a_manifest_and_a_grid_and_repeats_exactly(tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    for index in range(3):
        photo = np.full((400, 300, 3), 250, np.uint8)
        photo[40:380, 50:250] = stripes(340, 18 + index)[:, :200]
        Image.fromarray(photo).save(photos / f"{index}.png")
    first = prepare_swatches(close_ups=[], product_photos=[photos], output=tmp_path / "a", upright=True)
    second = prepare_swatches(close_ups=[], product_photos=[photos], output=tmp_path / "b", upright=True)
    assert first
    assert [row.sha256 for row in first] == [row.sha256 for row in second]
    assert len(json.loads((tmp_path / "a" / "manifest.json").read_text())) == len(list((tmp_path / "a").glob("*.png")))
    assert (tmp_path / "a-grid.png").exists()
