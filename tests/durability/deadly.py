"""For a worker to import: a generator that takes its process down, as the kernel does when memory runs out."""

from __future__ import annotations

import os
import signal
from typing import Any

from workers import pipeline


def die(*arguments: Any) -> str:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("survived")


pipeline.make_pattern = die
