"""The queue on a real Valkey, which the site starts with the same function as `make run`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import servers, site_calls

pytestmark = pytest.mark.slow


@pytest.fixture
def site(broker: servers.Broker, tmp_path: Path) -> Iterator[servers.Site]:
    with servers.open_site(tmp_path / "site", REDIS_URL=broker.url) as site:
        site.call(site_calls.prepare)
        yield site


def all_succeeded(site: servers.Site) -> bool:
    return set(site.call(site_calls.states)) == {"succeeded"}


def test_a_queued_job_runs_in_a_worker_process(site: servers.Site, broker: servers.Broker) -> None:
    (job_id,) = site.call(site_calls.generate, seed=7)
    assert broker.waiting("generate") == 1
    site.start_worker()
    servers.until(lambda: all_succeeded(site), seconds=60, what="the job's success")
    assert site.call(site_calls.job, job_id) == {"state": "succeeded", "progress": 1, "error": "", "attempts": 1}
    assert [Path(key).name for key in site.call(site_calls.results, job_id)] == ["7-64.png"]
    servers.until(lambda: broker.unacknowledged() == 0, seconds=10, what="the message acknowledged")
    assert broker.waiting("generate") == 0


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_messages_that_wait_outlive_the_broker(site: servers.Site, broker: servers.Broker, ending: str) -> None:
    site.call(site_calls.generate, count=12)
    with broker.client() as client:
        servers.until(lambda: is_on_disk(client.info("persistence")), seconds=10, what="the append-only file written")
    getattr(broker, ending)()
    broker.start()
    assert broker.waiting("generate") == 12


def test_every_job_is_done_after_the_broker_was_restarted_under_a_worker(
    site: servers.Site, broker: servers.Broker
) -> None:
    site.start_worker()
    job_ids = site.call(site_calls.generate, count=6, size=1024)
    servers.until(lambda: "succeeded" in site.call(site_calls.states), seconds=60, what="the first job's success")
    assert broker.waiting("generate") > 0
    broker.stop()
    broker.start()
    servers.until(lambda: all_succeeded(site), seconds=60, what="every job's success")
    assert [site.call(site_calls.job, job_id)["attempts"] for job_id in job_ids] == [1] * 6


def is_on_disk(info: dict[str, int]) -> bool:
    return info["aof_enabled"] == 1 and info["aof_buffer_length"] == 0 and info["aof_pending_bio_fsync"] == 0
