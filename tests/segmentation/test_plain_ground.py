from __future__ import annotations

import cv2
import numpy as np
import pytest

from segmentation.kinds import SEVERAL
from segmentation.models import CLASSES, GARMENT_CLASSES
from segmentation.plain_ground import plain_ground, settle_ground

HEIGHT, WIDTH = 300, 200
BACKGROUND, SKIN, HAIR, UPPER, LOWER, BAG = (
    CLASSES.index(name) for name in ("background", "skin", "hair", "upper", "lower", "bag")
)


def product_shot(
    thing: np.ndarray, colour: tuple[int, int, int], *, paper: float = 240, noise: float = 1.0
) -> np.ndarray:
    """A photo of a boolean thing on paper that darkens to the right and its corners, with shadow and noise."""
    x, y = np.linspace(-1, 1, WIDTH)[None, :, None], np.linspace(-1, 1, HEIGHT)[:, None, None]
    light = paper - 6 * x - 9 * (x**2 + y**2) * np.ones(3)
    shadow = cv2.GaussianBlur(np.roll(thing, (4, 3), (0, 1)).astype(np.float32), (0, 0), 5)[..., None]
    folds = 1 + 0.06 * np.sin(np.arange(WIDTH) / 4)[None, :, None]
    alpha = cv2.GaussianBlur(thing.astype(np.float32), (3, 3), 0)[..., None]
    photo = light * (1 - 0.2 * shadow) * (1 - alpha) + np.array(colour) * folds * alpha
    photo = photo + np.random.default_rng(0).normal(0, noise, photo.shape)
    return np.clip(photo, 0, 255).astype(np.uint8)


def trousers() -> tuple[np.ndarray, np.ndarray]:
    """Boolean: trousers, and the gap between their legs."""
    thing, gap = np.zeros((HEIGHT, WIDTH), bool), np.zeros((HEIGHT, WIDTH), bool)
    thing[30:270, 50:150] = True
    gap[110:270, 85:115] = True
    return thing & ~gap, gap


def bag() -> tuple[np.ndarray, np.ndarray]:
    """Boolean: a bag with a handle, and what is inside the handle."""
    thing, inside = np.zeros((HEIGHT, WIDTH), np.uint8), np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.ellipse(thing, (100, 130), (50, 70), 0, 180, 360, 1, 10)
    cv2.rectangle(thing, (40, 130), (160, 260), 1, -1)
    cv2.ellipse(inside, (100, 130), (45, 65), 0, 180, 360, 1, -1)
    inside[130:] = 0
    return thing > 0, (inside > 0) & (thing == 0)


def guessed(thing: np.ndarray, gap: np.ndarray, kind: int = LOWER) -> np.ndarray:
    """Probabilities of a network that is sure of the thing and takes the gap for cloth too."""
    probabilities = np.zeros((len(CLASSES), HEIGHT, WIDTH), np.float32)
    probabilities[kind] = np.where(thing, 0.97, np.where(gap, 0.8, 0.02))
    probabilities[BACKGROUND] = 1 - probabilities[kind]
    return probabilities


@pytest.mark.parametrize("draw", [trousers, bag])
@pytest.mark.parametrize("colour", [(40, 60, 120), (215, 205, 190), (130, 130, 130)])
def test_a_gap_is_ground_though_the_network_takes_it_for_cloth(draw, colour):
    thing, gap = draw()
    probabilities = guessed(thing, gap)
    settle_ground(probabilities, product_shot(thing, colour))
    cloth = probabilities.argmax(0) == LOWER
    assert cloth[gap].mean() < 0.14  # two pixels on either side are mixed with cloth
    assert cloth[thing].mean() > 0.97
    np.testing.assert_allclose(probabilities.sum(0), 1, atol=1e-5)


@pytest.mark.parametrize(("squares", "share"), [(4, 1.0), (6, 0.0)])
def test_a_few_enclosed_pieces_are_gaps_and_many_are_the_light_part_of_a_print(squares, share):
    thing, white = np.zeros((HEIGHT, WIDTH), bool), np.zeros((HEIGHT, WIDTH), bool)
    thing[30:270, 40:160] = True
    for number in range(squares):
        top, left = 60 + 70 * (number // 2), 60 + 50 * (number % 2)
        white[top : top + 30, left : left + 30] = True
    probabilities = guessed(thing & ~white, white, UPPER)
    # A bare arm, so that what is no ground is not certain cloth as a whole.
    probabilities[UPPER, 30:270, 40:55] = 0.02
    ground = plain_ground(product_shot(thing & ~white, (40, 60, 120)), probabilities[3:].sum(0))
    inner = cv2.erode(white.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(bool)
    assert ground[inner].mean() == pytest.approx(share, abs=0.05)


def test_a_dark_ground_is_plain_too():
    thing, gap = trousers()
    ground = plain_ground(product_shot(thing, (160, 40, 60), paper=45), guessed(thing, gap)[LOWER])
    assert ground[gap].mean() > 0.86
    assert not ground[cv2.erode(thing.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0].any()


@pytest.mark.parametrize(("hem", "is_told"), [(270, True), (250, False)])
def test_cloth_of_the_grounds_own_colour_is_told_from_it_where_its_outline_is_whole(hem, is_told):
    thing, gap = trousers()
    outline = cv2.morphologyEx(thing.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8)) > 0
    outline[hem:] = False  # without its hem it is open below
    photo = np.where(outline[..., None], 200.0, 240.0) + np.random.default_rng(0).normal(0, 0.3, (HEIGHT, WIDTH, 3))
    probabilities = guessed(thing, gap)
    settle_ground(probabilities, photo.astype(np.uint8))
    cloth = probabilities.argmax(0) == LOWER
    assert cloth[gap].mean() < 0.2 if is_told else cloth[gap].all()
    assert cloth[thing & ~outline].all()


def test_what_is_enclosed_is_cloth_where_cloth_has_the_grounds_colour():
    thing, inside = bag()
    outline = cv2.morphologyEx(thing.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8)) > 0
    photo = np.where(outline[..., None], 200.0, 240.0) + np.random.default_rng(0).normal(0, 0.3, (HEIGHT, WIDTH, 3))
    ground = plain_ground(photo.astype(np.uint8), guessed(thing, inside)[LOWER])
    assert ground[20:60, 20:40].all()
    assert not ground[inside].any()


def test_shadows_at_the_rim_do_not_bend_the_grounds_colour():
    thing, gap = trousers()
    thing[:40, 50:150], gap[:, 85:115] = True, True
    thing &= ~gap
    distance = cv2.distanceTransform((~thing).astype(np.uint8), cv2.DIST_L2, 3)
    light = 240 - 60 * np.exp(-distance / 14)
    photo = np.where(thing, 226.0, light)[..., None] + np.random.default_rng(0).normal(0, 0.2, (HEIGHT, WIDTH, 3))
    probabilities = guessed(thing, gap)
    settle_ground(probabilities, photo.astype(np.uint8))
    cloth = probabilities.argmax(0) == LOWER
    assert cloth[gap].mean() < 0.2
    assert cloth[thing].mean() > 0.97


def test_cloth_on_the_rim_that_the_network_missed_does_not_pass_for_noise_of_the_ground():
    thing, gap = np.zeros((HEIGHT, WIDTH), bool), np.zeros((HEIGHT, WIDTH), bool)
    thing[:270, 40:160], gap[:, 85:115] = True, True
    thing &= ~gap
    missed = np.zeros_like(thing)
    missed[:12, 65:135] = thing[:12, 65:135]
    photo = np.where(thing[..., None], 222.0, 240.0) + np.random.default_rng(0).normal(0, 0.5, (HEIGHT, WIDTH, 3))
    probabilities = guessed(thing & ~missed, gap)
    settle_ground(probabilities, photo.astype(np.uint8))
    cloth = probabilities.argmax(0) == LOWER
    assert cloth[gap].mean() < 0.1
    assert cloth[thing & ~missed].mean() > 0.97


def test_boards_are_a_plain_ground_for_what_looks_quite_otherwise():
    thing, gap = trousers()
    random = np.random.default_rng(1)
    boards = np.array([140, 95, 60]) + random.normal(0, 7, (HEIGHT, 1, 1)) + random.normal(0, 2, (HEIGHT, WIDTH, 3))
    boards[::50] *= 0.6
    photo = np.where(thing[..., None], 235.0, boards).clip(0, 255).astype(np.uint8)
    half = thing.copy()
    half[:150] = False
    probabilities = guessed(thing & ~half, gap)
    probabilities[:, half] = 0
    probabilities[LOWER, half], probabilities[UPPER, half] = 0.3, 0.7
    probabilities[LOWER, half & (np.arange(WIDTH) < 85)] = 0.8
    probabilities[UPPER, half & (np.arange(WIDTH) < 85)] = 0.2
    settle_ground(probabilities, photo)
    assert (probabilities.argmax(0)[thing] == LOWER).mean() > 0.97
    assert (probabilities.argmax(0)[gap] == BACKGROUND).mean() > 0.8


def test_cloth_of_the_colour_of_the_ground_is_left_to_the_network():
    thing, gap = trousers()
    assert plain_ground(product_shot(thing, (236, 236, 236)), guessed(thing, gap)[LOWER]) is None


def test_a_street_has_no_plain_ground():
    thing, gap = trousers()
    street = cv2.resize(np.random.default_rng(1).integers(0, 255, (30, 20, 3), dtype=np.uint8), (WIDTH, HEIGHT))
    street[thing] = (40, 60, 120)
    assert plain_ground(street, guessed(thing, gap)[LOWER]) is None


def test_nothing_but_cloth_has_no_ground():
    photo = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    assert plain_ground(photo, np.full((HEIGHT, WIDTH), 0.95, np.float32)) is None


def sweater_with_a_hanger() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A photo; where the sweater is, where its lining is, and where a prop beside it is."""
    sweater, lining, prop = (np.zeros((HEIGHT, WIDTH), bool) for _ in range(3))
    sweater[80:240, 30:150] = True
    lining[80:90, 80:100] = True
    prop[100:160, 170:190] = True
    photo = product_shot(sweater | prop, (150, 40, 50))
    return photo, sweater, lining, prop


def test_a_lining_taken_for_skin_a_sleeve_cut_off_and_a_spot_come_back_and_a_prop_does_not():
    photo, sweater, lining, prop = sweater_with_a_hanger()
    sleeve = sweater.copy()
    sleeve[:, 60:] = False
    probabilities = guessed(sweater, prop & False, UPPER)
    spot = np.zeros((HEIGHT, WIDTH), bool)
    spot[140:170, 90:120] = True
    for where, kind, share in (
        (sleeve, BACKGROUND, 0.7),
        (lining, SKIN, 0.9),
        (spot, BACKGROUND, 0.99),
        (prop, BACKGROUND, 1.0),
    ):
        probabilities[:, where] = 0
        probabilities[kind, where] = share
        probabilities[UPPER, where] = 1 - share
    settle_ground(probabilities, photo)
    cloth = probabilities.argmax(0) == UPPER
    assert cloth[sweater].mean() > 0.97
    assert not cloth[prop].any()


def test_a_notch_at_its_edge_comes_back_to_a_garment_and_the_hook_that_it_hangs_on_does_not():
    sweater, notch, hook = (np.zeros((HEIGHT, WIDTH), bool) for _ in range(3))
    sweater[80:240, 30:150] = True
    notch[150:180, 130:150] = True
    notch[200:203, 60:90] = True  # and a slit, thinner than what an opening leaves
    hook[40:80, 86:94] = True
    probabilities = guessed(sweater & ~notch, hook & False, UPPER)
    probabilities[:, notch | hook] = 0
    probabilities[BACKGROUND, notch | hook] = 1
    settle_ground(probabilities, product_shot(sweater | hook, (150, 40, 50)))
    cloth = probabilities.argmax(0) == UPPER
    assert cloth[notch].mean() > 0.9
    assert not cloth[hook].any()


@pytest.mark.parametrize("wide", [30, 13])
def test_somebodys_skin_stays_skin_though_it_be_hands_alone(wide):
    photo, sweater, _, _ = sweater_with_a_hanger()
    probabilities = guessed(sweater, sweater & False, UPPER)
    hands = np.zeros((HEIGHT, WIDTH), bool)
    hands[180:240, 30 : 30 + wide] = True
    probabilities[:, hands] = 0
    probabilities[SKIN, hands], probabilities[UPPER, hands] = 0.9, 0.1
    settle_ground(probabilities, photo)
    assert (probabilities.argmax(0)[hands] == SKIN).mean() > 0.95


def test_a_leather_handle_may_look_like_skin():
    thing, _ = bag()
    probabilities = guessed(thing, thing & False, BAG)
    handle = thing & (np.arange(HEIGHT)[:, None] < 130)
    probabilities[:, handle] = 0
    probabilities[SKIN, handle], probabilities[BAG, handle] = 0.7, 0.3
    assert handle.mean() > 0.015
    settle_ground(probabilities, product_shot(thing, (150, 90, 60)))
    assert (probabilities.argmax(0)[handle] == BAG).mean() > 0.9


@pytest.mark.parametrize(("top", "expected"), [(20, HAIR), (150, UPPER)])
def test_hair_is_somebodys_where_a_head_may_be_and_wool_on_a_sleeve(top, expected):
    photo, sweater, _, _ = sweater_with_a_hanger()
    probabilities = guessed(sweater, sweater & False, UPPER)
    patch = np.zeros((HEIGHT, WIDTH), bool)
    patch[np.flatnonzero(sweater.any(1))[0] + top :][:40, 60:90] = True
    patch &= sweater
    probabilities[:, patch] = 0
    probabilities[HAIR, patch], probabilities[UPPER, patch] = 0.9, 0.1
    settle_ground(probabilities, photo)
    assert (probabilities.argmax(0)[patch] == expected).mean() > 0.95


@pytest.mark.parametrize(("seam", "kinds"), [(110, {UPPER}), (160, {UPPER, LOWER})])
def test_a_thing_mostly_of_one_kind_is_of_that_kind_and_an_outfit_keeps_two(seam, kinds):
    thing = np.zeros((HEIGHT, WIDTH), bool)
    thing[80:240, 40:160] = True
    probabilities = guessed(thing, thing & False, UPPER)
    probabilities[[UPPER, LOWER], :seam] = probabilities[[LOWER, UPPER], :seam]
    settle_ground(probabilities, product_shot(thing, (150, 40, 50)))
    assert set(probabilities.argmax(0)[thing]) - {BACKGROUND} == kinds
    np.testing.assert_allclose(probabilities.sum(0), 1, atol=1e-5)


SHOES = CLASSES.index("shoes")


@pytest.mark.parametrize(("certain", "kind"), [(0.95, SHOES), (0.2, UPPER)])
def test_a_second_look_that_is_certain_names_what_the_network_called_by_another_kind(certain, kind):
    thing = np.zeros((HEIGHT, WIDTH), bool)
    thing[80:240, 40:160] = True
    probabilities = guessed(thing, thing & False, UPPER)
    likelihoods = np.full(SEVERAL + 1, (1 - certain) / SEVERAL)
    likelihoods[GARMENT_CLASSES.index("shoes")] = certain
    settle_ground(probabilities, product_shot(thing, (150, 40, 50)), lambda _: likelihoods)
    assert set(probabilities.argmax(0)[thing]) == {kind}
    np.testing.assert_allclose(probabilities.sum(0), 1, atol=1e-5)


@pytest.mark.parametrize(("seam", "several", "kinds"), [(160, 0.1, {UPPER}), (110, 0.9, {UPPER, LOWER})])
def test_the_second_look_says_whether_a_thing_is_one_garment_or_an_outfit_whatever_the_shares(seam, several, kinds):
    thing = np.zeros((HEIGHT, WIDTH), bool)
    thing[80:240, 40:160] = True
    probabilities = guessed(thing, thing & False, UPPER)
    probabilities[[UPPER, LOWER], :seam] = probabilities[[LOWER, UPPER], :seam]
    likelihoods = np.full(SEVERAL + 1, 0.02)
    likelihoods[[GARMENT_CLASSES.index("upper"), SEVERAL]] = 0.9 - several, several
    settle_ground(probabilities, product_shot(thing, (150, 40, 50)), lambda _: likelihoods)
    assert set(probabilities.argmax(0)[thing]) - {BACKGROUND} == kinds
    np.testing.assert_allclose(probabilities.sum(0), 1, atol=1e-5)
