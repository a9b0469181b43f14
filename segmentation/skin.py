"""Bare arms and legs that a network takes for sleeves, told by the colour of the skin that it is sure of.

Networks know faces and miss arms, above all in the even light of a studio. But all skin of one photo has one colour, in
one light, which printed cloth seldom has. So what has that colour and is smooth is alike; whether it is skin depends on
how much of it the network is sure of.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from segmentation.colours import lab_of
from segmentation.models import CLASSES
from segmentation.models import FIRST_GARMENT as FIRST
from segmentation.votes import winners

SKIN = CLASSES.index("skin")
SURE, LEAST_SEEDS, FEWEST = 0.6, 0.002, 30
"""Probability from which skin is sure, the least share of sure skin, and the fewest pixels that have a colour."""
HUES, CHROMAS, DARKEST = (15.0, 85.0), (5.0, 48.0), 20.0
"""What colours skin can have: CIE Lab hue in degrees, chroma, lightness."""
NEAR = 2.6
"""Mahalanobis distance from the colour of the sure skin up to which a colour is alike."""
SMOOTH = 4.0
"""Most deviation of lightness within 5 px of skin."""
LEAST_KNOWN = 0.25
"""Share of a piece of skin's colour that is sure skin, for the rest to be skin though the network calls it cloth: a
hand on trousers of its colour has less."""
MOST_TAKEN = 0.15
"""Share of all cloth from which such a piece is rather a garment."""
HAIRS, EDGE = 11, 7
"""Width in pixels of what lies within a limb and is skin too, as hairs and veins are, and of the square whose middle
reaches from a limb to the ground over its edge."""


@dataclass(frozen=True)
class SkinColours:
    """What on a photo has the colour of its sure skin; all are (h, w).

    Args:
        seeds: boolean, the sure skin.
        distance: float32, Mahalanobis distance of each colour from that of the seeds.
        alike: boolean, what is near that and smooth.
        lightness: CIE Lab lightness without fine detail.
    """

    seeds: np.ndarray
    distance: np.ndarray
    alike: np.ndarray
    lightness: np.ndarray


def skin_colours(photo: np.ndarray, ground: np.ndarray, likely: np.ndarray) -> SkinColours | None:
    """The colours of the skin on a photo, uint8 (h, w, 3), RGB; None where hardly any is sure.

    Args:
        ground: boolean (h, w), what is certainly no skin; nor are its edges, which are mixed with it.
        likely: how likely each pixel is skin, float32 (h, w).
    """
    lab = lab_of(photo)
    smooth = cv2.GaussianBlur(lab, (0, 0), 1.2)
    possible = inside(ground) & _has_skins_hue(smooth)
    seeds = possible & (likely > SURE)
    if np.count_nonzero(seeds) < max(FEWEST, LEAST_SEEDS * seeds.size):
        return None
    distance = _distance(smooth, smooth[seeds])
    lightness = smooth[..., 0]
    texture = np.sqrt(np.maximum(cv2.blur((lab[..., 0] - lightness) ** 2, (5, 5)), 0))
    return SkinColours(seeds, distance, possible & (distance < NEAR) & (texture < SMOOTH), lightness)


def settle_skin(probabilities: np.ndarray, photo: np.ndarray, ground: np.ndarray) -> None:
    """Give bare skin that was taken for cloth back to skin; changes `probabilities` in place.

    Args:
        probabilities: float32 (len(CLASSES), h, w).
        photo: uint8 (h, w, 3), RGB.
        ground: boolean (h, w), where the plain ground lies.
    """
    colours = skin_colours(photo, ground, probabilities[SKIN])
    if colours is None:
        return
    count, pieces = pieces_of(colours.alike)
    winner = winners(probabilities)
    cloth = winner >= FIRST
    sizes, seeds, worn = (np.bincount(pieces[part], minlength=count) for part in (pieces > 0, colours.seeds, cloth))
    known = (seeds > LEAST_KNOWN * sizes) & (worn < MOST_TAKEN * np.count_nonzero(cloth))
    known[0] = False
    bare = (known[pieces] | (winner == SKIN)).astype(np.uint8)
    limbs = cv2.morphologyEx(bare, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (HAIRS, HAIRS)))
    # The edge of a limb, mixed with the ground, has neither colour.
    edge = cv2.bitwise_and(*(cv2.dilate(part, _square(EDGE)) for part in (limbs, ground.astype(np.uint8))))
    taken = (((limbs > 0) | (edge > 0)) & cloth & ~ground).astype(np.uint8)
    # Thin lines are straps, and the edges of sleeves.
    taken = cv2.morphologyEx(taken, cv2.MORPH_OPEN, _square(3)).astype(bool)
    probabilities[:, taken] = 0
    probabilities[SKIN, taken] = 1


def inside(ground: np.ndarray) -> np.ndarray:
    """What is no ground and does not touch it, boolean (h, w)."""
    return cv2.erode((~ground).astype(np.uint8), _square(3)).astype(bool)


def pieces_of(alike: np.ndarray) -> tuple[int, np.ndarray]:
    """How many connected pieces a boolean (h, w) has, without thin lines, and which one is where, 0 being none."""
    opened = cv2.morphologyEx(alike.astype(np.uint8), cv2.MORPH_OPEN, _square(3))
    return cv2.connectedComponents(opened, connectivity=4)


def _square(width: int) -> np.ndarray:
    return np.ones((width, width), np.uint8)


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
    # The root of the inverse makes the distance one of Euclid.
    root = np.linalg.cholesky(np.linalg.inv(spread)).T
    one, two, three = cv2.split(cv2.transform(lab, np.column_stack([root, -root @ kept.mean(0)])))
    return cv2.magnitude(cv2.magnitude(one, two), three)
