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

from segmentation.models import CLASSES
from segmentation.models import FIRST_GARMENT as FIRST
from segmentation.plain_ground import plain_ground
from segmentation.predict import MIDDLE_SIDE, Segmenter
from training.details import CLOTH, IGNORE

BACKGROUND, SKIN, HAIR = (CLASSES.index(name) for name in ("background", "skin", "hair"))
HOLD_OUT_EVERY = 6
"""One product photo of so many, by its name, is never learned from."""
VIEWS = ((1.5, False), (1.1, True))
"""As `segmentation.predict.VIEWS`, but the mean of both tells everything."""
SURE, LEAST_SEEDS = 0.6, 0.002
"""Probability from which skin and hair are sure, and the least share of sure skin."""
SURE_CLOTH = 0.8
"""Probability of any cloth from which it is cloth, where its colour is not that of skin."""
HUES, CHROMAS, DARKEST = (15.0, 85.0), (5.0, 48.0), 20.0
"""What colours skin can have: CIE Lab hue in degrees, chroma, lightness."""
NEAR, FAR = 2.6, 3.5
"""Mahalanobis distances from the colour of the sure skin: skin is nearer, cloth further."""
SMOOTH = 4.0
"""Most deviation of lightness within 5 px of skin."""
LEAST_SURE = 0.05
"""Share of a piece of skin's colour that is sure skin, for all of it to be skin."""
LEAST_PIECE, OPEN, DOUBTED = 0.0015, 0.08, 0.97
"""A piece without so much is skin when it covers such a share of the photo, such a share of it lies at the ground, and
the network is less sure than that of its cloth."""
MOST_SKIN = 0.33
"""Share of the figure from which what has the colour of its skin is a garment too."""
MOST_PAINTED = 0.25
"""Share of a photo's skin from which its arms count as painted."""
HEAD = 0.2
"""Share of the photo's height below the highest skin where a head may be: what is cloth there is not sure."""


def label_worn(photo: np.ndarray, segmenter: Segmenter) -> np.ndarray | None:
    """Class mask, uint8 (h, w), of a photo on plain ground, uint8 (h, w, 3): background, skin, hair, CLOTH, or IGNORE
    where nothing is sure.

    None where the ground is not plain, the network sees no skin, or a garment has the colour of skin.
    """
    views = [segmenter.predict(photo, views=[view]) for view in VIEWS]
    predicted = np.mean([[cv2.resize(one, photo.shape[1::-1]) for one in view] for view in views], axis=0)
    cloth = predicted[FIRST:].sum(0)
    ground = plain_ground(photo, cloth)
    if ground is None:
        return None
    solid = cv2.erode((~ground).astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    lab = cv2.cvtColor(photo.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    smooth = cv2.GaussianBlur(lab, (0, 0), 1.2)
    likely = solid & _has_skins_hue(smooth)
    seeds = likely & (predicted[SKIN] > SURE)
    if seeds.mean() < LEAST_SEEDS:
        return None
    distance = _distance(smooth, smooth[seeds])
    texture = np.sqrt(np.maximum(cv2.blur((lab[..., 0] - smooth[..., 0]) ** 2, (5, 5)), 0))
    alike = likely & (distance < NEAR) & (texture < SMOOTH)
    skin = _skin(alike, seeds, ground, cloth)
    if not 0 < np.count_nonzero(skin) < MOST_SKIN * np.count_nonzero(~ground):
        return None
    mask = np.where(ground, BACKGROUND, IGNORE).astype(np.uint8)
    mask[solid & (predicted[HAIR] > SURE) & ~skin] = HAIR
    sure = solid & (cloth > SURE_CLOTH) & (distance > FAR) & ~skin
    first = int(np.flatnonzero(skin.any(1))[0])
    sure[: first + round(HEAD * len(sure))] = False
    mask[sure] = CLOTH
    mask[skin] = SKIN
    return mask


def _has_skins_hue(lab: np.ndarray) -> np.ndarray:
    hue, chroma = np.degrees(np.arctan2(lab[..., 2], lab[..., 1])), np.hypot(lab[..., 1], lab[..., 2])
    within = (hue > HUES[0]) & (hue < HUES[1]) & (chroma > CHROMAS[0]) & (chroma < CHROMAS[1])
    return within & (lab[..., 0] > DARKEST)


def _distance(lab: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """Mahalanobis distance of colours (h, w, 3) from those of the seeds (N, 3), of which outliers are left out."""
    middle = np.median(seeds, axis=0)
    kept = seeds[np.linalg.norm((seeds - middle) / (25, 10, 10), axis=1) < 1.5]
    # The seeds are the parts that the network knows best; no skin is as even as they are.
    spread = np.cov(kept.T) + np.diag((9.0, 2.2, 2.2))
    away = (lab - kept.mean(0)).astype(np.float32)
    return np.sqrt(np.einsum("hwi,ij,hwj->hw", away, np.linalg.inv(spread).astype(np.float32), away))


def _skin(alike: np.ndarray, seeds: np.ndarray, ground: np.ndarray, cloth: np.ndarray) -> np.ndarray:
    """The pieces of what is alike in colour that are skin, all boolean (h, w) but `cloth`."""
    opened = cv2.morphologyEx(alike.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, pieces = cv2.connectedComponents(opened, connectivity=4)
    flat = pieces.ravel()
    areas = np.maximum(np.bincount(flat, minlength=count), 1)
    at_ground = cv2.dilate(ground.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(bool)
    sure, bare, belief = (np.bincount(flat, one.ravel(), minlength=count) / areas for one in (seeds, at_ground, cloth))
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


def score_worn(folder: Path, segmenter: Segmenter, labeller: Segmenter) -> dict[str, float]:
    """What a network makes of the worn product photos that no run learns from, labelled by another.

    Returns:
        How many there are, shares of their skin and hair that are painted and of their cloth that is found, and of how
        many photos more than MOST_PAINTED of the skin is painted.
    """
    seen, found = np.zeros(len(CLASSES)), np.zeros(len(CLASSES))
    photos = painted = 0
    for path in sorted(folder.glob("*/*.jpg")):
        if not is_kept_out(path) or (photo := read_product_photo(path)) is None:
            continue
        if (mask := label_worn(photo, labeller)) is None:
            continue
        clothing = segmenter.find_garments(photo).clothing > 127
        known = np.where(mask == CLOTH, FIRST, mask)
        pixels, hits = (np.bincount(known[where], minlength=256)[: len(CLASSES)] for where in (known < 255, clothing))
        seen, found = seen + pixels, found + hits
        photos += 1
        painted += hits[SKIN] > MOST_PAINTED * pixels[SKIN]
    shares = found / np.maximum(seen, 1)
    return {
        "photos": photos,
        "skin_painted": round(float(shares[SKIN]), 4),
        "hair_painted": round(float(shares[HAIR]), 4),
        "cloth_found": round(float(shares[FIRST]), 4),
        "photos_painted": int(painted),
    }
