"""How good generated prints are: `python -m training evaluate patterns --category SLUG|all --data SWATCHES`.

Patches of generated prints and of swatches are compared in the features of an ImageNet EfficientNet-lite0, beside what
swatches of different photos are to each other, and beside a baseline trained on the same swatches where one is given.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from generator import GeneratorError, LoadedGenerator, load_generator, shipped_weights
from generator.checkpoint import read_header, record_metrics
from training.config import TrainingError
from training.score_patterns import excess_ratio, measure_swatches, score_prints
from training.swatch_sets import read_swatch_set

Row = Mapping[str, Any]

FIGURES: dict[str, Callable[[Row], str]] = {
    "category": lambda row: row["category"],
    "photos": lambda row: f"{row['photos']:,}",
    "steps": lambda row: "" if row["steps"] is None else f"{row['steps']:,}",
    "Frechet distance (floor)": lambda row: f"{row['frechet_distance']:,.0f} ({row['frechet_floor']:,.0f})",
    "kernel distance (floor)": lambda row: f"{row['kernel_distance']:.1f} ({row['kernel_floor']:.1f})",
    "density (cloth)": lambda row: f"{row['density']:.2f} ({row['density_real']:.2f})",
    "coverage (cloth)": lambda row: f"{row['coverage']:.2f} ({row['coverage_real']:.2f})",
    "copies": lambda row: f"{row['copies']:.1%}",
    "nearest swatch": lambda row: f"{row['nearest_swatch']:.2f}",
    "spectral order": lambda row: f"{row['spectral_order']:.2f}",
    "wrap line": lambda row: f"{row['striping']['wrap']:.2f} ± {row['striping']['wrap_spread']:.2f}",
    "bands across (cloth)": lambda row: "{rows:.2f} ({rows_real:.2f})".format(**row["striping"]["bands"]),
    "bands down (cloth)": lambda row: "{columns:.2f} ({columns_real:.2f})".format(**row["striping"]["bands"]),
    "seam, worst": lambda row: f"{max(row['seam_ratio'].values()):.2f}",
}
BASELINE_FIGURES: dict[str, Callable[[Row], str]] = {
    "baseline's Frechet distance": lambda row: f"{row['baseline']['frechet_distance']:,.0f}",
    "its coverage": lambda row: f"{row['baseline']['coverage']:.2f}",
    "its copies": lambda row: f"{row['baseline']['copies']:.1%}",
    "its seam": lambda row: f"{row['baseline']['seam_ratio']['basic']:.2f}",
    "excess over the floor, of its": lambda row: "" if row["excess_ratio"] is None else f"{row['excess_ratio']:.2f}",
}


def score_category(
    category: str,
    *,
    data: Path,
    weights: Path,
    held_out: Path | None = None,
    hold_out: float = 0.0,
    baseline: Path | None = None,
    count: int = 512,
    on_step: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """All figures of one category's weights, and of a baseline's, against the same swatches.

    Args:
        category: Slug that the weights must be of.
        data: Folder of the swatches that they were trained on.
        weights: File to score.
        held_out: Folder of swatches of other photos, which training did not see.
        hold_out: Share of the photos in `data` that training kept out, to compare with instead.
        baseline: Weights of the same category to compare with.
        count: Patches on each side.

    Raises:
        TrainingError: Too few swatches, photos or patches, photos on both sides, or weights of another category.
        GeneratorError: Weights that cannot be read.
    """
    loaded = _of_category(weights, category)
    compared = _of_category(baseline, category) if baseline else None
    on_step("swatches")
    other = read_swatch_set(held_out) if held_out else None
    if hold_out:
        for path in filter(None, (weights, baseline)):
            _must_have_kept_out(path, hold_out)
        other = read_swatch_set(data, hold_out=hold_out, kept_out=True)
    reference = measure_swatches(read_swatch_set(data, hold_out=hold_out), held_out=other, count=count)
    scores = {"category": category, **reference.figures, **score_prints(loaded, reference, on_step=on_step)}
    if compared:
        figures = score_prints(compared, reference, on_step=lambda step: on_step(f"baseline's {step}"))
        scores["baseline"] = figures
        scores["excess_ratio"] = excess_ratio(scores, figures, scores["frechet_floor"])
    return scores


def table_of(rows: Sequence[Row]) -> str:
    """The scores of categories as a Markdown table, with columns for a baseline where one was scored."""
    compared = any("baseline" in row for row in rows)
    lines = [[*FIGURES, *(BASELINE_FIGURES if compared else [])]]
    lines.append(["---"] * len(lines[0]))
    for row in rows:
        line = [show(row) for show in FIGURES.values()]
        if compared:
            line += [show(row) if "baseline" in row else "" for show in BASELINE_FIGURES.values()]
        lines.append(line)
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--category", required=True, help="slug of the category, or all that have swatches and weights")
    parser.add_argument("--data", type=Path, required=True, help="folder of its swatches, or of folders SLUG of them")
    parser.add_argument(
        "--held-out", type=Path, help="the same, of photos kept out of training, to compare with instead"
    )
    parser.add_argument(
        "--hold-out", type=float, default=0.0, help="share of the photos in --data that training kept out, instead"
    )
    parser.add_argument(
        "--weights", type=Path, help="another file, or folder of SLUG.safetensors, than the shipped one"
    )
    parser.add_argument("--baseline", type=Path, help="file or folder of weights to score beside them")
    parser.add_argument("--count", type=int, default=512, help="patches on each side (default 512)")
    parser.add_argument("--output", type=Path, help="write the table to this .md file, and a .json file beside it")
    parser.add_argument("--record", action="store_true", help="write the figures into the header of the weights files")
    parser.add_argument("--threads", type=int, help="CPU threads (default: all)")


def run(args: argparse.Namespace) -> int:
    """Print the scores as JSON, a line per category; 0, or 2 and one line that says what is wrong."""
    try:
        if args.threads:
            torch.set_num_threads(args.threads)
        if args.output and args.output.suffix != ".md":
            raise TrainingError(f"the table is written as Markdown: give --output FILE.md, got {args.output.name}")
        if args.held_out and args.hold_out:
            raise TrainingError("give either --held-out FOLDER or --hold-out SHARE, not both")
        rows: list[dict[str, Any]] = []
        with tqdm(unit="step", disable=not sys.stderr.isatty()) as bar:
            for category, weights in _chosen(args):

                def show(step: str, category: str = category) -> None:
                    bar.set_description(f"{category}: {step}")
                    bar.update()

                scores = score_category(
                    category,
                    data=_folder_of(args.data, category),
                    weights=weights,
                    held_out=_folder_of(args.held_out, category) if args.held_out else None,
                    hold_out=args.hold_out,
                    baseline=_file_of(args.baseline, category) if args.baseline else None,
                    count=args.count,
                    on_step=show,
                )
                rows.append(scores)
                print(json.dumps(scores), flush=True)
                if args.output:
                    args.output.write_text(table_of(rows))
                    args.output.with_suffix(".json").write_text(json.dumps(rows, indent=1) + "\n")
                if args.record:
                    record_metrics(weights, {key: scores[key] for key in scores if key not in ("category", "steps")})
    except (TrainingError, GeneratorError, OSError) as error:
        print(f"evaluate patterns: {error}", file=sys.stderr)
        return 2
    return 0


def _chosen(args: argparse.Namespace) -> list[tuple[str, Path]]:
    """The categories asked for, each with its weights."""

    def weights_of(category: str) -> Path | None:
        return _file_of(args.weights, category) if args.weights else shipped_weights().get(category)

    if args.category != "all":
        weights = weights_of(args.category)
        if weights is None:
            where = f"in {args.weights}" if args.weights else "shipped"
            raise TrainingError(f"no weights are {where} for {args.category!r}: give --weights FILE")
        return [(args.category, weights)]
    if args.weights and not args.weights.is_dir():
        raise TrainingError(f"{args.weights} is one file: for all categories give a folder of weights")
    if not args.data.is_dir():
        raise TrainingError(
            f"{args.data} is not a folder: give the folder that holds a folder of swatches per category"
        )
    found = [(path.name, weights_of(path.name)) for path in sorted(args.data.iterdir()) if path.is_dir()]
    chosen = [(category, weights) for category, weights in found if weights]
    if not chosen:
        raise TrainingError(f"no folder in {args.data} is named as a category that has weights")
    return chosen


def _folder_of(data: Path, category: str) -> Path:
    return data / category if (data / category).is_dir() else data


def _file_of(weights: Path, category: str) -> Path | None:
    """The file itself, or the category's in a folder of weights or of runs; None where the folder has none."""
    if not weights.is_dir():
        return weights
    name = f"{category}.safetensors"
    return next((path for path in (weights / name, weights / category / name) if path.exists()), None)


def _must_have_kept_out(weights: Path, share: float) -> None:
    """Refuse weights whose run saw photos that they are to be scored on. A larger share kept out holds the smaller."""
    kept = read_header(weights).get("hold_out", 0.0)
    if kept < share:
        raise TrainingError(
            f"the run of {weights} kept a share of {kept:g} of its photos out, not {share:g}: "
            f"train it with --hold-out {share:g}, or score it without"
        )


def _of_category(weights: Path, category: str) -> LoadedGenerator:
    loaded = load_generator(weights)
    if loaded.category != category:
        raise TrainingError(f"{weights} draws {loaded.category}, not {category}: name its own category")
    return loaded
