"""The command `python -m training least-look`: what prints must have at least, read off the swatches.

The weights hold it (`generator.looks`, `generator.realism`); a training run writes it there by itself.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

from generator import GeneratorError, read_header, shipped_weights
from generator.checkpoint import record_finisher, record_least_look, record_sampling
from generator.looks import contrast, spectral_order
from generator.upscaling import SHIPPED, load_upscaler
from training.config import PATCH, TrainingError
from training.dcgan import load_swatches
from training.realism import CODES, LEAST_CODES, add_judge
from training.symmetries import symmetries_of

FAINT_SHARE = 0.02
"""Share of the swatches that have less contrast. Pale prints are in fashion: only what is all but plain is refused."""

DISORDERLY_SHARE = 0.05
"""Share of the swatches that have less order."""

PLAIN_CONTRAST = 15.0
"""Median contrast below which swatches are plain cloth. What order they have is folds and uneven light: asking for it
would prefer blotches to an even weave."""


def least_look_of(pictures: np.ndarray) -> dict[str, float]:
    """The contrast and the order that all but few of the swatches (N, S, S, 3) uint8 have, in the middle of each.

    Of plain cloth no order is asked.
    """
    margin = (pictures.shape[1] - PATCH) // 2
    middles = pictures[:, margin : margin + PATCH, margin : margin + PATCH]
    contrasts = contrast(middles)
    plain = np.median(contrasts) < PLAIN_CONTRAST
    return {
        "contrast": round(float(np.quantile(contrasts, FAINT_SHARE)), 2),
        "order": 0.0 if plain else round(float(np.quantile(spectral_order(middles), DISORDERLY_SHARE)), 3),
    }


def repeats_by_whole_cells(architecture: str, hyper_parameters: dict[str, Any]) -> bool:
    """Whether a generator's prints are to be copies of one unit (`generator.sampling.is_strict`): for want of noise."""
    return architecture == "spatial" and not hyper_parameters["local_channels"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--category", required=True, help="slug of the category, or all that have swatches and weights")
    parser.add_argument("--data", type=Path, required=True, help="folder of folders SLUG of swatches")
    parser.add_argument("--weights", type=Path, help="another file than the shipped one, for one category")
    add_judge_argument(parser)
    parser.add_argument("--threads", type=int, help="CPU threads (default: all cores)")


def add_judge_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--judge-codes",
        type=_judge_codes,
        default=CODES,
        help=f"prints that the judge of realism learns from (default {CODES}; 0 for no judge)",
    )


def _judge_codes(text: str) -> int:
    if not text.isdecimal() or 0 < int(text) < LEAST_CODES:
        raise argparse.ArgumentTypeError(f"{text!r}: give {LEAST_CODES} prints or more, or 0 for no judge")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Write the least look, and a judge, into weights; 0, or 2 and one line that says what is wrong."""
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    try:
        if arguments.weights and arguments.category == "all":
            raise TrainingError("name the category that the weights draw, not all")
        chosen = {arguments.category: arguments.weights} if arguments.weights else shipped_weights()
        if arguments.category != "all":
            chosen = {slug: path for slug, path in chosen.items() if slug == arguments.category}
        chosen = {slug: path for slug, path in chosen.items() if (arguments.data / slug).is_dir()}
        if not chosen:
            raise TrainingError(f"no folder in {arguments.data} holds swatches of {arguments.category} with weights")
        for slug, path in chosen.items():
            header = read_header(path)
            swatches = load_swatches(arguments.data / slug, hold_out=header.get("hold_out", 0.0))
            pictures = swatches.permute(0, 2, 3, 1).numpy()
            least = least_look_of(pictures)
            whole_cells = repeats_by_whole_cells(header["architecture"], header["hyper_parameters"])
            symmetries = symmetries_of(pictures, header["sampling"]["waves"]) if whole_cells else []
            record_sampling(path, {"whole_cells": whole_cells, "symmetries": symmetries})
            if whole_cells:
                record_finisher(path, load_upscaler(SHIPPED, "cpu"))
            record_least_look(path, least)
            print(f"{slug}: contrast {least['contrast']}, order {least['order']}", end="")
            print(f", symmetric {' and '.join(symmetries) or 'in no way'}", end="", flush=True)
            if arguments.judge_codes:
                verdict = add_judge(path, swatches, codes=arguments.judge_codes)
                print(f", {verdict}", end="")
            print()
    except (TrainingError, GeneratorError, OSError) as error:
        print(f"training: {error}", file=sys.stderr)
        return 2
    return 0
