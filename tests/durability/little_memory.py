"""For a worker to import: while a file says so, the site's jobs compute with little memory left.

The limit is set after the libraries are loaded, so what fails is the work itself, wherever that happens to be.
"""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Any

import psutil
from celery.signals import task_postrun, task_prerun
from django.conf import settings

LEFT_BYTES = 96 * 1024 * 1024
SWITCH = "little-memory"


@task_prerun.connect
def leave_little(**signal: Any) -> None:
    import generator  # noqa: F401
    import segmentation  # noqa: F401

    if (Path(settings.VAR_DIR) / SWITCH).exists():
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (psutil.Process().memory_info().vms + LEFT_BYTES, hard))


@task_postrun.connect
def leave_all(**signal: Any) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
