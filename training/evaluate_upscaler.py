"""How well prints are enlarged: `python -m training evaluate upscaler --data CLOSE-UPS...`.

Held-out close-ups, where there are any of garments that training saw in no other photo these alone, are reduced
(bicubic, anti-aliased) and enlarged again, by the network and by Lanczos interpolation, and the middle of both
compared with what it was; so are drawn prints of designs held out, which are given a generator's flaws as they are
reduced. Figures are PSNR, the distance of features of an ImageNet EfficientNet-lite0, all five stages, and the
deviation of gradient magnitudes (GMSD, Xue et al. 2014). Training looks at none of them. The
network is of use only where all are better than those of Lanczos.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from generator import GeneratorError, available_device
from generator.doubling import Upscaler
from generator.upscaling import FACTORS, SHIPPED, load_upscaler, read_upscaler_header, save_upscaler
from segmentation.models import normalise
from training.config import TrainingError
from training.features import imagenet_encoder
from training.upscaler import enlarged
from training.upscaler_data import cast_of, load_close_ups, of_unseen_garments, split_photos
from training.upscaler_prints import held_out_prints

Pair = tuple[np.ndarray, np.ndarray]
"""A small picture (H, W, 3) and what it should become (factor H, factor W, 3), both uint8."""

SIDE = 256
"""Side in pixels of the middle of a close-up that is looked at, and of a print at four times its size."""

PRINTS = 64
"""Drawn prints that are scored, of the categories that the upscaler learns from by turns."""

EDGE = 16
"""Pixels at its edges that are not scored: the network takes a picture for one that closes on itself."""


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB of two pictures (H, W, 3) uint8; higher is better."""
    error = float(((one.astype(float) - other.astype(float)) ** 2).mean())
    return 10 * np.log10(255**2 / max(error, 1e-6))


def feature_distance(one: np.ndarray, other: np.ndarray) -> float:
    """Mean squared distance of features of length 1 per place, over the stages of strides 2 to 32; 0 is best.

    As LPIPS (Zhang et al. 2018) without its learnt weights.
    """
    encoder = imagenet_encoder()
    with torch.no_grad():
        features = encoder(normalise(np.stack([one, other])))[1:]
    unit = [F.normalize(stage) for stage in features]
    return float(np.mean([(stage[0] - stage[1]).square().sum(0).mean().item() for stage in unit]))


def gradient_deviation(one: np.ndarray, other: np.ndarray) -> float:
    """GMSD of two pictures (H, W, 3) uint8: the deviation of the likeness of their gradients; 0 is best."""
    strengths = []
    for picture in (one, other):
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float64)
        kernel = np.repeat([[1.0, 0.0, -1.0]], 3, axis=0) / 3
        strengths.append(np.hypot(cv2.filter2D(grey, -1, kernel), cv2.filter2D(grey, -1, kernel.T)))
    first, second = strengths
    return float(((2 * first * second + 170) / (first**2 + second**2 + 170)).std())


MEASURES = {"psnr_db": psnr, "feature_distance": feature_distance, "gradient_deviation": gradient_deviation}


def score_upscaler(network: Upscaler, cases: Mapping[str, Sequence[Pair]]) -> dict[str, dict[str, dict[str, float]]]:
    """Means over the pairs of each case: case -> measure -> {"network": ..., "lanczos": ...}."""
    scores = {}
    for case, pairs in cases.items():
        rows: dict[str, dict[str, list[float]]] = {name: {"network": [], "lanczos": []} for name in MEASURES}
        for small, whole in pairs:
            drawn = enlarged(network, small, whole.shape[1])
            smooth = np.asarray(Image.fromarray(small).resize(whole.shape[1::-1], Image.Resampling.LANCZOS))
            inner = (slice(EDGE, -EDGE), slice(EDGE, -EDGE))
            for name, measure in MEASURES.items():
                for method, large in (("network", drawn), ("lanczos", smooth)):
                    rows[name][method].append(measure(large[inner], whole[inner]))
        scores[case] = {
            name: {method: round(float(np.mean(values)), 4) for method, values in methods.items()}
            for name, methods in rows.items()
        }
    return scores


def fabric_cases(pictures: Sequence[np.ndarray]) -> dict[str, list[Pair]]:
    """The middles of close-ups (H, W, 3) uint8, reduced to a half and to a quarter."""
    wholes = [_middle(picture) for picture in pictures]
    return {f"fabric_x{factor}": [(_reduced(whole, factor), whole) for whole in wholes] for factor in FACTORS}


def print_cases(count: int) -> dict[str, list[Pair]]:
    """Drawn prints at a quarter of their size and with a generator's flaws; at half and at full size without."""
    pairs = held_out_prints(count, side=SIDE // 4, seed=0)
    half = (SIDE // 2, SIDE // 2)
    halves = [(small, cv2.resize(whole, half, interpolation=cv2.INTER_AREA)) for small, whole in pairs]
    return {"prints_x2": halves, "prints_x4": pairs}


def _reduced(whole: np.ndarray, factor: int) -> np.ndarray:
    size = whole.shape[1] // factor, whole.shape[0] // factor
    return np.asarray(Image.fromarray(whole).resize(size, Image.Resampling.BICUBIC))


def _middle(picture: np.ndarray) -> np.ndarray:
    """The square of `SIDE` pixels in the middle; of a smaller picture the largest square whose side four divides."""
    side = min(SIDE, *(length // 4 * 4 for length in picture.shape[:2]))
    top, left = ((length - side) // 2 for length in picture.shape[:2])
    return picture[top : top + side, left : left + side]


def beats_lanczos(scores: dict[str, dict[str, dict[str, float]]]) -> bool:
    """Whether every measure of every case is better than that of Lanczos."""
    return all(
        (methods["network"] > methods["lanczos"]) == (name == "psnr_db") and methods["network"] != methods["lanczos"]
        for measures in scores.values()
        for name, methods in measures.items()
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders of close-ups, as in training")
    parser.add_argument("--weights", type=Path, default=SHIPPED, help="another weights file than the shipped one")
    parser.add_argument("--record", action="store_true", help="also write the scores into the header of the weights")
    parser.add_argument("--threads", type=int, help="CPU threads (default: all)")


def run(args: argparse.Namespace) -> int:
    """Print the scores as JSON; 0, or 2 and one line that says what is wrong."""
    try:
        if args.threads:
            torch.set_num_threads(args.threads)
        network = load_upscaler(args.weights, available_device("cpu"))
        trained_on, held_out = split_photos(args.data)
        unseen = of_unseen_garments(held_out, trained_on)
        pictures = load_close_ups(unseen or held_out, cast=cast_of(trained_on))
        scores = score_upscaler(network, fabric_cases(pictures) | print_cases(PRINTS))
        metrics = {
            "photos": len(pictures),
            "photos_of_unseen_garments": len(unseen),
            "prints": PRINTS,
            **scores,
            "beats_lanczos": beats_lanczos(scores),
        }
        if args.record:
            header = read_upscaler_header(args.weights)
            save_upscaler(network, {**header, "metrics": metrics}, args.weights)
        print(json.dumps(metrics))
    except (TrainingError, GeneratorError, OSError) as error:
        print(f"evaluate upscaler: {error}", file=sys.stderr)
        return 2
    return 0
