"""The curves on the page of how it works are those of our own runs' logs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories
from webapp.selectors import curves

pytestmark = pytest.mark.django_db

RUNS = Path(__file__).parents[2] / "training" / "runs"


def rows_of(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (RUNS / f"{name}.jsonl").read_text().splitlines()]


def points_of(line: str) -> list[tuple[float, float]]:
    return [tuple(map(float, point.split(","))) for point in line.split()]


def test_a_line_is_the_means_of_equal_shares_of_a_run_between_the_edges_of_its_panel() -> None:
    factories.version("floral")
    ((name, run),) = curves.generator_runs()
    rows = rows_of("floral")
    assert (name, run.steps) == ("Floral", rows[-1]["step"])
    points = points_of(run.real)
    assert len(points) == curves.POINTS
    assert (points[0][0], points[-1][0]) == (curves.LEFT, curves.RIGHT)
    first = rows[: len(rows) // curves.POINTS]
    high, low = curves.BELIEFS
    assert points[0][1] == pytest.approx(
        low - (low - high) * sum(row["d_real"] for row in first) / len(first), abs=0.06
    )
    last = rows[-(len(rows) // 10) :]
    assert run.fake_at_end == pytest.approx(sum(row["d_fake"] for row in last) / len(last))
    heights = [y for line in (run.critic, run.drawer) for _, y in points_of(line)]
    assert min(heights) == curves.LOSSES[0] and max(heights) <= curves.LOSSES[1]


def test_a_run_of_fewer_steps_than_a_line_has_points_is_drawn_as_it_is() -> None:
    assert curves.thinned([0.5, 0.25]) == [0.5, 0.25]
    assert curves.thinned([1.0] * 7 + [0.0] * 89)[:4] == [1.0, 1.0, pytest.approx(1 / 3), 0.0]


def test_the_page_draws_each_category_s_run_and_says_it_in_words_too() -> None:
    for slug in ("floral", "striped", "camouflage"):  # of the last there is no record
        factories.version(slug)
    page = Client().get(reverse("how")).content.decode()
    drawings = re.findall(r'<svg class="curve" viewBox="[^"]+" role="img" aria-labelledby="([^"]+)">', page)
    assert drawings == ["curve-1", "curve-2", "curve-finder"]
    assert len(set(drawings)) == len(re.findall(r'<figcaption id="curve-', page))
    runs = dict(curves.generator_runs())
    for name, run in runs.items():
        said = rf"<strong>{name}</strong>: {run.steps:,} steps.+ swatches to {run.real_at_end:.2f} and prints to"
        assert re.search(said, page)
    agreed = [row["iou_of_24"] for row in rows_of("unet-3") if "iou_of_24" in row][-1]
    assert f"on 24 photos kept out: it agrees with a person to {agreed['clothing']:.2f} of 1" in page


def test_the_page_has_no_curves_where_no_category_has_a_record() -> None:
    factories.version("camouflage")
    assert "How they learned" not in Client().get(reverse("how")).content.decode()
