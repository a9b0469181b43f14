"""The command `python -m training prepare`: cut the swatches of one category out of folders of photos."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from training.swatches import prepare_swatches


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--close-ups", type=Path, action="append", default=[], help="folder of fingertip-camera photos")
    parser.add_argument("--products", type=Path, action="append", default=[], help="folder of photos on a plain ground")
    parser.add_argument("--output", type=Path, required=True, help="folder of the swatches and their manifest")
    parser.add_argument("--upright", action="store_true", help="turn lines upright and refuse bent ones: for stripes")
    parser.add_argument("--side", type=int, nargs=2, default=(72, 120), help="side in product photos' pixels, from to")
    parser.add_argument("--most", type=int, default=4, help="swatches per photo at the most (default 4)")


def run(arguments: argparse.Namespace) -> int:
    folders = [*arguments.close_ups, *arguments.products]
    missing = [str(folder) for folder in folders if not folder.is_dir()]
    if missing or not folders:
        reason = f"no such folder: {', '.join(missing)}" if missing else "give --close-ups or --products"
        print(f"training: {reason}", file=sys.stderr)
        return 2
    manifest = prepare_swatches(
        close_ups=arguments.close_ups,
        product_photos=arguments.products,
        output=arguments.output,
        upright=arguments.upright,
        product_sides=tuple(arguments.side),
        most_per_photo=arguments.most,
    )
    print(f"{len(manifest)} swatches in {arguments.output}")
    return 0
