from dataclasses import replace

import cv2
import numpy as np
import pytest

from training.composed import design_tile
from training.composed.drawing import render
from training.composed.prints_solid import CLOTHS, SIDE
from training.composed.weaves import WEAVES, Weave
from training.swatches import SWATCH, CutRule, flaw_of

CELL = 8
"""Px of a generator's latent cell: a weave that repeats by it can be drawn alike in every one."""
USED = sorted({(weave, pitch) for weaves in CLOTHS.values() for weave, pitches in weaves for pitch in pitches})


def cloth(name: str, pitch: float, **others) -> Weave:
    plain = {"depth": 0.5, "unevenness": 0.0, "slub": 8.0, "fibre": 0.0, "seed": 3}
    return Weave(name, pitch, (200.0, 40.0, 40.0), (40.0, 40.0, 200.0), **(plain | others))


def woven(weave: Weave, side: int = 48) -> np.ndarray:
    return weave.woven_into(np.zeros((side, side, 3), np.uint8))


@pytest.mark.parametrize(("name", "pitch"), [one for one in USED if one[0] != "felt"])
def test_even_threads_repeat_by_a_cell(name, pitch):
    picture = woven(cloth(name, pitch)).astype(int)
    assert np.abs(np.roll(picture, CELL, axis=0) - picture).max() <= 1
    assert np.abs(np.roll(picture, CELL, axis=1) - picture).max() <= 1
    assert picture.std(axis=(0, 1)).max() > 4


@pytest.mark.parametrize("name", sorted(WEAVES))
def test_the_colours_are_the_threads_that_lie_above(name):
    pitch = 8 / 3 if len(WEAVES[name]) == 3 else 4.0
    picture = woven(cloth(name, pitch, depth=0.0), 48)
    red = WEAVES[name].mean()
    assert picture.mean((0, 1)) == pytest.approx([40 + 160 * red, 40, 200 - 160 * red], abs=1.5)


def test_a_twill_has_a_diagonal_and_a_plain_weave_none():
    def slant(name: str) -> float:
        grey = woven(cloth(name, 4.0, depth=0.0))[..., 0].astype(float)
        return abs(np.mean((grey - np.roll(grey, (4, 4), (0, 1))) ** 2 - (grey - np.roll(grey, (-4, 4), (0, 1))) ** 2))

    assert slant("twill 2/2") > 1000
    assert slant("plain weave") < 1


@pytest.mark.parametrize(("name", "pitch"), USED)
def test_no_two_pieces_are_alike_but_those_of_one_seed(name, pitch):
    one = cloth(name, pitch, unevenness=0.1, fibre=0.06)
    assert np.array_equal(woven(one), woven(one))
    assert np.abs(woven(replace(one, seed=4)).astype(float) - woven(one)).mean() > 2


def test_threads_that_change_along_themselves_close_on_the_edges():
    picture = woven(cloth("knit", 4.0, unevenness=0.15, slub=40.0), 96).astype(float)
    steps = np.abs(np.diff(picture, axis=1, append=picture[:, :1])).mean(axis=(0, 2))[CELL - 1 :: CELL]
    assert steps[-1] < 1.2 * steps[:-1].max()


def test_plain_cloth_is_plain_and_of_every_kind():
    tiles = [design_tile("solid", seed=2, number=number)[0] for number in range(120)]
    kept = set()
    for tile in tiles:
        picture = render(tile)
        assert picture.shape == (SIDE, SIDE, 3)
        if flaw_of(picture[:SWATCH, :SWATCH], CutRule(plain=True)) is None:
            kept.add(tile.name)
        shades = cv2.GaussianBlur(picture, (0, 0), 12).reshape(-1, 3).astype(float)
        assert shades.std(axis=0).max() < 6, tile.name
    # Others have so much contrast that they read as prints.
    assert len(kept) > 0.7 * len(tiles)
    assert {name.split(",")[0] for name in kept} == set(CLOTHS)
