"""`python -m training evaluate masks`: the metrics that the README quotes."""

from __future__ import annotations

import argparse

from training import evaluate_masks


def add_arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", required=True)
    masks = what.add_parser("masks", help="score garment masks on held-out photos")
    evaluate_masks.add_arguments(masks)
    masks.set_defaults(evaluate=evaluate_masks.run)


def run(args: argparse.Namespace) -> int:
    return args.evaluate(args)
