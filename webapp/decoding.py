"""Large pictures, one at a time: each takes hundreds of megabytes while it is decoded, and a web process has several
threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from webapp.errors import Busy, OutOfMemory

WAIT_S = 5.0
"""How long one waits for its turn: the thread that waits serves no page meanwhile."""

_turn = threading.Lock()


@contextmanager
def one_at_a_time(wait_s: float | None = None) -> Iterator[None]:
    """The turn of this process to decode a picture. Raises Busy where it does not come within WAIT_S, or `wait_s`; -1
    waits as long as it takes. A MemoryError within it becomes OutOfMemory."""
    if not _turn.acquire(timeout=WAIT_S if wait_s is None else wait_s):
        raise Busy
    try:
        yield
    except MemoryError as error:
        raise OutOfMemory from error
    finally:
        _turn.release()
