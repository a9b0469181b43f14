"""How much of people's skin and hair a garment network paints, where studios show them: on plain ground."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from segmentation.hair import HAIR
from segmentation.models import CLASSES
from segmentation.models import FIRST_GARMENT as FIRST
from segmentation.predict import Segmenter
from segmentation.skin import SKIN
from training.details import CLOTH
from training.garments import in_a_studio, load_street_photos
from training.worn import is_kept_out, label_worn, read_product_photo

MOST_PAINTED = 0.1
"""Share of a photo's skin from which its arms count as painted."""
STUDIO = (832, 576)
"""Height and width of pictures of people in a studio."""


def score_worn(folder: Path, segmenter: Segmenter, labeller: Segmenter) -> dict[str, float]:
    """What a network makes of the worn product photos that no run learns from, labelled by another.

    Returns:
        As `score_painted`.
    """
    return score_painted(_worn(folder, labeller), segmenter)


def score_in_studio(folder: Path, segmenter: Segmenter) -> dict[str, float]:
    """What a network makes of the people on the street photos kept out, laid on plain ground with their labels.

    Returns:
        As `score_painted`.

    Raises:
        DataError: the folder lacks photos, masks or labels.
    """
    street = load_street_photos(folder, *STUDIO, held_out=True)
    people = (
        in_a_studio(photo, mask, np.random.default_rng(number))
        for number, (photo, mask) in enumerate(zip(street.photos, street.masks, strict=True))
    )
    return score_painted(people, segmenter)


def score_painted(photos: Iterable[tuple[np.ndarray, np.ndarray]], segmenter: Segmenter) -> dict[str, float]:
    """What a network paints of photos, uint8 (h, w, 3), with class masks, uint8 (h, w), cloth of any kind in them.

    Returns:
        How many there are, shares of their skin and hair that are painted and of their cloth that is found, IoU of
        clothing, and of how many photos more than MOST_PAINTED of the skin is painted.
    """
    seen, found = np.zeros(256), np.zeros(256)
    count = painted = 0
    for photo, mask in photos:
        clothing = segmenter.find_garments(photo).clothing > 127
        known = np.where((mask >= FIRST) & (mask <= CLOTH), FIRST, mask)
        pixels, hits = (np.bincount(known[where], minlength=256) for where in (known < len(CLASSES), clothing))
        seen, found = seen + pixels, found + hits
        count += 1
        painted += hits[SKIN] > MOST_PAINTED * pixels[SKIN]
    shares = found / np.maximum(seen, 1)
    either = seen[FIRST] + found[:FIRST].sum()
    return {
        "photos": count,
        "skin_painted": round(float(shares[SKIN]), 4),
        "hair_painted": round(float(shares[HAIR]), 4),
        "cloth_found": round(float(shares[FIRST]), 4),
        "clothing_iou": round(float(found[FIRST] / max(1, either)), 4),
        "photos_painted": int(painted),
    }


def _worn(folder: Path, labeller: Segmenter) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for path in sorted(folder.glob("*/*.jpg")):
        if not is_kept_out(path) or (photo := read_product_photo(path)) is None:
            continue
        if (mask := label_worn(photo, labeller)) is not None:
            yield photo, mask
