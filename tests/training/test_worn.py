"""Labels for product photos that somebody wears."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageDraw

from segmentation.models import CLASSES
from tests.training.shop import ARMS, BACKGROUND, HAIR, HEIGHT, SKIN, TORSO, WIDTH, KnowsFaces, shop_photo
from training.details import CLOTH, IGNORE
from training.garments import load_product_photos
from training.worn import is_kept_out, label_worn

ACCESSORY = CLASSES.index("accessory")


def middle(mask: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    left, top, right, bottom = box
    return mask[top + 8 : bottom - 8, left + 5 : right - 4]


@pytest.mark.parametrize("skin", [(224, 172, 140), (141, 85, 60), (250, 224, 208), (84, 52, 38)])
def test_arms_of_the_colour_of_the_face_are_skin_though_the_network_takes_them_for_cloth(skin):
    mask = label_worn(np.asarray(shop_photo(skin)), KnowsFaces())
    for arm in ARMS:
        assert (middle(mask, arm) == SKIN).all()
    torso = middle(mask, TORSO)
    assert np.isin(torso, (CLOTH, IGNORE)).all()
    assert (torso[60:] == CLOTH).mean() > 0.9
    assert (mask[:, :30] == BACKGROUND).all()


def test_sleeves_of_another_colour_than_the_face_stay_cloth():
    photo = np.asarray(shop_photo()).copy()
    for left, top, right, bottom in ARMS:
        photo[top : bottom + 1, left : right + 1] = (40, 110, 60)
    mask = label_worn(photo, KnowsFaces())
    for arm in ARMS:
        assert (middle(mask, arm)[40:] == CLOTH).all()


def test_what_the_network_is_sure_is_cloth_stays_so_if_no_sure_skin_joins_it():
    mask = label_worn(np.asarray(shop_photo()), KnowsFaces(arms=0.995))
    for arm in ARMS:
        assert not (middle(mask, arm) == SKIN).any()


def test_a_top_of_the_colour_of_skin_teaches_nothing_about_skin():
    assert label_worn(np.asarray(shop_photo(cloth=(224, 172, 140))), KnowsFaces()) is None


def test_without_skin_or_plain_ground_there_are_no_labels():
    photo = np.asarray(shop_photo())
    faceless = KnowsFaces()
    faceless.predict = lambda photo, *, views: np.roll(KnowsFaces().predict(photo, views=views), 2, axis=0)
    assert label_worn(photo, faceless) is None
    street = np.where((photo == 255).all(2)[..., None], np.random.default_rng(0).integers(0, 255, photo.shape), photo)
    assert label_worn(street.astype(np.uint8), KnowsFaces()) is None


def test_product_photos_are_labelled_by_a_network_and_some_are_kept_out(tmp_path):
    (tmp_path / "striped").mkdir()
    names = [f"{number:04d}" for number in range(24)]
    for name in names:
        shop_photo().save(tmp_path / "striped" / f"{name}.jpg", quality=95)
    kept_out = {name for name in names if is_kept_out(tmp_path / "striped" / f"{name}.jpg")}
    assert 0 < len(kept_out) < 12
    labelled = load_product_photos(tmp_path, HEIGHT, WIDTH, limit=50, segmenter=KnowsFaces())
    assert set(labelled.names) == set(names) - kept_out
    assert all((middle(mask, ARMS[0]) == SKIN).mean() > 0.9 for mask in labelled.masks)
    alone = load_product_photos(tmp_path, HEIGHT, WIDTH, limit=50)
    assert not (alone.masks == SKIN).any()


CAP = (98, 14, 142, 30)


class SeesCaps(KnowsFaces):
    """What is above the face is an accessory from near; from afar, where views are small, it is `far`."""

    def __init__(self, far: int) -> None:
        super().__init__()
        self.far = far

    def predict(self, photo: np.ndarray, *, views: list[tuple[float, bool]]) -> np.ndarray:
        predicted = super().predict(photo, views=views)
        left, top, right, bottom = (side // 2 for side in CAP)
        predicted[:, top:bottom, left:right] = 0.01
        predicted[ACCESSORY if views[0][0] > 1 else self.far, top:bottom, left:right] = 0.92
        return predicted


def with_cap(colour: tuple[int, int, int], skin: tuple[int, int, int] = (224, 172, 140)) -> np.ndarray:
    photo = shop_photo(skin)
    ImageDraw.Draw(photo).rectangle(CAP, fill=colour)
    return np.asarray(photo)


@pytest.mark.parametrize(
    ("far", "colour", "expected"),
    [
        (HAIR, (20, 18, 18), HAIR),  # short black hair: only small views know it
        (HAIR, (120, 60, 160), IGNORE),  # of another colour nothing is sure
        (ACCESSORY, (20, 18, 18), CLOTH),  # a black hat is one from near and from afar
    ],
)
def test_short_black_hair_is_told_from_hats_by_the_view_from_afar(far, colour, expected):
    mask = label_worn(with_cap(colour), SeesCaps(far))
    assert (mask[CAP[1] + 4 : CAP[3] - 4, CAP[0] + 4 : CAP[2] - 4] == expected).all()


def test_above_deep_skin_no_hat_is_sure():
    mask = label_worn(with_cap((20, 18, 18), skin=(84, 52, 38)), SeesCaps(ACCESSORY))
    assert (mask[CAP[1] + 4 : CAP[3] - 4, CAP[0] + 4 : CAP[2] - 4] == IGNORE).all()
