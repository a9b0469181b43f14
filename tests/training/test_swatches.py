import json

import numpy as np
import pytest
from PIL import Image

from segmentation.models import CLASSES
from training.fabric import (
    different_photos,
    fabric_of_product_photo,
    motif_wavelength,
    straighten_checks,
    straighten_stripes,
)
from training.swatches import (
    SWATCH,
    CutRule,
    Source,
    Swatch,
    cut_from_photos,
    flaw_of,
    pictures_in,
    strangeness,
    unevenness,
    write_swatches,
)


class FoundSegmenter:
    """Takes everything that is not white for an upper garment, as the real network does on a plain photo."""

    def predict(self, photo, *, views):
        probabilities = np.zeros((len(CLASSES), *photo.shape[:2]), np.float32)
        probabilities[CLASSES.index("upper")] = photo.min(axis=2) < 245
        probabilities[CLASSES.index("background")] = 0.5
        return probabilities


def stripes(side, period, angle=0.0):
    down, across = np.mgrid[:side, :side]
    wave = np.sign(np.sin(2 * np.pi * (across * np.cos(np.radians(angle)) + down * np.sin(np.radians(angle))) / period))
    return np.repeat(np.uint8(130 + 90 * wave)[..., None], 3, axis=2)


def checks(side, period, angle=0.0):
    return np.uint8(stripes(side, period, angle) / 2 + stripes(side, period, angle + 90) / 2)


def shirt_photo(period):
    photo = np.full((400, 300, 3), 250, np.uint8)
    photo[60:360, 60:240] = stripes(300, period)[:, :180]
    return photo


def test_fabric_lies_inside_the_edge_of_the_garment():
    fabric = fabric_of_product_photo(shirt_photo(20), FoundSegmenter())
    assert fabric[200, 150]
    assert not fabric[:62].any()
    assert not fabric[:, :62].any()


def test_the_wavelength_of_a_print_is_measured():
    everywhere = np.ones((200, 200), bool)
    for period in (10, 25):
        assert abs(motif_wavelength(stripes(200, period), everywhere) - period) < 0.15 * period


def test_slanted_stripes_are_turned_upright():
    turned = straighten_stripes(stripes(200, 24, angle=30))[60:140, 60:140].astype(float).mean(axis=2)
    assert turned.mean(axis=0).var() > 0.9 * turned.var()


def test_slanted_checks_are_turned_upright():
    turned = straighten_checks(checks(200, 24, angle=30))[60:140, 60:140].astype(float).mean(axis=2)
    lines = turned.mean(axis=0)[None, :] + turned.mean(axis=1)[:, None] - turned.mean()
    assert lines.var() > 0.85 * turned.var()


def test_the_same_photo_saved_twice_counts_once(tmp_path):
    Image.fromarray(shirt_photo(20)).save(tmp_path / "a.png")
    Image.fromarray(shirt_photo(20)).save(tmp_path / "b.jpg", quality=70)
    Image.fromarray(shirt_photo(20).transpose(1, 0, 2)).save(tmp_path / "c.png")
    kept = different_photos([tmp_path / "a.png", tmp_path / "b.jpg", tmp_path / "c.png"])
    assert [path.name for path in kept] == ["a.png", "c.png"]


def test_flaws_are_named():
    lines, plain = CutRule(lines=1), CutRule(plain=True)
    good = stripes(SWATCH, 16)
    flat = np.full((SWATCH, SWATCH, 3), 90, np.uint8)
    assert flaw_of(good, lines) is None
    assert flaw_of(flat) == "flat"
    assert flaw_of(flat, plain) is None
    assert flaw_of(good, plain) == "not plain"
    shaded = flat.copy()
    shaded[:, SWATCH // 2 :] += 5
    assert flaw_of(shaded, plain) is None
    shaded[:, SWATCH // 2 :] += 2
    assert flaw_of(shaded, plain) == "not plain"
    half_plain = good.copy()
    half_plain[:, SWATCH // 2 :] = 200
    assert flaw_of(half_plain) == "uneven"
    assert flaw_of(stripes(SWATCH, 16, angle=40), lines) == "lines not straight"


def test_a_swatch_with_an_edge_is_more_uneven_than_one_without():
    good = checks(SWATCH, 16)
    edged = good.copy()
    edged[:, 70:] = 250
    assert unevenness(edged) > 2 * unevenness(good)


def test_a_swatch_unlike_those_of_all_other_photos_is_the_strangest():
    random = np.random.default_rng(0)
    swatches = [stripes(SWATCH, 14 + index % 4) for index in range(8)]
    swatches.append(random.integers(0, 255, (SWATCH, SWATCH, 3), dtype=np.uint8))
    scores = strangeness(swatches, [f"{index}.jpg" for index in range(9)], neighbours=3)
    assert scores.argmax() == 8


def test_swatches_made_again_in_their_folder_are_the_new_ones_alone_and_none_where_it_is_broken_off(tmp_path):
    def made(names):
        for name in names:
            yield np.zeros((96, 96, 3), np.uint8), Swatch(name, "a.jpg", "ours", 0, 0, 96, "")

    random = np.random.default_rng(0)
    write_swatches(made(["0.png", "1.png", "2.png"]), tmp_path / "out", random)
    (tmp_path / "out" / "mine.txt").write_text("kept")
    write_swatches(made(["0.png", "3.png"]), tmp_path / "out", random)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["0.png", "3.png", "manifest.json", "mine.txt"]

    def broken_off():
        yield from made(["4.png"])
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        write_swatches(broken_off(), tmp_path / "out", random)
    assert pictures_in(tmp_path / "out") == []
    (tmp_path / "out" / "manifest.json").write_text("{")
    write_swatches(made(["5.png"]), tmp_path / "out", random)
    assert [path.name for path in pictures_in(tmp_path / "out")] == ["5.png"]


def test_cutting_writes_swatches_a_manifest_and_a_grid_and_repeats_exactly(tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    for index in range(6):
        Image.fromarray(shirt_photo(16 + 2 * index)).save(photos / f"{index}.png")
    source = Source(photos, licence="ours")

    def cut(name):
        random = np.random.default_rng(0)
        found = cut_from_photos([source], rule=CutRule(lines=1), load_segmenter=FoundSegmenter, random=random)
        return write_swatches(found, tmp_path / name, random)

    first, second = cut("a"), cut("b")
    assert first
    assert first[0].licence == "ours"
    assert [row.sha256 for row in first] == [row.sha256 for row in second]
    assert len(json.loads((tmp_path / "a" / "manifest.json").read_text())) == len(list((tmp_path / "a").glob("*.png")))
    assert (tmp_path / "a-grid.png").exists()
