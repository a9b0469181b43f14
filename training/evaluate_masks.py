"""Scores of garment masks at the photos' own size: `python -m training evaluate masks --data DIR`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image

from segmentation import FoundGarments, kind_of, load_photo, load_segmenter
from segmentation.checkpoint import load_weights, save_weights
from segmentation.models import CLASSES, GARMENT_CLASSES
from segmentation.registry import weights_file
from training.garments import IGNORE, DataError, class_lookup, is_held_out
from training.painted import score_in_studio, score_worn
from training.unet import GarmentMetrics

BOUNDARY_PIXELS = 2
WORST = 8
"""Photos that are listed as failures."""


def boundary_f(truth: np.ndarray, guess: np.ndarray, reach: int = BOUNDARY_PIXELS) -> float:
    """F-score of the two masks' outlines, where a point within `reach` pixels of the other outline is right."""
    outlines = [_outline(mask) for mask in (truth, guess)]
    if not outlines[0].any() or not outlines[1].any():
        return float(outlines[0].any() == outlines[1].any())
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    near = [cv2.dilate(outline.astype(np.uint8), disc).astype(bool) for outline in outlines]
    recall, precision = near[1][outlines[0]].mean(), near[0][outlines[1]].mean()
    return float(2 * recall * precision / max(1e-9, recall + precision))


def _outline(mask: np.ndarray) -> np.ndarray:
    inner = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=1)
    return mask & ~inner.astype(bool)


def class_map(found: FoundGarments) -> np.ndarray:
    """The strongest garment at each pixel as a class index; 0 where there is none."""
    best = np.full(found.clothing.shape, 127, np.uint8)
    classes = np.zeros(found.clothing.shape, np.uint8)
    for garment in found.garments:
        classes[garment.mask > best] = CLASSES.index(kind_of(garment.label))
        best = np.maximum(best, garment.mask)
    return classes


def failure_picture(photo: np.ndarray, worn: np.ndarray, clothing: np.ndarray) -> Image.Image:
    """The photo and, beside it, grey: clothing that was missed in red, what was wrongly taken for clothing in blue.

    Args:
        photo: uint8 (H, W, 3).
        worn: boolean (H, W), clothing by the labels.
        clothing: boolean (H, W), clothing that was found.
    """
    grey = np.repeat(photo.mean(axis=2, keepdims=True), 3, axis=2)
    kinds = ((worn & clothing, (90, 190, 90)), (worn & ~clothing, (230, 30, 30)), (clothing & ~worn, (40, 80, 255)))
    for where, colour in kinds:
        grey[where] = 0.45 * grey[where] + 0.55 * np.array(colour)
    return Image.fromarray(np.hstack([photo, grey.astype(np.uint8)]))


def write_failures(folder: Path, scores: dict, pictures: dict[str, Image.Image]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, one in enumerate(scores["worst"], 1):
        pictures[one["photo"]].save(folder / f"{number:02d}-{one['photo']}.jpg", quality=90)
    (folder / "scores.json").write_text(json.dumps(scores, indent=1))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="folder with photos/, masks/ and labels.json")
    parser.add_argument("--model", default="aifashion-unet", help="a shipped network's name, or a weight file")
    parser.add_argument("--products", type=Path, help="folder CLASS/*.jpg of product photos: is skin painted there?")
    parser.add_argument("--studio", action="store_true", help="is skin painted of those people, laid on plain ground?")
    parser.add_argument("--labeller", default="aifashion-unet", help="network that labels those which somebody wears")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--limit", type=int, help="score only so many photos")
    parser.add_argument("--threads", type=int, help="CPU threads (default: all)")
    parser.add_argument("--all", action="store_true", help="score every photo, for folders never trained on")
    parser.add_argument("--output", type=Path, help="folder for pictures of the worst photos, and scores.json")
    parser.add_argument("--record", action="store_true", help="write the scores into the weight file's header")


def score_masks(args: argparse.Namespace) -> dict:
    """Find the garments on each held-out photo and compare with its labels.

    Raises:
        DataError, SegmentationError: the data or the weights cannot be used.
    """
    if not (args.data / "labels.json").is_file():
        raise DataError(f"{args.data} must hold photos/NNNN.jpg, masks/NNNN.png and labels.json. Give that folder.")
    if args.products and not any(args.products.glob("*/*.jpg")):
        raise DataError(f"{args.products} must hold product photos CLASS/*.jpg. Give that folder, or leave it out.")
    table = class_lookup(json.loads((args.data / "labels.json").read_text()))
    paths = sorted(path for path in (args.data / "photos").glob("*.jpg") if args.all or is_held_out(path.stem))
    segmenter = load_segmenter(args.model, args.device)
    metrics, boundaries, worst, seconds = GarmentMetrics(), [], [], 0.0
    pictures: dict[str, Image.Image] = {}
    for path in paths[: args.limit]:
        photo = load_photo(path)
        with Image.open(args.data / "masks" / f"{path.stem}.png") as labels:
            truth = table[np.asarray(labels)]
        started = time.perf_counter()
        found = segmenter.find_garments(photo)
        seconds += time.perf_counter() - started
        guess = class_map(found)
        # Skin and hair are not garments; here they are ground like the rest.
        truth = np.where((truth == CLASSES.index("skin")) | (truth == CLASSES.index("hair")), 0, truth)
        metrics.add(truth, guess)
        worn, clothing = (truth > 0) & (truth != IGNORE), found.clothing > 127
        boundaries.append(boundary_f(worn, clothing))
        worst.append((round(float((worn & clothing).sum() / max(1, (worn | clothing).sum())), 4), path.stem))
        worst = sorted(worst)[:WORST]
        if args.output and path.stem in [name for _, name in worst]:
            pictures[path.stem] = failure_picture(np.asarray(photo.convert("RGB")), worn, clothing)
    if not boundaries:
        raise DataError(f"{args.data}/photos has no held-out photo NNNN.jpg.")
    summary = metrics.summary()
    scores = {
        "photos": len(boundaries),
        "clothing_iou": summary["clothing"],
        "mean_garment_iou": summary["mean_garment"],
        "iou": {name: summary[name] for name in GARMENT_CLASSES},
        "boundary_f_2px": round(float(np.mean(boundaries)), 4),
        "seconds_per_photo": round(seconds / len(boundaries), 3),
        "worst": [{"photo": name, "clothing_iou": score} for score, name in worst],
    }
    if args.products:
        scores["worn_products"] = score_worn(args.products, segmenter, load_segmenter(args.labeller, args.device))
    if args.studio:
        scores["in_studio"] = score_in_studio(args.data, segmenter)
    if args.output:
        write_failures(args.output, scores, pictures)
    return scores


def record_scores(path: Path, scores: dict) -> None:
    """Add the scores to the header of a weight file; the weights stay what they are.

    Raises:
        WeightsError: `path` is not a weight file.
    """
    model, config, header = load_weights(path)
    kept = {name: value for name, value in scores.items() if name != "worst"}
    save_weights(
        path,
        model,
        config,
        data_sources=header["data_sources"],
        metrics=header["metrics"] | {"held_out_at_photo_size": kept},
        training=header["training"],
    )


def run(args: argparse.Namespace) -> int:
    """Print the scores as JSON; 0, or 2 and one line that says what is wrong."""
    try:
        if args.threads:
            torch.set_num_threads(args.threads)
        scores = score_masks(args)
        if args.record:
            record_scores(weights_file(args.model), scores)
        print(json.dumps(scores))
    except (ValueError, OSError) as error:
        print(f"evaluate masks: {error}", file=sys.stderr)
        return 2
    return 0


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training evaluate masks", description=__doc__)
    add_arguments(parser)
    return run(parser.parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
