"""Bare arms that the network takes for sleeves."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from segmentation.models import CLASSES
from segmentation.plain_ground import settle_ground
from segmentation.skin import settle_skin

HEIGHT, WIDTH = 320, 240
BACKGROUND, SKIN, UPPER = (CLASSES.index(name) for name in ("background", "skin", "upper"))
FACE, TORSO = np.s_[30:90, 100:140], np.s_[90:300, 75:165]
UPPER_ARM, FOREARM = np.s_[100:160, 34:60], np.s_[160:280, 34:60]
TONES = [(224, 172, 140), (141, 85, 60), (250, 224, 208), (84, 52, 38)]


def shop_photo(skin: tuple[int, int, int] = TONES[0], cloth: tuple[int, int, int] = (30, 50, 120)) -> np.ndarray:
    """Somebody in a top with a bare arm on white, with the noise and the light of a camera."""
    photo = np.full((HEIGHT, WIDTH, 3), 255.0)
    for box, colour in ((FACE, skin), (UPPER_ARM, skin), (FOREARM, skin), (TORSO, cloth)):
        photo[box] = np.array(colour) * np.linspace(1.03, 0.97, photo[box].shape[1])[None, :, None]
    photo += np.random.default_rng(0).normal(0, 1, photo.shape)
    return np.clip(photo, 0, 255).astype(np.uint8)


def guessed(**kinds: int) -> np.ndarray:
    """Probabilities of a network that takes the forearm for a sleeve; others may be said by name."""
    probabilities = np.zeros((len(CLASSES), HEIGHT, WIDTH), np.float32)
    probabilities[BACKGROUND] = 1
    known = {"face": SKIN, "torso": UPPER, "upper_arm": SKIN, "forearm": UPPER} | kinds
    for kind, box in zip(known.values(), (FACE, TORSO, UPPER_ARM, FOREARM), strict=True):
        probabilities[(slice(None), *box)] = 0.05 / (len(CLASSES) - 1)
        probabilities[(kind, *box)] = 0.95
    return probabilities


def inner(probabilities: np.ndarray, box: tuple[slice, slice]) -> np.ndarray:
    """The likeliest class in a box, without its edges."""
    return probabilities.argmax(0)[box][4:-4, 3:-3]


@pytest.mark.parametrize("skin", TONES)
def test_a_forearm_goes_on_from_the_arm_that_is_known(skin):
    probabilities = guessed()
    settle_ground(probabilities, shop_photo(skin))
    assert (inner(probabilities, FOREARM) == SKIN).all()
    assert (inner(probabilities, TORSO) == UPPER).all()
    assert (probabilities.argmax(0)[FOREARM] == SKIN).mean() > 0.98  # without a painted outline
    np.testing.assert_allclose(probabilities.sum(0), 1, atol=1e-5)


@pytest.mark.parametrize("colour", [(40, 110, 60), (150, 70, 50)])
def test_a_sleeve_of_another_colour_stays_a_sleeve(colour):
    photo = shop_photo()
    photo[FOREARM] = colour
    # Out of focus: no edge keeps them apart.
    photo[120:200, 34:60] = cv2.blur(photo[120:200, 34:60], (1, 40))
    probabilities = guessed()
    settle_ground(probabilities, photo)
    assert (inner(probabilities, FOREARM)[30:] == UPPER).all()


def test_hairs_and_a_mark_on_an_arm_belong_to_it():
    photo = shop_photo()
    for row in range(170, 270, 12):
        photo[row : row + 2, 45:48] = (60, 40, 30)
    probabilities = guessed()
    settle_ground(probabilities, photo)
    assert (inner(probabilities, FOREARM) == SKIN).all()


def test_a_garment_of_the_colour_of_skin_stays_beside_the_hand_on_it():
    photo = shop_photo(cloth=TONES[0])
    photo[150:180, 60:75] = photo[150:180, 80:95]  # the arm lies at the top, whose colour it has
    probabilities = guessed(forearm=SKIN)
    probabilities[:, 150:180, 60:75] = probabilities[:, 150:180, 80:95]
    settle_ground(probabilities, photo)
    assert (inner(probabilities, TORSO) == UPPER).all()


def test_most_of_the_cloth_is_no_limb_though_bare_skin_of_its_colour_joins_it():
    probabilities = guessed()
    probabilities[:, 160:300, 75:165] = probabilities[:, 40:41, 110:111]  # a bare belly under a cropped top
    settle_ground(probabilities, shop_photo(cloth=TONES[0]))
    assert (inner(probabilities, np.s_[90:160, 75:165]) == UPPER).all()


def test_a_strap_over_bare_skin_stays_cloth():
    photo, probabilities = shop_photo(), guessed(forearm=SKIN)
    strap = np.s_[128:130, 34:60]
    photo[strap] = (30, 50, 120)
    probabilities[(slice(None), *strap)] = probabilities[:, 120:122, 100:126]
    settle_ground(probabilities, photo)
    assert (probabilities.argmax(0)[strap][:, 4:-4] == UPPER).all()


def test_nothing_is_told_by_a_skin_of_which_nobody_is_sure():
    probabilities = guessed(face=UPPER, upper_arm=UPPER)
    before = probabilities.copy()
    settle_skin(probabilities, shop_photo(), np.zeros((HEIGHT, WIDTH), bool))
    np.testing.assert_array_equal(probabilities, before)


@pytest.mark.filterwarnings("error")
def test_one_pixel_has_no_colour():
    photo = np.full((20, 20, 3), TONES[0], np.uint8)
    probabilities = np.zeros((len(CLASSES), 20, 20), np.float32)
    probabilities[UPPER] = 1
    probabilities[:, 10, 10] = np.eye(len(CLASSES))[SKIN]
    settle_skin(probabilities, photo, np.zeros((20, 20), bool))
    assert (probabilities.argmax(0) == UPPER).sum() == 399


def test_on_a_street_colours_of_skin_tell_nothing():
    photo = shop_photo()
    street = cv2.resize(np.random.default_rng(1).integers(0, 255, (32, 24, 3)).astype(np.uint8), (WIDTH, HEIGHT))
    street = np.where((photo > 245).all(2)[..., None], street, photo)
    probabilities = guessed()
    settle_ground(probabilities, street)
    assert (inner(probabilities, FOREARM) == UPPER).all()
