"""The weighted mean of garment networks that came out of one another: better than each (Wortsman et al. 2022).

`python -m training average EARLIER.safetensors=0.4 LAST.safetensors=0.6 --output MEAN.safetensors`. Statistics of batch
norm are averaged like weights, which holds for networks of one lineage only.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from segmentation.checkpoint import load_weights, save_weights
from segmentation.errors import WeightsError


def average_weights(shares: Sequence[tuple[Path, float]], output: Path) -> Path:
    """Write the mean of weight files, and in its header what it is the mean of.

    Args:
        shares: Weight files, and how much each counts; they need not sum to 1.

    Raises:
        WeightsError: a file cannot be read, or is of another network than the first.
    """
    total = sum(share for _, share in shares)
    mean: dict[str, torch.Tensor] = {}
    parts: list[dict] = []
    sources: list[dict] = []
    for path, share in shares:
        model, config, header = load_weights(path)
        if not parts:
            first = model, config
        elif config != first[1]:
            raise WeightsError(f"{path} is of another network than {shares[0][0]}. Average runs of one configuration.")
        for name, tensor in model.state_dict().items():
            if not tensor.is_floating_point():
                mean[name] = tensor
            elif name in mean:
                mean[name] += tensor.double() * (share / total)
            else:
                mean[name] = tensor.double() * (share / total)
        parts.append(
            {
                "share": round(share / total, 4),
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                **header["training"],
            }
        )
        sources += [source for source in header["data_sources"] if source not in sources]
    model, config = first
    model.load_state_dict(mean)
    return save_weights(output, model, config, data_sources=sources, metrics={}, training={"mean_of": parts})


def share_of(text: str) -> tuple[Path, float]:
    """A file and how much it counts: FILE, or FILE=SHARE."""
    path, separator, share = text.rpartition("=")
    if not separator:
        return Path(text), 1.0
    try:
        number = float(share)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r}: give FILE=SHARE with a share above 0, as in run.safetensors=0.4")
    return Path(path), number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("weights", nargs="+", type=share_of, metavar="FILE[=SHARE]", help="weight files of one lineage")
    parser.add_argument("--output", type=Path, required=True, help="the weight file to write")


def run(args: argparse.Namespace) -> int:
    """Run the command; 0 and the file's name, or 2 and one line that says what is wrong."""
    try:
        print(average_weights(args.weights, args.output))
    except (WeightsError, OSError) as error:
        print(f"average: {error}", file=sys.stderr)
        return 2
    return 0
