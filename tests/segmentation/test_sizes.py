from __future__ import annotations

import numpy as np
import pytest

from segmentation.models import CLASSES
from segmentation.sizes import (
    LAID_HEIGHT_CM,
    PERSON_CM,
    PHOTO_CM,
    TALL_SHOES_CM,
    WORN_WIDTH_CM,
    guess_cm_per_px,
)


def photo(**parts: tuple[int, int, int, int]) -> np.ndarray:
    """What is where on a photo of 200 x 300: a box (left, top, right, bottom) for each class."""
    classes = np.zeros((300, 200), np.int64)
    for name, (left, top, right, bottom) in parts.items():
        classes[top:bottom, left:right] = CLASSES.index(name.rstrip("_"))
    return classes


PERSON = {
    "hair": (90, 20, 110, 40),
    "skin": (92, 40, 108, 60),
    "upper": (70, 60, 130, 150),
    "lower": (75, 150, 125, 260),
    "shoes": (75, 262, 125, 272),
}


def test_a_person_seen_from_hair_to_shoes_gives_the_scale_at_any_size_of_the_photo():
    assert guess_cm_per_px(photo(**PERSON), 300) == pytest.approx(PERSON_CM / 252)
    assert guess_cm_per_px(photo(**PERSON), 3000) == pytest.approx(PERSON_CM / 2520)


def test_a_person_cut_off_at_the_knees_is_measured_by_the_width_of_what_they_wear():
    cropped = {name: box for name, box in PERSON.items() if name != "shoes"}
    assert guess_cm_per_px(photo(**cropped), 300) == pytest.approx(WORN_WIDTH_CM["upper"] / 60)


def test_two_people_side_by_side_are_not_taken_for_a_wide_one():
    second = {f"{name}_": (left + 55, top, right + 55, bottom) for name, (left, top, right, bottom) in PERSON.items()}
    both = photo(**PERSON, **second)
    assert guess_cm_per_px(both, 300) != pytest.approx(WORN_WIDTH_CM["upper"] / 60)
    apart = {f"{name}_": (left + 70, top, right + 70, bottom) for name, (left, top, right, bottom) in PERSON.items()}
    assert guess_cm_per_px(photo(**PERSON, **apart), 300) == pytest.approx(PERSON_CM / 252)


def test_a_garment_without_anybody_in_it_is_measured_by_its_height():
    assert guess_cm_per_px(photo(dress=(50, 30, 150, 280)), 300) == pytest.approx(LAID_HEIGHT_CM["dress"] / 250)


def test_shoes_taller_than_wide_are_boots_or_seen_from_above():
    assert guess_cm_per_px(photo(shoes=(40, 100, 160, 170)), 300) == pytest.approx(LAID_HEIGHT_CM["shoes"] / 70)
    assert guess_cm_per_px(photo(shoes=(40, 60, 160, 270)), 300) == pytest.approx(TALL_SHOES_CM / 210)


def test_without_anything_of_known_size_a_photo_shows_the_usual():
    assert guess_cm_per_px(photo(), 300) == pytest.approx(PHOTO_CM / 300)
    assert guess_cm_per_px(photo(accessory=(50, 30, 150, 280)), 300) == pytest.approx(PHOTO_CM / 300)
