"""The command `python -m training prepare`: make the swatches of categories, or of other photos and images."""

from __future__ import annotations

import argparse
import functools
import sys
from collections import Counter
from pathlib import Path

import numpy as np

from segmentation import SegmentationError, load_segmenter
from training.composed import MotifError
from training.intake import IntakeError, take_in
from training.prepare import prepare_recipe
from training.recipes import RECIPES
from training.swatches import CutRule, Source, cut_from_photos, write_swatches


def add_arguments(parser: argparse.ArgumentParser) -> None:
    recipe = parser.add_argument_group("the project's own categories")
    recipe.add_argument("--category", choices=["all", *sorted(RECIPES)], help="make it as its recipe says")
    recipe.add_argument("--data", type=Path, help="folder with fashion-texture/ and finger-camera/")
    recipe.add_argument("--motifs", type=Path, help="folder of icon packages, for cartoon (see training/README.md)")
    own = parser.add_argument_group("other photos")
    own.add_argument("--close-ups", type=Path, action="append", default=[], help="folder of fingertip-camera photos")
    own.add_argument("--products", type=Path, action="append", default=[], help="folder of photos of garments")
    own.add_argument("--lines", type=int, choices=[0, 1, 2], default=0, help="1 turns stripes upright, 2 checks")
    own.add_argument("--side", type=int, nargs=2, default=CutRule.side_range, help="side in photo pixels, from to")
    own.add_argument("--most", type=int, default=CutRule.most_per_photo, help="swatches per photo at the most")
    images = parser.add_argument_group("your own images")
    images.add_argument("--images", type=Path, help="folder or zip of pictures of prints, each checked by decoding")
    images.add_argument(
        "--cut", action="store_true", help="cut squares out of larger ones, photos of nothing but cloth"
    )
    parser.add_argument("--output", type=Path, required=True, help="folder of the swatches and their manifest")


def run(arguments: argparse.Namespace) -> int:
    """Returns the exit status: 2, with one line on stderr, where the arguments or the files are no good."""
    load = functools.cache(load_segmenter)
    try:
        if arguments.category:
            categories = sorted(RECIPES) if arguments.category == "all" else [arguments.category]
            for category in categories:
                output = arguments.output / category
                manifest = prepare_recipe(
                    category, data=arguments.data, motifs=arguments.motifs, output=output, load_segmenter=load
                )
                print(f"{len(manifest)} swatches in {output}")
            return 0
        rule = CutRule(lines=arguments.lines, side_range=tuple(arguments.side), most_per_photo=arguments.most)
        if arguments.images:
            _take_in(arguments.images, arguments.output, rule if arguments.cut else None)
            return 0
        sources = [
            *(Source(folder, close_up=True) for folder in arguments.close_ups),
            *(Source(folder) for folder in arguments.products),
        ]
        missing = [str(source.folder) for source in sources if not source.folder.is_dir()]
        if missing or not sources:
            reason = (
                f"no such folder: {', '.join(missing)}"
                if missing
                else "give --category, --close-ups, --products or --images"
            )
            raise ValueError(reason)
        random = np.random.default_rng(0)
        cut = cut_from_photos(sources, rule=rule, load_segmenter=load, random=random)
        manifest = write_swatches(cut, arguments.output, random)
    except (ValueError, OSError, MotifError, SegmentationError) as error:
        print(f"training: {error}", file=sys.stderr)
        return 2
    print(f"{len(manifest)} swatches in {arguments.output}")
    return 0


def _take_in(source: Path, output: Path, cut: CutRule | None) -> None:
    rows = take_in(source, output, cut=cut)
    refused = Counter(row.kind for row in rows if row.outcome == "refused")
    reasons = ", ".join(f"{count} {kind}" for kind, count in refused.most_common())
    taken = len(rows) - refused.total()
    if not taken:
        found = f"none of {len(rows)} files can be used ({reasons})" if rows else "it holds no files"
        raise IntakeError(f"{source}: {found}; {output / 'report.json'} says why")
    print(f"{taken} of {len(rows)} files taken{f'; refused: {reasons}' if reasons else ''}")
    print(f"{sum(row.swatches for row in rows)} swatches in {output}, and why files were refused in its report.json")
