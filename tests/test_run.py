"""What `make run` says when it cannot start; tests/e2e holds what it does when it can."""

import fcntl
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

from django.conf import settings

from webapp.queue import QUEUES

ROOT = Path(__file__).parents[1]


def run(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "AIFASHION_VAR_DIR": str(folder), **variables}
    return subprocess.run(
        [sys.executable, "-m", "aifashion.run"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )


def test_a_second_stack_leaves_the_folder_of_the_first_alone(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = run(tmp_path)
    assert done.returncode == 1
    assert "already runs" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def test_a_port_that_is_taken_is_named_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run(tmp_path, AIFASHION_PORT=port)
    assert done.returncode == 1
    assert f"Port {port} is taken" in done.stderr
    assert not (tmp_path / "valkey").exists()


def test_its_workers_take_every_queue_of_the_code_and_no_other() -> None:
    named = re.findall(r'\*worker\("\w+", "([\w,]+)"\)', (ROOT / "aifashion" / "run.py").read_text())
    taken = [queue for queues in named for queue in queues.split(",")]
    assert sorted(taken) == sorted({*QUEUES.values(), settings.CELERY_TASK_DEFAULT_QUEUE})
