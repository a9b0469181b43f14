"""`python -m training evaluate masks`, `composite`, `patterns` or `upscaler`: the metrics that the README quotes."""

from __future__ import annotations

import argparse

from training import evaluate_composite, evaluate_masks, evaluate_patterns, evaluate_upscaler


def add_arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", required=True)
    masks = what.add_parser("masks", help="score garment masks on held-out photos")
    evaluate_masks.add_arguments(masks)
    masks.set_defaults(evaluate=evaluate_masks.run)
    pictures = what.add_parser("composite", help="score what compositing keeps of garments")
    evaluate_composite.add_arguments(pictures)
    pictures.set_defaults(evaluate=evaluate_composite.run)
    patterns = what.add_parser("patterns", help="score generated prints against swatches")
    evaluate_patterns.add_arguments(patterns)
    patterns.set_defaults(evaluate=evaluate_patterns.run)
    enlarged = what.add_parser("upscaler", help="score enlarged close-ups against Lanczos interpolation")
    evaluate_upscaler.add_arguments(enlarged)
    enlarged.set_defaults(evaluate=evaluate_upscaler.run)


def run(args: argparse.Namespace) -> int:
    return args.evaluate(args)
