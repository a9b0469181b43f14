from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import servers


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[servers.Broker]:
    with servers.open_broker(tmp_path / "broker") as broker:
        yield broker


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The settings of a bucket on a real S3 server."""
    with servers.open_s3(tmp_path_factory.mktemp("s3")) as settings:
        yield settings


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    """The address of a real PostgreSQL."""
    with servers.open_postgresql() as url:
        yield url
