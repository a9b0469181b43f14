"""Every worker looks for lost jobs now and then, so nothing else has to live for them to be found."""

from __future__ import annotations

import logging
import threading
from typing import Any

from celery.signals import worker_ready, worker_shutting_down
from django.conf import settings
from django.db import connections

from workers import jobs

logger = logging.getLogger(__name__)

_stop = threading.Event()


@worker_ready.connect
def start_watching(**kwargs: Any) -> None:
    # In the worker's main process: it outlives a child that is killed in the middle of a task.
    _stop.clear()
    threading.Thread(target=_watch, name="lost jobs", daemon=True).start()


@worker_shutting_down.connect
def stop_watching(**kwargs: Any) -> None:
    _stop.set()


def _watch() -> None:
    while not _stop.wait(min(10.0, settings.AIFASHION_JOB_LEASE_S / 3)):
        try:
            if count := jobs.requeue_lost():
                logger.warning("%s lost jobs were queued again", count)
        except Exception:
            logger.exception("The look for lost jobs failed; the next one may not")
        finally:
            connections.close_all()
