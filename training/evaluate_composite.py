"""What compositing keeps of a garment: `python -m training evaluate composite --data DIR`, on labelled masks.

Questions asked of every large garment of the held-out photos. Does the light stay: the correlation of the
slow log-luminance before and after, with a mid-grey print. Does its own colour change nothing: the mean change of
bytes with a print of the garment's mean colour, beside that of a flat paste of the same colour. Is the rest left
alone: the pixels changed where the mask is 0.

Before and after agree only where the cloth is plain: on a printed garment what is slow before is partly print. So made
garments are asked too, of which the truth is known (made_garments.py): what is left of a strong colourless print put on
the plain ones of them, what light is kept under it, and what is left of the old cloth's colour in a soft edge.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from segmentation import Layer, composite, load_photo, pixels_of
from segmentation.compositing import shading_of
from segmentation.models import CLASSES, GARMENT_CLASSES
from segmentation.printing import TO_LINEAR
from segmentation.shading import LUMINANCE
from segmentation.sizes import PERSON_CM
from segmentation.smooth import smooth_inside
from training.contact_sheet import QUALITY, contact_sheet
from training.garments import DataError, class_lookup, is_held_out
from training.made_garments import SPILL_COLOURS, STRONG_PRINTS, Left, edge_spill, what_is_left

GREY = 128
LEAST_SHARE = 0.03
"""Share of the photo from which on a garment is scored."""
PLAIN = 0.05
"""Variation of colour and brightness, as `shading` measures it, up to which a garment counts as plain."""
LEAST_PRINTED_SHARE = 0.08
MOST_PRINTED = 24
"""Of the plain garments so many, of that share of the photo at least, get strong prints."""


@dataclass(frozen=True)
class Kept:
    """Of one garment: correlation of slow light, mean change in bytes by us and by a flat paste, pixels, print."""

    light: float
    change: float
    flat_change: float
    changed_outside: int
    printedness: float


def what_is_kept(photo: np.ndarray, mask: np.ndarray) -> Kept:
    """Compose a grey print and one of the garment's own colour on a photo (H, W, 3) uint8, and compare.

    Args:
        photo: the photo.
        mask: of one garment, boolean (H, W).
    """
    soft = _soft(mask)
    inner = cv2.erode(mask.astype(np.uint8), np.ones((7, 7), np.uint8)).astype(bool)
    grey = composite(photo, [Layer(_plain((GREY, GREY, GREY)), soft)])
    mean = TO_LINEAR[photo[inner]].mean(axis=0)
    own = tuple(int(np.abs(TO_LINEAR - value).argmin()) for value in mean)
    same = composite(photo, [Layer(_plain(own), soft)])
    before, after = (_slow_light(picture, inner) for picture in (photo, grey))
    original = photo[inner].astype(int)
    found = shading_of(photo, soft)
    return Kept(
        light=float(np.corrcoef(before[inner], after[inner])[0, 1]),
        change=float(np.abs(same[inner] - original).mean()),
        flat_change=float(np.abs(np.array(own) - original).mean()),
        changed_outside=int((grey != photo).any(axis=2)[soft == 0].sum()),
        printedness=0.0 if found is None else found[1].printedness,
    )


def _soft(mask: np.ndarray) -> np.ndarray:
    soft = (cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.0) * 255).round().astype(np.uint8)
    soft[~cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)] = 0
    return soft


def _plain(colour: tuple[int, ...]) -> Image.Image:
    return Image.new("RGB", (64, 64), colour)


def _slow_light(picture: np.ndarray, inside: np.ndarray) -> np.ndarray:
    luminance = TO_LINEAR[picture] @ LUMINANCE
    weight = inside.astype(np.float32)
    return smooth_inside(
        np.log(luminance + 0.01).astype(np.float32), weight, max(1.0, 0.03 * float(weight.sum()) ** 0.5)
    )


def score_composites(data: Path, limit: int | None = None) -> dict:
    """Scores over the garments of the held-out photos.

    Raises:
        DataError: the folder lacks labels or held-out photos.
    """
    if not (data / "labels.json").is_file():
        raise DataError(f"{data} must hold photos/NNNN.jpg, masks/NNNN.png and labels.json. Give that folder.")
    table = class_lookup(json.loads((data / "labels.json").read_text()))
    kept: list[Kept] = []
    left: dict[str, list[Left]] = {name: [] for name in STRONG_PRINTS}
    paths = sorted(path for path in (data / "photos").glob("*.jpg") if is_held_out(path.stem))
    for path in paths[:limit]:
        photo = pixels_of(load_photo(path))[..., :3]
        with Image.open(data / "masks" / f"{path.stem}.png") as labels:
            classes = table[np.asarray(labels)]
        for label in GARMENT_CLASSES:
            mask = classes == CLASSES.index(label)
            if mask.mean() >= LEAST_SHARE:
                kept.append(what_is_kept(photo, mask))
                number = sum(len(some) for some in left.values())
                if kept[-1].printedness < PLAIN and mask.mean() >= LEAST_PRINTED_SHARE and number < MOST_PRINTED:
                    name = STRONG_PRINTS[number % len(STRONG_PRINTS)]
                    left[name].append(what_is_left(photo, _soft(mask), name, PERSON_CM / photo.shape[0]))
    if not kept:
        raise DataError(f"{data}/photos has no held-out photo NNNN.jpg with a large garment.")
    light = np.array([one.light for one in kept])
    plain = [one.light for one in kept if one.printedness < PLAIN]
    under = [one for some in left.values() for one in some]
    return {
        "garments": len(kept),
        "light_correlation_median": round(float(np.median(light)), 4),
        "light_correlation_lowest_tenth": round(float(np.quantile(light, 0.1)), 4),
        "plain_garments": len(plain),
        "light_correlation_of_plain_median": round(float(np.median(plain)), 4) if plain else None,
        "old_print_left": {
            name: round(float(np.mean([one.old_print for one in some])), 3) for name, some in left.items() if some
        },
        "light_under_old_prints": round(float(np.mean([one.light for one in under])), 3) if under else None,
        "edge_spill": {name: round(edge_spill(name), 3) for name in SPILL_COLOURS},
        "change_by_own_colour": round(float(np.mean([one.change for one in kept])), 2),
        "change_by_flat_paste": round(float(np.mean([one.flat_change for one in kept])), 2),
        "pixels_changed_outside": sum(one.changed_outside for one in kept),
    }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--data", type=Path, help="folder with photos/, masks/ and labels.json")
    what.add_argument("--contact-sheet", type=Path, help="draw 24 varied photos and their composites as this picture")
    parser.add_argument("--limit", type=int, help="score only so many photos")


def run(args: argparse.Namespace) -> int:
    """Print the scores as JSON; 0, or 2 and one line that says what is wrong."""
    try:
        if args.contact_sheet:
            contact_sheet().save(args.contact_sheet, quality=QUALITY)
            return 0
        print(json.dumps(score_composites(args.data, args.limit)))
    except (ValueError, OSError, ImportError) as error:
        print(f"evaluate composite: {error}", file=sys.stderr)
        return 2
    return 0
