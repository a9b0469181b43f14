"""Labels for product photos that somebody wears: the skin that a network is sure of tells the rest by its colour.

Nobody labelled these photos. A network knows faces and misses arms, but all skin of one photo has one colour, in one
light, which printed cloth seldom has. So what has the colour of its sure skin, is smooth and joined with that, or lies
open to the ground, is skin too. What neither network nor colour is sure of teaches nothing. (A network's own sure
answers as labels: D.-H. Lee, "Pseudo-Label", ICML workshop on challenges in representation learning, 2013.)
"""

from __future__ import annotations

import zlib
from pathlib import Path

import cv2
import numpy as np

from segmentation.hair import HAIR
from segmentation.models import CLASSES
from segmentation.models import FIRST_GARMENT as FIRST
from segmentation.plain_ground import plain_ground
from segmentation.predict import MIDDLE_SIDE, Segmenter
from segmentation.skin import SKIN, SURE, SkinColours, inside, pieces_of, skin_colours
from training.details import CLOTH, IGNORE

BACKGROUND = CLASSES.index("background")
HOLD_OUT_EVERY = 6
"""One product photo of so many, by its name, is never learned from."""
VIEWS = ((1.5, False), (1.1, True))
"""As `segmentation.predict.VIEWS`, but the mean of both tells everything."""
FAR_VIEW = (0.65, False)
"""Tells short black hair from hats, which the others do not."""
SURE_CLOTH = 0.8
"""Probability of any cloth from which it is cloth, where its colour is not that of skin."""
FAR = 3.5
"""Mahalanobis distance from the colour of the sure skin from which cloth is sure."""
LEAST_SURE = 0.05
"""Share of a piece of skin's colour that is sure skin, for all of it to be skin."""
LEAST_PIECE, OPEN, DOUBTED = 0.0015, 0.08, 0.97
"""A piece without so much is skin when it covers such a share of the photo, such a share of it lies at the ground, and
the network is less sure than that of its cloth."""
MOST_SKIN = 0.33
"""Share of the figure from which what has the colour of its skin is a garment too."""
HEAD = 0.2
"""Share of the photo's height below the highest skin where a head may be: cloth there is sure where all views are."""
BLACK, DEEP = 18.0, 50.0
"""CIE Lab lightness of hair about which the far view is believed, and of skin above which hats are not: networks take
black hair on deep skin for one."""


def label_worn(photo: np.ndarray, segmenter: Segmenter) -> np.ndarray | None:
    """Class mask, uint8 (h, w), of a photo on plain ground, uint8 (h, w, 3): background, skin, hair, CLOTH, or IGNORE
    where nothing is sure.

    None where the ground is not plain, the network sees no skin, or a garment has the colour of skin.
    """
    *near, far = (
        np.stack([cv2.resize(one, photo.shape[1::-1]) for one in segmenter.predict(photo, views=[view])])
        for view in (*VIEWS, FAR_VIEW)
    )
    predicted = np.mean(near, axis=0)
    cloth = predicted[FIRST:].sum(0)
    ground = plain_ground(photo, cloth)
    if ground is None:
        return None
    colours = skin_colours(photo, ground, predicted[SKIN])
    if colours is None:
        return None
    skin = _skin(colours, ground, cloth)
    if not 0 < np.count_nonzero(skin) < MOST_SKIN * np.count_nonzero(~ground):
        return None
    mask = np.where(ground, BACKGROUND, IGNORE).astype(np.uint8)
    solid = inside(ground)
    sure = solid & (cloth > SURE_CLOTH) & (colours.distance > FAR) & ~skin
    below_head = int(np.flatnonzero(skin.any(1))[0]) + round(HEAD * len(sure))
    is_deep = np.median(colours.lightness[colours.seeds]) < DEEP
    sure[:below_head] &= (far[FIRST:, :below_head].sum(0) > SURE_CLOTH) & ~is_deep
    mask[sure] = CLOTH
    black_hair = (far[HAIR] > SURE) & (colours.lightness < BLACK)
    mask[solid & ((predicted[HAIR] > SURE) | black_hair) & ~skin] = HAIR
    mask[skin] = SKIN
    return mask


def _skin(colours: SkinColours, ground: np.ndarray, cloth: np.ndarray) -> np.ndarray:
    """The pieces of what is alike in colour that are skin, boolean (h, w)."""
    count, pieces = pieces_of(colours.alike)
    flat = pieces.ravel()
    areas = np.maximum(np.bincount(flat, minlength=count), 1)
    at_ground = cv2.dilate(ground.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(bool)
    sure, bare, belief = (
        np.bincount(flat, one.ravel(), minlength=count) / areas for one in (colours.seeds, at_ground, cloth)
    )
    skin = (sure > LEAST_SURE) | ((areas > LEAST_PIECE * flat.size) & (bare > OPEN) & (belief < DOUBTED))
    skin[0] = False
    return skin[pieces]


def is_kept_out(path: Path) -> bool:
    """Whether no run may learn from this product photo; its name alone decides."""
    return zlib.crc32(path.stem.encode()) % HOLD_OUT_EVERY == 0


def read_product_photo(path: Path) -> np.ndarray | None:
    """A photo, uint8 (h, w, 3), RGB, at most MIDDLE_SIDE pixels a side; None where the file is no picture."""
    if (photo := cv2.imread(str(path))) is None:
        return None
    photo = cv2.cvtColor(photo, cv2.COLOR_BGR2RGB)
    scale = min(1.0, MIDDLE_SIDE / max(photo.shape[:2]))
    return cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
