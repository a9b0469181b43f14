"""How many centimetres a pixel of a photo is, so that a print has the same size on every garment.

Nothing on a photo says its scale, so it is guessed from what has a usual size. The best guess comes first:

- a person seen from hair to shoes: adults are about 168 cm tall in their shoes, and lens and posture matter little;
- a worn garment's width: of all its measures the one that differs least between people, and a cropped photo keeps it;
- a garment without anybody in it: its height as it lies or hangs;
- nothing of these: a photo shows about 80 cm from top to bottom, which is a garment with some air around it.

The widths of worn garments are medians over 404 street photos of Clothing Co-Parsing whose people are seen whole,
taken as 168 cm tall; half of the garments were within 10 % (upper), 12 % (lower) and 14 % (dress) of them.
"""

from __future__ import annotations

import cv2
import numpy as np

from segmentation.models import CLASSES
from segmentation.refine import connected_parts
from segmentation.votes import among

PERSON_CM = 168.0
PHOTO_CM = 80.0
WORN_WIDTH_CM = {"upper": 45.0, "dress": 36.0, "lower": 33.0}
"""Width that nine tenths of the garment's rows do not exceed, arms included."""
LAID_HEIGHT_CM = {"upper": 68.0, "dress": 100.0, "lower": 98.0, "bag": 35.0, "shoes": 14.0}
TALL_SHOES_CM = 35.0
"""Height of shoes by themselves that are taller than wide: boots, or a pair seen from above."""
SLIMMEST, STOUTEST = 2.0, 5.0
"""Height of a standing person in widths. Whoever sits, or stands beside another, is not measured from top to toe."""
LEAST_PERSON, LEAST_GARMENT = 0.005, 0.002
"""Share of the photo below which skin and hair, or a garment, are noise."""
LEAST_CM, MOST_CM = 10.0, 1000.0
"""What a photo can show from top to bottom: a guess outside is a mistake."""


def guess_cm_per_px(classes: np.ndarray, photo_height: int) -> float:
    """Centimetres per pixel of a photo.

    Args:
        classes: what is where, indices into `CLASSES`, (h, w) at any size.
        photo_height: of the photo, in the pixels that the answer is for.
    """
    share = classes.shape[0] / photo_height
    guess = _by_person(classes) or _by_garment(classes)
    if guess is None or not LEAST_CM <= guess * classes.shape[0] <= MOST_CM:
        return usual_cm_per_px(photo_height)
    return guess * share


def usual_cm_per_px(photo_height: int) -> float:
    """Centimetres per pixel of a photo of which nothing else is known."""
    return PHOTO_CM / photo_height


def _by_person(classes: np.ndarray) -> float | None:
    hair, shoes = CLASSES.index("hair"), CLASSES.index("shoes")
    # A gap between trouser leg and shoe does not cut a person in two.
    reach = max(3, classes.shape[0] // 60) | 1
    body = cv2.morphologyEx((classes != 0).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((reach, 1), np.uint8))
    parts, areas = connected_parts(body.view(bool), connectivity=8)
    best = None
    for part in 1 + np.flatnonzero(areas[1:] >= LEAST_PERSON * classes.size):
        left, top, width, height = cv2.boundingRect((parts == part).view(np.uint8))
        here = np.s_[top : top + height, left : left + width]
        own = np.where(parts[here] == part, classes[here], 0)
        rows = [np.flatnonzero((own == one).any(axis=1)) for one in (hair, shoes)]
        if not all(found.size for found in rows):
            continue
        tall = int(rows[1][-1]) + 1 - int(rows[0][0])
        whole = top + rows[0][0] > 1 and rows[0][0] < 0.2 * height and rows[1][-1] > 0.8 * height
        if whole and SLIMMEST <= tall / width <= STOUTEST and (best is None or tall > best):
            best = tall
    return None if best is None else PERSON_CM / best


def _by_garment(classes: np.ndarray) -> float | None:
    person = among(classes, ("skin", "hair")).mean() > LEAST_PERSON
    for label, usual in (WORN_WIDTH_CM if person else LAID_HEIGHT_CM).items():
        region = classes == CLASSES.index(label)
        if region.mean() < LEAST_GARMENT:
            continue
        parts, areas = connected_parts(region, connectivity=8)
        own = parts == 1 + int(areas[1:].argmax())
        if not person:
            _, _, wide, tall = cv2.boundingRect(own.view(np.uint8))
            return (TALL_SHOES_CM if label == "shoes" and tall > wide else usual) / tall
        own = own[own.any(axis=1)]
        widths = own.shape[1] - own[:, ::-1].argmax(axis=1) - own.argmax(axis=1)
        return usual / float(np.quantile(widths, 0.9))
    return None
