"""Takes back a part of what a loss did for rare classes (Menon et al. 2021, "Long-tail learning via logit adjustment").

`python -m training adjust --data DIR --weights FILE --output FILE [--share S]`

A run counts rare classes more (`training.unet.class_weights`), or it would never find them. So its network says "bag"
or "dress" more often than they are worn, and calls clothes what is wall. The logits of each class fall by a share of
the logarithm of its weight, which is a change of the last layer's bias.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch
from torch import nn

from segmentation.checkpoint import load_weights, save_weights
from segmentation.errors import WeightsError
from training.garments import load_street_photos
from training.unet import class_weights

SHARE = 0.5
"""What is taken back: with all of it shoes and accessories are lost again (training/NOTES.md)."""
RECORD = "weights_taken_back"


def adjust_logits(model: nn.Module, weights: torch.Tensor, share: float) -> None:
    """Lower the logits of each class by `share` of the logarithm of its weight in the loss; changes the model.

    Args:
        model: a network of `segmentation.models.build_unet`.
        weights: float (classes,), above 0.
        share: 0..1; with 1 the likelihoods are those of a loss that counts all pixels alike.
    """
    bias = model.get_submodule("segmentation_head").get_parameter("0.bias")
    with torch.no_grad():
        bias.sub_(share * weights.log().to(bias))


def adjust_file(weights: Path, data: Path, output: Path, share: float) -> Path:
    """Write the weights with adjusted logits, and in their header by how much.

    Raises:
        WeightsError: the weights cannot be read, or were adjusted before.
        DataError: the folder lacks photos, masks or labels.
    """
    model, config, header = load_weights(weights)
    if RECORD in header["training"]:
        raise WeightsError(f"The logits of {weights} were adjusted before. Give the weights that a run wrote.")
    street = load_street_photos(data, config.height, config.width, held_out=False)
    adjust_logits(model, class_weights(street.masks), share)
    training = header["training"] | {RECORD: round(share, 4)}
    return save_weights(output, model, config, data_sources=header["data_sources"], metrics={}, training=training)


def share_of(text: str) -> float:
    """A share from 0 to 1."""
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r}: give a share from 0 to 1")
    return share


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="the labelled photos that the run learned from")
    parser.add_argument("--weights", type=Path, required=True, help="a weight file of unet, average or distil")
    parser.add_argument("--output", type=Path, required=True, help="the weight file to write")
    parser.add_argument("--share", type=share_of, default=SHARE, help=f"what is taken back (default {SHARE:g})")


def run(args: argparse.Namespace) -> int:
    """Run the command; 0 and the file's name, or 2 and one line that says what is wrong."""
    try:
        print(adjust_file(args.weights, args.data, args.output, args.share))
    except (ValueError, OSError) as error:
        print(f"adjust: {error}", file=sys.stderr)
        return 2
    return 0
