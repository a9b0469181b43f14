from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import servers, site_calls


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[servers.Broker]:
    with servers.open_broker(tmp_path / "broker") as broker:
        yield broker


@pytest.fixture
def site(broker: servers.Broker, tmp_path: Path) -> Iterator[servers.Site]:
    """A site whose jobs are lost after 5 s of silence, which is longer than loading torch keeps a worker silent."""
    with servers.open_site(tmp_path / "site", REDIS_URL=broker.url, AIFASHION_JOB_LEASE_S="5") as site:
        site.call(site_calls.prepare)
        yield site
