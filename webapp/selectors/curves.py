"""How the networks that came with the site learned: the logs of our own runs, as lines for a page to draw.

The page draws what the files say (training/runs), so curves and figures cannot differ from the runs.
"""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from webapp.selectors.categories import published_categories

WIDTH, LEFT, RIGHT = 320.0, 26.0, 314.0
"""Of a drawing, and where its lines begin and end."""
BELIEFS, LOSSES = (10.0, 90.0), (116.0, 176.0)
"""Top and bottom of the two panels of a generator's drawing."""
AGREEMENT = (10.0, 110.0)
POINTS = 32
"""Points of a line; a run has more, of which each is the mean of its share."""


@dataclass(frozen=True)
class GeneratorRun:
    """A training of a generator: what the critic believed, and the losses of both networks.

    `real`, `fake`, `critic` and `drawer` are the points of lines; the other figures are means over the last tenth.
    """

    steps: int
    real: str
    fake: str
    critic: str
    drawer: str
    largest_loss: float
    real_at_end: float
    fake_at_end: float


@dataclass(frozen=True)
class FinderRun:
    """A training of the network that finds garments: its agreement with people on photos kept out."""

    steps: int
    photos: int
    clothing: str
    garments: str
    clothing_at_end: float
    garments_at_end: float


def generator_runs() -> list[tuple[str, GeneratorRun]]:
    """The categories on the site whose training is on record, by name."""
    found = ((category.name, _generator_run(_file(category.slug))) for category in published_categories())
    return [(name, run) for name, run in found if run]


@functools.cache
def finder_run(name: str = "unet-3") -> FinderRun | None:
    """The last training of the network that came with the site; None where its log did not."""
    looks = [(row["step"], key, row[key]) for row in _rows(_file(name)) for key in row if key.startswith("iou_of_")]
    if not looks:
        return None
    steps, key, _ = looks[-1]
    clothing, garments = ([float(look[part]) for *_, look in looks] for part in ("clothing", "mean_garment"))
    return FinderRun(
        steps=int(steps),
        photos=int(key.removeprefix("iou_of_")),
        clothing=_line(clothing, 0, 1, AGREEMENT),
        garments=_line(garments, 0, 1, AGREEMENT),
        clothing_at_end=clothing[-1],
        garments_at_end=garments[-1],
    )


def _file(name: str) -> Path:
    return Path(settings.BASE_DIR) / "training" / "runs" / f"{name}.jsonl"


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines() if line] if path.is_file() else []


@functools.cache
def _generator_run(path: Path) -> GeneratorRun | None:
    rows = _rows(path)
    if not rows:
        return None
    real, fake, critic, drawer = (
        [float(row[name]) for row in rows] for name in ("d_real", "d_fake", "loss_d", "loss_g")
    )
    top = max(*thinned(critic), *thinned(drawer))
    return GeneratorRun(
        steps=int(rows[-1]["step"]),
        real=_line(real, 0, 1, BELIEFS),
        fake=_line(fake, 0, 1, BELIEFS),
        critic=_line(critic, 0, top, LOSSES),
        drawer=_line(drawer, 0, top, LOSSES),
        largest_loss=top,
        real_at_end=_end(real),
        fake_at_end=_end(fake),
    )


def thinned(values: Sequence[float]) -> list[float]:
    """At most POINTS means of equal shares of the values, in order."""
    count = min(POINTS, len(values))
    edges = [len(values) * number // count for number in range(count + 1)]
    return [sum(values[low:high]) / (high - low) for low, high in itertools.pairwise(edges)]


def _line(values: Sequence[float], bottom: float, top: float, panel: tuple[float, float]) -> str:
    """Points of an SVG polyline from the left to the right of a panel."""
    means = thinned(values)
    apart = (RIGHT - LEFT) / max(1, len(means) - 1)
    high, low = panel
    return " ".join(
        f"{LEFT + number * apart:.1f},{low - (value - bottom) / (top - bottom) * (low - high):.1f}"
        for number, value in enumerate(means)
    )


def _end(values: Sequence[float]) -> float:
    last = values[-max(1, len(values) // 10) :]
    return sum(last) / len(last)
