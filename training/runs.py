"""What every resumable run needs: a way to be asked to stop, and a log that a killed run leaves consistent."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path


def stop_on_signals() -> Callable[[], bool]:
    """From now on take SIGINT and SIGTERM as a wish to stop; returns what says whether one came."""
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return lambda: stopping


def drop_lines_after(log: Path, step: int) -> None:
    """Cut from a log what a killed run wrote after its last checkpoint: resuming will write it again."""
    if log.exists():
        lines = [line for line in log.read_text().splitlines() if line.strip() and json.loads(line)["step"] <= step]
        log.write_text("".join(line + "\n" for line in lines))
