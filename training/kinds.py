"""Fitting the second look at garments on plain ground (`segmentation.kinds`), and scoring what it changes.

`python -m training kinds --data DIR` cuts every labelled garment out of the street photos of the training, puts each on
white, and fits a linear classifier to what the garment network's own encoder sees there. `--score` lays garments of the
photos kept out on plain ground and counts how many the site calls by their kind, without a second look and with one.
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
from segmentation.errors import SegmentationError
from segmentation.kinds import NETWORK_KEY, Kinds, cut_out, describe, save_kinds
from segmentation.models import FIRST_GARMENT, GARMENT_CLASSES
from segmentation.predict import MIDDLE_SIDE
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
PENALTY = 0.03
"""Weight of the squared coefficients, of standardised features, beside the cross-entropy."""


def garments_of(photos: LabelledPhotos) -> Iterator[tuple[np.ndarray, int]]:
    """Yield every garment of the photos on white, and its number in GARMENT_CLASSES."""
    for photo, mask in zip(photos.photos, photos.masks, strict=True):
        for kind in range(len(GARMENT_CLASSES)):
            thing = mask == FIRST_GARMENT + kind
            if thing.mean() >= LEAST_SHARE:
                yield cut_out(photo, thing), kind


def describe_garments(
    segmenter: Segmenter, photos: LabelledPhotos, batch: int = 8
) -> tuple[torch.Tensor, torch.Tensor]:
    """What the encoder sees of all garments, (N, D), and their kinds, (N,)."""
    pictures, kinds = zip(*garments_of(photos), strict=True)
    encoder, starts = segmenter.model.get_submodule("encoder"), range(0, len(pictures), batch)
    seen = [describe(encoder, np.stack(pictures[start : start + batch])) for start in starts]
    return torch.cat(seen), torch.tensor(kinds)


def fit_kinds(described: torch.Tensor, kinds: torch.Tensor) -> Kinds:
    """Fit multinomial logistic regression with a penalty; the same input gives the same result."""
    middle, spread = described.mean(0), described.std(0) + 1e-3
    standard = (described - middle) / spread
    weight = torch.zeros(len(GARMENT_CLASSES), described.shape[1], requires_grad=True)
    bias = torch.zeros(len(GARMENT_CLASSES), requires_grad=True)
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
    """Lay garments of labelled photos on plain ground, one by one, and count those that are called by their kind.

    Returns:
        By kind and in all: how many there are, how many of them are right without a second look and with one.
    """
    rng = np.random.default_rng(seed)
    counts = {kind: {"garments": 0, "network": 0, "second_look": 0} for kind in (*GARMENT_CLASSES, "all")}
    alone = segmenter.without_second_look()
    for photo, mask in zip(photos.photos, photos.masks, strict=True):
        for index, kind in enumerate(GARMENT_CLASSES, start=FIRST_GARMENT):
            if (mask == index).mean() <= LEAST_CUT:
                continue
            picture, _ = laid_on_plain_ground(photo, mask, index, rng)
            for row in (counts[kind], counts["all"]):
                row["garments"] += 1
            predicted = segmenter.predict(picture)
            for name, network in (("network", alone), ("second_look", segmenter)):
                right = called(network, picture, predicted) == kind
                counts[kind][name] += right
                counts["all"][name] += right
    return counts


def called(segmenter: Segmenter, picture: np.ndarray, predicted: np.ndarray) -> str | None:
    """The kind of the largest garment that is found on a picture, of what the network predicted for it."""
    scale = MIDDLE_SIDE / max(picture.shape[:2])
    size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
    regions, _ = segmenter.settle(predicted, picture, size)
    return kind_of(max(regions, key=lambda region: region.soft.sum()).label) if regions else None


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
        print(json.dumps({"kinds": str(output), "garments": len(kinds), "held_out": len(truth), "right": right}))
    except (DataError, SegmentationError, OSError) as error:
        print(f"kinds: {error}", file=sys.stderr)
        return 2
    return 0
