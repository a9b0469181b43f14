"""How good generated prints are: `python -m training evaluate patterns --category SLUG --data SWATCHES`.

Patches of generated prints and of swatches are compared in the features of an ImageNet EfficientNet-lite0: by the
Frechet distance (Heusel et al. 2017) and by the kernel distance (KID, Binkowski et al. 2018). Two halves of the
swatches give the floor that no generator can be expected to pass. Seams are measured on whole tiles, for every way to
repeat.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch

from generator import REPEATS, GeneratorError, LoadedGenerator, load_generator, sample_tile, shipped_weights
from generator.networks import CELL
from training.config import PATCH, TrainingError
from training.dcgan import load_swatches
from training.features import distances, features_of


def frechet_distance(one: np.ndarray, other: np.ndarray) -> float:
    """Between two normal distributions fitted to features (N, D): ||m1 - m2||^2 + tr(S1 + S2 - 2 (S1 S2)^0.5)."""
    covariances = [np.cov(features, rowvar=False) for features in (one, other)]
    # The eigenvalues of the product of two covariances are real and not negative but for rounding.
    roots = np.sqrt(np.maximum(np.linalg.eigvals(covariances[0] @ covariances[1]).real, 0)).sum()
    apart = ((one.mean(0) - other.mean(0)) ** 2).sum()
    return float(apart + np.trace(covariances[0]) + np.trace(covariances[1]) - 2 * roots)


def kernel_distance(one: np.ndarray, other: np.ndarray) -> float:
    """KID: the unbiased squared maximum mean discrepancy with the kernel (x . y / D + 1)^3."""

    def kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return (a @ b.T / a.shape[1] + 1) ** 3

    within = sum((kernel(a, a).sum() - np.trace(kernel(a, a))) / (len(a) * (len(a) - 1)) for a in (one, other))
    return float(within - 2 * kernel(one, other).mean())


def nearest(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Distance from each row of `one` to the nearest row of `other`."""
    return distances(one, other).min(1)


def seam_ratio(tiles: list[np.ndarray]) -> float:
    """Mean absolute step across the wrap, divided by that between cells inside; the larger of both directions."""
    ratios = []
    for axis in (0, 1):
        inside, wrap = [], []
        for tile in tiles:
            pixels = tile.astype(float)
            steps = np.abs(np.diff(pixels, axis=axis))
            inside.append(np.take(steps, range(CELL - 1, steps.shape[axis], CELL), axis=axis).mean())
            wrap.append(np.abs(np.take(pixels, 0, axis=axis) - np.take(pixels, -1, axis=axis)).mean())
        ratios.append(np.sum(wrap) / max(np.sum(inside), 1e-6))
    return float(max(ratios))


def random_patches(pictures: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
    """Cut `count` patches of 64 px anywhere from pictures (N, S, S, 3)."""
    side = pictures.shape[1] - PATCH + 1
    chosen = zip(random.integers(len(pictures), size=count), random.integers(side, size=(count, 2)), strict=True)
    return np.stack([pictures[index, top : top + PATCH, left : left + PATCH] for index, (top, left) in chosen])


def score_patterns(loaded: LoadedGenerator, swatches: np.ndarray, *, count: int = 1024, tiles: int = 32) -> dict:
    """Compare `count` patches of prints with patches of swatches (N, S, S, 3); measure seams on `tiles` tiles."""
    random = np.random.default_rng(0)
    halves = np.array_split(random.permutation(len(swatches)), 2)
    real = [features_of(random_patches(swatches[half], count, random)) for half in halves]
    both = np.concatenate(real)
    prints = [_drawn(loaded, seed, "basic") for seed in range(max(tiles, count // 4))]
    made = features_of(random_patches(np.stack(prints), count, random))
    seams = {
        repeat: round(seam_ratio([_drawn(loaded, seed, repeat) for seed in range(tiles)]), 3) for repeat in REPEATS
    }
    return {
        "category": loaded.category,
        "steps": loaded.header.get("steps"),
        "frechet_distance": round(frechet_distance(made, both), 1),
        "frechet_floor": round(frechet_distance(*real), 1),
        "kernel_distance": round(kernel_distance(made, both), 4),
        "kernel_floor": round(kernel_distance(*real), 4),
        # Near 0 a print would be a copy; at 1 it is as far from the swatches as these are from each other.
        "nearest_swatch": round(float(np.median(nearest(made, both)) / np.median(nearest(*real))), 3),
        "seam_ratio": seams,
    }


def _drawn(loaded: LoadedGenerator, seed: int, repeat: str) -> np.ndarray:
    return np.asarray(sample_tile(loaded, seed=seed, size=192, repeat=repeat))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--category", required=True, help="slug of the category")
    parser.add_argument("--data", type=Path, required=True, help="folder of its swatches")
    parser.add_argument("--weights", type=Path, help="another weights file than the shipped one")
    parser.add_argument("--count", type=int, default=1024, help="patches on each side (default 1024)")
    parser.add_argument("--threads", type=int, help="CPU threads (default: all)")


def run(args: argparse.Namespace) -> int:
    """Print the scores as JSON; 0, or 2 and one line that says what is wrong."""
    try:
        if args.threads:
            torch.set_num_threads(args.threads)
        weights = args.weights or shipped_weights().get(args.category)
        if weights is None:
            raise TrainingError(f"no weights are shipped for {args.category!r}: give --weights FILE")
        swatches = load_swatches(args.data).permute(0, 2, 3, 1).numpy()
        print(json.dumps(score_patterns(load_generator(weights), swatches, count=args.count)))
    except (TrainingError, GeneratorError, OSError) as error:
        print(f"evaluate patterns: {error}", file=sys.stderr)
        return 2
    return 0
