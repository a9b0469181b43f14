from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from webapp import queue
from webapp.queue import TICKET


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> Path:
    """Every test has its own var/: nothing is written to the real one."""
    settings.VAR_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.S3_BUCKET = ""
    settings.STORAGES = {
        "default": {"BACKEND": "aifashion.storage.LocalStorage", "OPTIONS": {"location": str(tmp_path / "media")}},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    return tmp_path


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The queues of the tickets that reached the broker. The broker itself is tested with a real one elsewhere."""
    tickets: list[str] = []

    def send_task(task: str, args: list[str], queue: str, retry: bool) -> None:
        assert (task, args) == (TICKET, [queue])
        tickets.append(queue)

    monkeypatch.setattr(queue.app, "send_task", send_task)
    return tickets


@pytest.fixture
def broker_down(monkeypatch: pytest.MonkeyPatch) -> None:
    from kombu.exceptions import OperationalError

    def refuse(*args: Any, **options: Any) -> None:
        raise OperationalError("Connection refused")

    monkeypatch.setattr(queue.app, "send_task", refuse)


@pytest.fixture
def stored(own_folder: Path) -> Any:
    """The files in storage, as a function: keys relative to the media folder."""
    media = own_folder / "media"
    return lambda: sorted(str(path.relative_to(media)) for path in media.rglob("*") if path.is_file())
