"""How the benchmarks take time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def fastest(work: Callable[[], Any], repeats: int = 5) -> float:
    """Seconds of the fastest of several calls: what the work takes when nothing disturbs it."""
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds)
