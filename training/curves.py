"""Loss curves of a run as a picture: each figure of every step, and its running mean."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

PANELS = (
    ("loss (nats)", (("loss_d", "discriminator", "tab:blue"), ("loss_g", "generator", "tab:orange"))),
    (
        "probability of being real",
        (("d_real", "D(x), swatches", "tab:green"), ("d_fake", "D(G(z)), prints", "tab:red")),
    ),
)


def running_mean(values: np.ndarray, window: int) -> np.ndarray:
    """Mean of each value and the `window` - 1 before it, or of as many as there are; shape (N,) as given."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(ends - window, 0)
    return (sums[ends] - sums[starts]) / (ends - starts)


def draw_curves(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Draw the rows of losses.jsonl, raw and pale below and smoothed over a fiftieth of the run above, as a PNG."""
    figure = Figure(figsize=(9, 7), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, 1, sharex=True)
    steps = np.array([row["step"] for row in rows])
    window = max(1, len(rows) // 50)
    for axis, (label, lines) in zip(axes, PANELS, strict=True):
        for key, name, colour in lines:
            values = np.array([row[key] for row in rows])
            axis.plot(steps, values, color=colour, alpha=0.25, linewidth=0.6)
            axis.plot(steps, running_mean(values, window), color=colour, label=name)
        axis.set_ylabel(label)
        axis.set_ylim(bottom=0)
        axis.grid(alpha=0.3)
        axis.legend(loc="upper right")
    axes[1].set_ylim(0, 1)
    axes[1].set_xlabel("step")
    part = path.with_suffix(".part")
    figure.savefig(part, format="png", dpi=100)
    part.replace(path)
