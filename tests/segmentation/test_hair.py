"""Short black hair that the network takes for a hat."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from segmentation import Segmenter
from segmentation.hair import settle_hair
from segmentation.models import CLASSES, UnetConfig, build_unet

BACKGROUND, SKIN, HAIR, UPPER, HAT = (
    CLASSES.index(name) for name in ("background", "skin", "hair", "upper", "accessory")
)
CAP, FACE, TOP = np.s_[10:26, 34:62], np.s_[26:50, 38:58], np.s_[50:96, 24:72]
BLACK, DEEP, LIGHT = (14, 12, 12), (120, 78, 58), (224, 180, 150)


def views(cap_from_afar: int, *, face: int = SKIN) -> tuple[np.ndarray, np.ndarray]:
    """What the two views predict: the near one takes the cap, and less surely its edge, for a hat."""
    both = []
    for cap in (HAT, cap_from_afar):
        view = np.zeros((len(CLASSES), 96, 96), np.float32)
        view[BACKGROUND] = 1
        for kind, (rows, columns) in ((cap, CAP), (face, FACE), (UPPER, TOP)):
            view[:, rows, columns] = 0.1 / (len(CLASSES) - 1)
            view[kind, rows, columns] = 0.9
        both.append(view)
    both[0][HAT, 9, 34:62], both[0][BACKGROUND, 9, 34:62] = 0.4, 0.6
    return both[0], both[1]


def photo(cap: tuple[int, int, int] = BLACK, skin: tuple[int, int, int] = DEEP) -> np.ndarray:
    pixels = np.full((192, 192, 3), 240, np.uint8)
    for colour, (rows, columns) in ((cap, CAP), (skin, FACE), ((40, 60, 120), TOP)):
        pixels[2 * rows.start : 2 * rows.stop, 2 * columns.start : 2 * columns.stop] = colour
    return pixels


def test_black_hair_on_deep_skin_is_hair_with_its_edge():
    near, far = views(HAIR)
    settle_hair(near, far, photo())
    assert (near.argmax(0)[CAP] == HAIR).all()
    assert not near[HAT, 9, 34:62].any()
    np.testing.assert_allclose(near.sum(0), 1, atol=1e-5)


@pytest.mark.parametrize(
    ("far", "seen"),
    [
        (HAT, photo()),  # a hat from afar as well
        (HAIR, photo(cap=(150, 40, 50))),  # a red cap
        (HAIR, photo(skin=LIGHT)),  # on light skin the view from afar takes berets for hair
    ],
)
def test_other_hats_stay_hats(far, seen):
    near, small = views(far)
    before = near.copy()
    settle_hair(near, small, seen)
    np.testing.assert_array_equal(near, before)


def test_a_hat_that_nobody_wears_stays_a_hat():
    near, far = views(HAIR, face=BACKGROUND)
    before = near.copy()
    settle_hair(near, far, photo())
    np.testing.assert_array_equal(near, before)


def test_what_is_predicted_of_black_hair_is_no_cloth():
    config = UnetConfig(height=96, width=96, decoder_channels=(16, 16, 8, 8, 8))
    torch.manual_seed(0)
    segmenter = Segmenter(build_unet(config), config, name="any", version="1", header={}, device="cpu")
    near, far = views(HAIR)
    segmenter._predict_view = lambda photo, size, mirrored: (far if mirrored else near).copy()
    predicted = segmenter.predict(photo(), views=((1.0, False), (1.0, True)))
    assert (predicted.argmax(0)[CAP] == HAIR).all()
    assert (predicted.argmax(0)[TOP] == UPPER).all()
