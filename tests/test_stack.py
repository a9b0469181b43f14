"""What keeps the processes of `make run`, with real processes and a real Valkey; tests/e2e holds the whole."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from aifashion import stack
from aifashion.stack import AGO_S, MOST_DEATHS, GivenUp, Program, QueueServer, Stack
from tests.servers import open_broker, until

SLEEPS = "import time; time.sleep(60)"
PARENT = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {SLEEPS!r}]); time.sleep(60)"


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def program(code: str, tmp_path: Path) -> Program:
    return Program(sys.executable, "-c", code, folder=tmp_path, environment=dict(os.environ))


def revived(kept: Stack, clock: Clock, when: Callable[[], bool]) -> None:
    """Let the stack look again and again, a second of its clock apart."""

    def done() -> bool:
        kept.revive()
        clock.now += 1
        return when()

    until(done, seconds=20, what="a child started again")


def mourned(kept: Stack, name: str) -> None:
    """Let the stack see that a child ended by itself."""
    until(lambda: kept.dead() == name, seconds=20, what=f"the end of {name}")
    kept.revive()


def test_a_child_that_was_killed_is_started_again_without_what_it_left(tmp_path: Path) -> None:
    said: list[str] = []
    clock = Clock()
    kept, child = Stack(said.append, clock=clock), program(PARENT, tmp_path)
    kept.start("The worker", child)
    try:
        leader = psutil.Process(child._process.pid)
        (orphan,) = until(leader.children, seconds=10, what="the child of the leader")
        leader.kill()
        revived(kept, clock, lambda: len(said) == 2)
        assert said[0].startswith("The worker ended: the lines above may say why. It is started again in")
        assert said[1] == "The worker is started again."
        until(lambda: not orphan.is_running() or orphan.status() == "zombie", seconds=10, what="the orphan's end")
        assert child._process.poll() is None
        assert child._process.pid != leader.pid
        assert kept.dead() is None
    finally:
        kept.stop()
    assert child.is_dead()


def test_a_program_stands_back_as_far_as_it_is_told_also_where_sessions_share_the_processor(tmp_path: Path) -> None:
    child = Program(sys.executable, "-c", SLEEPS, folder=tmp_path, environment=dict(os.environ), nice=5)
    child.start()
    try:
        process = psutil.Process(child._process.pid)
        until(lambda: process.nice() == psutil.Process().nice() + 5, seconds=10, what="the program's niceness")
        group = Path(f"/proc/{process.pid}/autogroup")
        assert not group.exists() or group.read_text().endswith("nice 5\n")
    finally:
        child.end(0)


def test_a_child_that_dies_again_and_again_gets_longer_pauses_and_is_given_up(tmp_path: Path) -> None:
    said: list[str] = []
    clock = Clock()
    kept = Stack(said.append, clock=clock)
    kept.start("The web server", program("raise SystemExit(1)", tmp_path))
    for pause in (1, 2, 4, 8):
        mourned(kept, "The web server")
        assert said[-1].startswith("The web server ended") and said[-1].endswith(f"started again in {pause} s.")
        clock.now += pause - 0.01
        kept.revive()
        assert said[-1].endswith(f"{pause} s."), "its pause is not over"
        clock.now += 0.01
        kept.revive()
        assert said[-1] == "The web server is started again."
    with pytest.raises(GivenUp, match=r"The web server ended.*5th time within 60 seconds"):
        mourned(kept, "The web server")
    assert len(said) == 8


def test_deaths_of_long_ago_do_not_count(tmp_path: Path) -> None:
    said: list[str] = []
    clock = Clock()
    kept = Stack(said.append, clock=clock)
    kept.start("The worker", program("raise SystemExit(1)", tmp_path))
    for _ in range(MOST_DEATHS + 1):
        mourned(kept, "The worker")
        assert said[-1].endswith("started again in 1 s.")
        clock.now += AGO_S
        kept.revive()
        assert said[-1] == "The worker is started again."
    kept.stop()


def test_a_program_that_is_gone_from_the_disk_is_given_up_with_the_reason(tmp_path: Path) -> None:
    command = tmp_path / "server"
    command.write_text("#!/bin/sh\nexit 1\n")
    command.chmod(0o755)
    clock = Clock()
    kept = Stack(lambda line: None, clock=clock)
    kept.start("The scheduler", Program(str(command), folder=tmp_path, environment={}))
    command.unlink()
    with pytest.raises(GivenUp, match=r"could not be started again .*No such file"):
        revived(kept, clock, lambda: False)


def test_the_queue_server_comes_back_on_its_port_with_what_waited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "SILENT_S", 0.3)
    said: list[str] = []
    clock = Clock()
    with open_broker(tmp_path) as broker:
        server = QueueServer(broker._server)
        kept = Stack(said.append, clock=clock)
        kept.keep("The queue server", server)
        with broker.client() as client:
            client.lpush("generate", "a job")
        time.sleep(1.2)  # its file is written once a second
        (process,) = [one for one in psutil.Process().children() if "valkey" in one.name()]
        os.kill(process.pid, signal.SIGKILL)
        revived(kept, clock, lambda: len(said) == 2)
        assert "queue server is started again" in said[1]
        assert broker.url.endswith(f":{broker._server.port}/0")
        assert broker.waiting("generate") == 1
        kept.stop()
        assert not broker._server.is_running()
        broker._server = None
