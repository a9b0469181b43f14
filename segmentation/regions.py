"""From class probabilities to garments: what is what, what is noise, and who wears it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from segmentation.colours import lab_of
from segmentation.models import CLASSES, GARMENT_CLASSES
from segmentation.refine import connected_parts, fill_small_holes, keep_large_parts
from segmentation.votes import among, winners

LEAST_AREA = {"upper": 0.004, "dress": 0.006, "lower": 0.004, "shoes": 0.0008, "bag": 0.0015, "accessory": 0.001}
"""Share of the photo below which a found garment is taken for noise."""
LEAST_CONFIDENCE = 0.45
MOST_HAIR_AROUND = 0.5
"""An accessory with more hair than this around it is a lock of that hair: hats have the wall above them."""
LEAST_HAIR_AROUND, LOWEST_HAT = 0.1, 0.7
"""Share of an accessory's surroundings from which it touches hair, and how far down that hair its middle may lie for it
to be beside the hair: scarves lie lower."""
LEAST_PERSON = 0.005
"""Share of the photo that skin and hair cover where somebody is on it."""
LEAST_BODY = 0.15
"""A figure is another person, or another piece laid out, when it wears this share of what the largest one wears."""
PIECES = ("upper", "dress", "lower")
PERSON = ("skin", "hair")
CUT = 3
"""Rows of the photo in which what its top cuts begins: the network is unsure of the first."""
TWO_COLOURS, LEAST_BLOUSE, LEAST_BELOW = 50.0, 0.2, 0.75
"""How far apart in CIE Lab a top and what is read as a dress are where they are two pieces, how large the top is of
both, and how much of the other lies under its hem where that is a skirt. Of 94 dresses that are labelled two change
their colour by so much, of 134 skirts with tops every fourth (`training/NOTES.md`)."""
LEAST_SEAM = 1.2
"""How long the line is along which the halves of one skirt meet, in square roots of their area: tights and trouser legs
come out from under a hem along shorter ones."""


def settle_dresses(probabilities: np.ndarray, photo: np.ndarray) -> None:
    """Decide, for each person or garment, between a dress and separate pieces; changes `probabilities` in place.

    The network may call one half of a dress "upper". Within a connected body of clothes, a small share of the one
    reading is handed to the other, unless the colours say that they are a blouse and a skirt; without any skin or hair
    (a product shot) there is one garment, so the larger reading takes all of it.

    Args:
        probabilities: float32 (len(CLASSES), h, w).
        photo: uint8 (h, w, 3), RGB.
    """
    upper, dress, lower = (CLASSES.index(name) for name in PIECES)
    winner = winners(probabilities)
    body = among(winner, PIECES)
    person = among(winner, PERSON).mean() > LEAST_PERSON
    count, parts = cv2.connectedComponents(body.astype(np.uint8), connectivity=8)
    areas = _areas(parts, count, winner)
    mixed = (areas[:, dress] > 0) & (areas[:, upper] + areas[:, lower] > 0)
    for part in np.flatnonzero(mixed):
        here = parts == part
        share = areas[part, dress] / (areas[part, dress] + areas[part, upper])
        near = _grown(here, 9)
        top, rest = here & (winner == upper), here & (winner == dress)
        if person and 0.7 < share <= 1 - LEAST_BLOUSE and _differ(photo, top, rest):
            if _is_below(rest, top):
                _hand_over(probabilities, near, dress, lower)
        elif share > (0.7 if person else 0.5):
            _hand_over(probabilities, near, upper, dress)
        elif share < (0.2 if person else 0.5):
            piece = np.where(probabilities[lower] > probabilities[upper], lower, upper)
            for target in (upper, lower):
                _hand_over(probabilities, near & (piece == target), dress, target)


def _areas(parts: np.ndarray, count: int, winner: np.ndarray) -> np.ndarray:
    """How many pixels of each class each of `count` connected parts has, 0 being what is in none: (count, classes)."""
    pairs = np.bincount((parts * len(CLASSES) + winner).ravel(), minlength=count * len(CLASSES))
    return pairs.reshape(count, len(CLASSES))


def _differ(photo: np.ndarray, one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two boolean parts (h, w) of a photo have quite different colours."""

    def colour(part: np.ndarray) -> np.ndarray:
        return np.median(lab_of(photo[part][None]), axis=1)

    return float(np.linalg.norm(colour(one) - colour(other))) > TWO_COLOURS


def _is_below(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether most of a boolean part (h, w) lies lower than nearly all of another."""
    hem = np.percentile(np.nonzero(other)[0], 95)
    return float(np.mean(np.nonzero(one)[0] > hem)) > LEAST_BELOW


def settle_skirts(probabilities: np.ndarray) -> None:
    """Make one piece of a skirt that is read as half a dress; changes `probabilities` in place, after settle_dresses.

    Where "dress" and "lower" meet along a long line there is one piece of cloth, and the likelier reading takes all of
    it.
    """
    _, dress, lower = (CLASSES.index(name) for name in PIECES)
    winner = winners(probabilities)
    count, parts = cv2.connectedComponents(among(winner, ("dress", "lower")).astype(np.uint8), connectivity=8)
    areas = _areas(parts, count, winner)
    for part in np.flatnonzero((areas[:, dress] > 0) & (areas[:, lower] > 0)):
        here = parts == part
        below = here & (winner == lower)
        seam = here & (winner == dress) & _grown(below, 3)
        if np.count_nonzero(seam) > LEAST_SEAM * np.sqrt(np.count_nonzero(here)):
            source, target = sorted((dress, lower), key=lambda reading: probabilities[reading][here].sum())
            _hand_over(probabilities, _grown(here, 9), source, target)


def _grown(region: np.ndarray, width: int) -> np.ndarray:
    """A boolean region and what a square of so many pixels reaches from it."""
    return cv2.dilate(region.astype(np.uint8), np.ones((width, width), np.uint8)).astype(bool)


def _hand_over(probabilities: np.ndarray, where: np.ndarray, source: int, target: int) -> None:
    probabilities[target][where] += probabilities[source][where]
    probabilities[source][where] = 0


def drop_unworn_parts(winner: np.ndarray) -> np.ndarray:
    """Take away what looks like cloth but hangs on nobody: a flag, a toy, a curtain behind a person.

    On a photo with a person, a body of clothes that touches neither skin nor hair and is under a quarter of the largest
    one becomes background. Skin and hair count where they are large, as heads are: a brown toy has specks of both.
    Shoes stay: the skin that they touch is often a mere strip. Without a person, as on a product shot, nothing is
    taken away.

    Args:
        winner: class indices (H, W). A changed copy is returned.
    """
    person = among(winner, PERSON)
    if person.mean() < LEAST_PERSON:
        return winner
    person_parts, person_areas = connected_parts(person, connectivity=8)
    person_areas[0] = 0
    person = (person_areas > 0.15 * person_areas.max())[person_parts]
    clothes = among(winner, GARMENT_CLASSES)
    parts, areas = connected_parts(clothes, connectivity=8)
    count = len(areas)
    reach = max(3, min(winner.shape) // 40) | 1
    worn = set(np.unique(parts[_grown(person, reach)]))
    largest = areas[1:].max(initial=0)
    shoes = np.bincount(parts[winner == CLASSES.index("shoes")], minlength=count)
    unworn = [part for part in range(1, count) if part not in worn and shoes[part] < areas[part] / 2]
    unworn = [part for part in unworn if areas[part] < largest / 4]
    return np.where(np.isin(parts, unworn), CLASSES.index("background"), winner)


def garment_regions(probabilities: np.ndarray) -> dict[str, np.ndarray]:
    """Where each garment certainly is: boolean regions without crumbs and pinholes, by label.

    Of several people each has garments of their own: the largest top is "upper", the next one "upper-2".
    """
    winner = drop_unworn_parts(winners(probabilities))
    owners = owners_of(winner)
    regions = {}
    for label in GARMENT_CLASSES:
        region = winner == CLASSES.index(label)
        least = LEAST_AREA[label] * region.size
        if np.count_nonzero(region) < least / 2:
            continue  # filled holes cannot make up for so much
        region = keep_large_parts(fill_small_holes(region, 0.0004 * region.size), least * 0.25)
        if label == "accessory":
            region = region & ~locks_of_hair(winner, region)
        parts = [region] if owners is None else [region & (owners == one) for one in np.unique(owners)]
        number = 0
        for part in sorted(parts, key=np.count_nonzero, reverse=True):
            if np.count_nonzero(part) >= least and probabilities[CLASSES.index(label)][part].mean() >= LEAST_CONFIDENCE:
                number += 1
                regions[label if number == 1 else f"{label}-{number}"] = part
    return regions


def kind_of(label: str) -> str:
    """The garment class of a label: "upper" of "upper" and of "upper-2"."""
    return label.partition("-")[0]


def owners_of(winner: np.ndarray) -> np.ndarray | None:
    """Which person, or which piece laid out on the ground, each pixel is nearest to; None where there is only one.

    A figure is a connected part that is not background. On a photo of people each has skin or hair of its own and
    stands beside the others: a body that a bench cuts in two is one above the other. People who touch are one figure.
    Trouser legs that the top of a photo of things cuts off from each other are one pair.

    Args:
        winner: class indices (H, W).
    """
    figure = winner != CLASSES.index("background")
    parts, areas = connected_parts(figure, connectivity=8)
    count = len(areas)
    worn = np.bincount(parts[among(winner, PIECES)], minlength=count)
    person = among(winner, PERSON)
    bare = np.bincount(parts[person], minlength=count)
    people = person.mean() > LEAST_PERSON
    boxes: dict[int, Sequence[int]] = {}
    for part in np.argsort(-worn, kind="stable"):
        if part == 0 or worn[part] < max(1, LEAST_BODY * worn[1:].max(initial=0)):
            continue
        box = cv2.boundingRect((parts == part).view(np.uint8))
        if people and (bare[part] < 0.02 * areas[part] or any(_beside(box, other) < 0.5 for other in boxes.values())):
            continue
        boxes[part] = box
    if len(boxes) < 2:
        return None
    far = [cv2.distanceTransform((parts != body).astype(np.uint8), cv2.DIST_L2, 3) for body in boxes]
    owners = np.argmin(far, axis=0)
    legs = [number for number, body in enumerate(boxes) if not people and _is_cut_leg(winner, parts == body)]
    if len(legs) == 2:
        owners[owners == legs[1]] = legs[0]
    return owners


def _is_cut_leg(winner: np.ndarray, figure: np.ndarray) -> bool:
    """Whether a boolean figure (H, W) is of "lower" and reaches the top of the photo."""
    lower = np.count_nonzero(figure & (winner == CLASSES.index("lower")))
    return bool(figure[:CUT].any() and lower > np.count_nonzero(figure) / 2)


def _beside(one: Sequence[int], other: Sequence[int]) -> float:
    """Share of the narrower figure's width that the other figure is neither above nor below.

    Args:
        one, other: left, top, width and height.
    """
    shared = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    return 1 - max(0, shared) / min(one[2], other[2])


def locks_of_hair(winner: np.ndarray, region: np.ndarray) -> np.ndarray:
    """Where parts of a boolean region are surrounded by hair, or touch hair that reaches as high as they do.

    A hat has its hair below it; scarves have theirs above, but lie low beside it.
    """
    count, parts = cv2.connectedComponents(region.view(np.uint8), connectivity=8)
    hair = winner == CLASSES.index("hair")
    _, hairs = cv2.connectedComponents(hair.view(np.uint8), connectivity=8)
    locks = np.zeros_like(region)
    for part in range(1, count):
        here = parts == part
        around = _grown(here, 9) & ~here
        touched = np.bincount(hairs[around & hair], minlength=2)
        largest = int(touched[1:].argmax()) + 1
        _, top, _, tall = cv2.boundingRect((hairs == largest).view(np.uint8)) if touched[1:].any() else (0, 0, 0, 0)
        rows = np.flatnonzero(here.any(1))
        middle = np.average(np.arange(len(here)), weights=np.count_nonzero(here, axis=1))
        beside = top <= rows[0] and middle < top + LOWEST_HAT * tall
        if hair[around].mean() > MOST_HAIR_AROUND or (beside and touched[largest] > LEAST_HAIR_AROUND * around.sum()):
            locks |= here
    return locks


def soft_mask(probabilities: np.ndarray, label: str, region: np.ndarray, near: np.ndarray) -> np.ndarray:
    """The garment's probability within reach of its region, float32 0..1; holes of the region are filled."""
    index = CLASSES.index(kind_of(label))
    soft = np.zeros(region.shape, np.float32)
    left, top, wide, tall = cv2.boundingRect(near.view(np.uint8))
    here = np.s_[top : top + tall, left : left + wide]
    own, others = probabilities[index][here], probabilities[:, *here]
    rival = np.maximum(others[:index].max(0), others[index + 1 :].max(0, initial=0.0))
    share = own / np.maximum(own + rival, 1e-6)
    share = np.where(region[here], np.maximum(share, 0.5), np.minimum(share, 0.5) * near[here])
    # Certain pixels are whole: a garment that the network is two thirds sure of is not see-through.
    soft[here] = np.clip((share - 0.5) * 4 + 0.5, 0, 1)
    return soft
