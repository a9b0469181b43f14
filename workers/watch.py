"""Every worker looks for lost jobs now and then, so nothing else has to live for them to be found."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import threading
from typing import Any

from celery.signals import worker_ready, worker_shutting_down
from celery.worker.control import inspect_command
from django.conf import settings
from django.db import connections

from workers import jobs

logger = logging.getLogger(__name__)

_stop = threading.Event()
_looking = threading.Lock()
"""Held while the watching thread looks, and across every fork of this process. The pool forks a child whenever one is
gone, and a lock that another thread holds at that moment (SQLite's, a connection pool's, the log's) stays locked in the
child for ever: it would take a ticket and hang."""
os.register_at_fork(before=_looking.acquire, after_in_parent=_looking.release, after_in_child=_looking.release)


@worker_ready.connect
def start_watching(**kwargs: Any) -> None:
    # In the worker's main process: it outlives a child that is killed in the middle of a task.
    _stop.clear()
    threading.Thread(target=_watch, name="lost jobs", daemon=True).start()


@worker_shutting_down.connect
def stop_watching(**kwargs: Any) -> None:
    _stop.set()


@inspect_command()
def machine(state: Any) -> dict[str, Any]:
    """What the admin's health page asks each worker: its device, cores and free disk. Loads no torch to say it."""
    return {
        "device": ", ".join(_gpus()) or "cpu" if settings.AIFASHION_DEVICE != "cpu" else "cpu",
        "cores": len(os.sched_getaffinity(0)),
        "disk_free": shutil.disk_usage(settings.VAR_DIR).free,
    }


def _gpus() -> list[str]:
    """Names of NVIDIA's devices; none where its tool is not installed or finds none."""
    try:
        asked = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
        done = subprocess.run(asked, capture_output=True, text=True, timeout=3)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return done.stdout.split("\n")[:-1] if done.returncode == 0 else []


def _watch() -> None:
    while not _stop.wait(min(10.0, settings.AIFASHION_JOB_LEASE_S / 3)):
        look()


def look() -> None:
    """Look once for jobs that lost their worker or their ticket. What fails is logged: the next look may not."""
    with _looking:
        try:
            if count := jobs.requeue_lost():
                logger.warning("%s lost jobs were queued again", count)
            if count := jobs.replace_tickets():
                logger.warning("%s jobs had no ticket and got one", count)
        except Exception:
            logger.exception("The look for lost jobs failed; the next one may not")
        finally:
            connections.close_all()
