"""The command `python -m training download`: fetch the photos of a list of addresses, and rotate their swatches."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from training.download import FetchRule, download_dataset


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--csv", type=Path, required=True, help="clothingDataset.csv of clothing-pattern-dataset")
    parser.add_argument(
        "--output", type=Path, required=True, help="folder of the photos, and of the swatches per class"
    )
    parser.add_argument(
        "--retries", type=int, default=FetchRule.retries, help="after a timeout or server error (default %(default)s)"
    )
    parser.add_argument(
        "--workers", type=int, default=FetchRule.workers, help="photos fetched at the same time (default %(default)s)"
    )
    parser.add_argument(
        "--timeout", type=float, default=FetchRule.timeout, help="seconds without an answer (default %(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Returns the exit status: 2, with one line on stderr, where the arguments are no good or no photo can be had."""
    try:
        rule = FetchRule(retries=arguments.retries, workers=arguments.workers, timeout=arguments.timeout)
        with tqdm(unit="photo", disable=not sys.stderr.isatty()) as bar:

            def show(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            report = download_dataset(arguments.csv, arguments.output, rule=rule, progress=show)
    except (ValueError, OSError) as error:
        print(f"training: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("training: broken off; the same command goes on from here", file=sys.stderr)
        return 130
    where = arguments.output / "report.json"
    if not report.photos:
        print(f"training: none of {len(report.dead)} photos can be had; {where} says why", file=sys.stderr)
        return 2
    print(
        f"{report.photos} photos, {report.there_before} of them there before; {len(report.dead)} dead links ({where})"
    )
    for category, count in report.swatches.items():
        print(f"{count} swatches in {arguments.output / category}")
    return 0
