"""The command `python -m training compose`: compose the swatches of a category that has too few photos."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from training.composed import CATEGORIES, MotifError, compose_swatches


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--category", choices=sorted(CATEGORIES), required=True)
    parser.add_argument(
        "--motifs", type=Path, help="folder of unpacked icon packages, each with icons.json; cartoon only"
    )
    parser.add_argument("--count", type=int, default=1500, help="swatches to compose (default 1500)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, required=True, help="folder of the swatches and their manifest")


def run(arguments: argparse.Namespace) -> int:
    if arguments.count < 1 or arguments.seed < 0:
        print("training: --count must be 1 or more and --seed 0 or more", file=sys.stderr)
        return 2
    try:
        manifest = compose_swatches(
            category=arguments.category,
            output=arguments.output,
            count=arguments.count,
            seed=arguments.seed,
            motifs=arguments.motifs,
        )
    except MotifError as error:
        print(f"training: {error}", file=sys.stderr)
        return 2
    print(f"{len(manifest)} swatches in {arguments.output}")
    return 0
