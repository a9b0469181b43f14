"""Fitting the second look at garments on plain ground (`segmentation.kinds`), and scoring what it changes.

`python -m training kinds --data DIR` cuts every labelled garment, and every outfit, out of the street photos of the
training, puts each on white, and fits a linear classifier to what the garment network's own encoder sees there.
`--score` lays garments and outfits of the photos kept out on plain ground and counts how many of them the site calls by
their kinds, without a second look and with one.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from segmentation import Segmenter, load_segmenter
from segmentation.cells import reduced
from segmentation.errors import SegmentationError
from segmentation.kinds import NETWORK_KEY, SEVERAL, Kinds, cut_out, describe, save_kinds
from segmentation.models import FIRST_GARMENT, GARMENT_CLASSES
from segmentation.predict import MIDDLE_SIDE
from segmentation.regions import PIECES as BODY
from segmentation.regions import kind_of
from segmentation.registry import kinds_file
from training.garments import (
    CCP_SOURCE,
    LEAST_CUT,
    DataError,
    LabelledPhotos,
    laid_on_plain_ground,
    load_street_photos,
)

HEIGHT, WIDTH = 832, 576
"""Size of the photos: enough for a shoe to fill the square that it is shown in."""
LEAST_SHARE = 0.002
"""Share of a photo that a garment covers at least to be learned from."""
KEPT = (0.45, 0.75)
"""Share of its height or width that stays of a garment which the rim of a photo cuts."""
LEAST_PIECE = 0.02
"""Share of a photo that a top, a dress or a lower piece covers at least to be one of several pieces."""
PIECES = tuple(GARMENT_CLASSES.index(kind) for kind in BODY)
PENALTY = 0.01
"""Weight of the squared coefficients, of standardised features, beside the cross-entropy."""


def garments_of(photos: LabelledPhotos, seed: int = 0) -> Iterator[tuple[np.ndarray, int]]:
    """Yield every garment of the photos on white with its number in GARMENT_CLASSES, whole and cut at one side, and
    outfits with SEVERAL: what is worn on the body, where that is more than one piece, whole and without its left or
    right side, and all of it where there are three garments."""
    rng = np.random.default_rng(seed)
    for photo, mask in zip(photos.photos, photos.masks, strict=True):
        things = [mask == FIRST_GARMENT + kind for kind in range(len(GARMENT_CLASSES))]
        worn = [kind for kind, thing in enumerate(things) if thing.mean() >= LEAST_SHARE]
        for kind in worn:
            yield cut_out(photo, things[kind]), kind
            yield cut_out(photo, cut_by_the_rim(things[kind], rng, axis=int(rng.integers(2)))), kind
        if len(pieces := pieces_of(mask)) > 1:
            body = np.any([things[kind] for kind in pieces], axis=0)
            yield cut_out(photo, body), SEVERAL
            yield cut_out(photo, cut_by_the_rim(body, rng, axis=1)), SEVERAL
        if len(worn) > 2:
            yield cut_out(photo, np.any(things, axis=0)), SEVERAL


def cut_by_the_rim(thing: np.ndarray, rng: np.random.Generator, axis: int) -> np.ndarray:
    """A boolean thing (h, w) without its upper or lower (axis 0), left or right side (axis 1)."""
    along = np.flatnonzero(thing.any(1 - axis))
    kept = along[int(rng.uniform(*KEPT) * (len(along) - 1))]
    if rng.random() < 0.5:
        lost = np.arange(thing.shape[axis]) > kept
    else:
        lost = np.arange(thing.shape[axis]) < along[0] + along[-1] - kept
    return thing & ~(lost[:, None] if axis == 0 else lost)


def pieces_of(mask: np.ndarray) -> list[int]:
    """The numbers in GARMENT_CLASSES of tops, dresses and lower pieces that are no mere rest of one."""
    return [kind for kind in PIECES if (mask == FIRST_GARMENT + kind).mean() >= LEAST_PIECE]


def describe_garments(
    segmenter: Segmenter, photos: LabelledPhotos, batch: int = 8
) -> tuple[torch.Tensor, torch.Tensor]:
    """What the encoder sees of all garments and outfits, (N, D), and their numbers, (N,)."""
    pictures, kinds = zip(*garments_of(photos), strict=True)
    encoder, starts = segmenter.model.get_submodule("encoder"), range(0, len(pictures), batch)
    seen = [describe(encoder, np.stack(pictures[start : start + batch])) for start in starts]
    return torch.cat(seen), torch.tensor(kinds)


def fit_kinds(described: torch.Tensor, kinds: torch.Tensor) -> Kinds:
    """Fit multinomial logistic regression with a penalty; the same input gives the same result."""
    middle, spread = described.mean(0), described.std(0) + 1e-3
    standard = (described - middle) / spread
    weight = torch.zeros(SEVERAL + 1, described.shape[1], requires_grad=True)
    bias = torch.zeros(SEVERAL + 1, requires_grad=True)
    optimiser = torch.optim.LBFGS([weight, bias], max_iter=100)

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = F.cross_entropy(standard @ weight.T + bias, kinds) + PENALTY * weight.square().sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    with torch.no_grad():
        scaled = weight / spread
        return Kinds(scaled.detach(), (bias - scaled @ middle).detach())


def score_kinds(segmenter: Segmenter, photos: LabelledPhotos, seed: int = 0) -> dict:
    """Lay garments of labelled photos on plain ground, one by one and as outfits, and count those that are called by
    their kinds: of an outfit its tops, dresses and lower pieces, each of them and no other.

    Returns:
        By kind, of all garments, and of outfits: how many there are, how many of them are right without a second look
        and with one.
    """
    rng = np.random.default_rng(seed)
    counts = {kind: {"garments": 0, "network": 0, "second_look": 0} for kind in (*GARMENT_CLASSES, "all", "outfits")}
    networks = {"network": segmenter.without_second_look(), "second_look": segmenter}

    def found_on(photo: np.ndarray, mask: np.ndarray, kinds: list[int]) -> dict[str, list[str]]:
        picture, _ = laid_on_plain_ground(photo, mask, [FIRST_GARMENT + kind for kind in kinds], rng)
        predicted = segmenter.predict(picture)
        return {name: called(network, picture, predicted) for name, network in networks.items()}

    def count(row: str, right: dict[str, bool]) -> None:
        counts[row]["garments"] += 1
        for name, is_right in right.items():
            counts[row][name] += is_right

    for photo, mask in zip(photos.photos, photos.masks, strict=True):
        for number, kind in enumerate(GARMENT_CLASSES):
            if (mask == FIRST_GARMENT + number).mean() > LEAST_CUT:
                right = {name: found[:1] == [kind] for name, found in found_on(photo, mask, [number]).items()}
                count(kind, right)
                count("all", right)
        if len(pieces := pieces_of(mask)) > 1:
            names = {GARMENT_CLASSES[number] for number in pieces}
            count(
                "outfits",
                {name: set(found) & set(BODY) == names for name, found in found_on(photo, mask, pieces).items()},
            )
    return counts


def called(segmenter: Segmenter, picture: np.ndarray, predicted: np.ndarray) -> list[str]:
    """The kinds of the garments that are found on a picture, the largest first, from what the network predicted."""
    scale = MIDDLE_SIDE / max(picture.shape[:2])
    size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
    regions, _ = segmenter.settle(predicted, reduced(picture, size), picture.shape[0])
    return [kind_of(region.label) for region in sorted(regions, key=lambda region: -region.soft.sum())]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="folder with photos/, masks/ and labels.json")
    parser.add_argument("--model", default="aifashion-unet", help="the network, a shipped one or a weight file")
    parser.add_argument("--output", type=Path, help="the file to write (default: where the site looks for it)")
    parser.add_argument("--score", action="store_true", help="score the file that is there, instead of fitting it")
    parser.add_argument("--threads", type=int, help="CPU threads (default: all)")


def run(args: argparse.Namespace) -> int:
    """Run the command; 0 and a JSON line, or 2 and one line that says what is wrong."""
    try:
        if args.threads:
            torch.set_num_threads(args.threads)
        segmenter = load_segmenter(args.model, "cpu")
        held_out = load_street_photos(args.data, HEIGHT, WIDTH, held_out=True)
        if args.score:
            if segmenter.kinds is None:
                raise DataError(f"{args.model} has no second look to score: fit one, without --score.")
            print(json.dumps(score_kinds(segmenter, held_out)))
            return 0
        described, kinds = describe_garments(segmenter, load_street_photos(args.data, HEIGHT, WIDTH, held_out=False))
        fitted = fit_kinds(described, kinds)
        seen, truth = describe_garments(segmenter, held_out)
        right = float(((seen @ fitted.weight.T + fitted.bias).argmax(1) == truth).float().mean())
        output = args.output or kinds_file(segmenter.name)
        header = {"held_out_cut_outs_right": f"{right:.4f}", "data_sources": json.dumps([CCP_SOURCE])}
        save_kinds(output, fitted, {NETWORK_KEY: segmenter.version, **header})
        print(json.dumps({"kinds": str(output), "things": len(kinds), "held_out": len(truth), "right": right}))
    except (DataError, SegmentationError, OSError) as error:
        print(f"kinds: {error}", file=sys.stderr)
        return 2
    return 0
