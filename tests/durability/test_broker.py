"""A broker that is away, or that forgets: nothing half-made, and nothing lost."""

from __future__ import annotations

import pytest

from tests import servers, site_calls
from webapp.errors import QueueUnavailable

pytestmark = pytest.mark.slow

SENTENCE = QueueUnavailable().message


def everything(site: servers.Site) -> tuple[dict[str, int], list[str]]:
    return site.call(site_calls.rows), site.call(site_calls.stored_files)


def test_without_a_broker_every_page_says_so_and_nothing_half_made_stays(
    site: servers.Site, broker: servers.Broker
) -> None:
    ids = site.call(site_calls.print_and_photos)
    broker.stop()
    before = everything(site)
    for what in ("generate", "upload", "design", "segment"):
        assert SENTENCE in site.call(site_calls.page_after, what, ids), what
        assert everything(site) == before, what


def test_a_retry_without_a_broker_says_so_and_leaves_the_job_as_it_was(
    site: servers.Site, broker: servers.Broker
) -> None:
    (job_id,) = site.call(site_calls.generate)
    site.call(site_calls.cancel, job_id)
    before = site.call(site_calls.job, job_id)
    broker.stop()
    assert site.call(site_calls.refusal, "retry", job_id) == SENTENCE
    assert site.call(site_calls.job, job_id) == before


def test_what_was_refused_without_a_broker_is_taken_once_it_is_back(site: servers.Site, broker: servers.Broker) -> None:
    site.call(site_calls.generate, seed=1)
    broker.stop()
    assert site.call(site_calls.refusal, "generate", seed=2) == SENTENCE
    broker.start()
    assert site.call(site_calls.refusal, "generate", seed=2) == ""
    assert broker.waiting("generate") == 2


def test_jobs_that_waited_while_a_worker_lost_its_broker_are_all_done(
    site: servers.Site, broker: servers.Broker
) -> None:
    job_ids = site.call(site_calls.generate, count=3, size=1024)
    worker = site.start_worker()
    servers.until(lambda: "running" in site.call(site_calls.states), seconds=60, what="the first job's start")
    assert broker.waiting("generate") > 0
    broker.kill()
    broker.start()
    servers.until(lambda: site.call(site_calls.states) == ["succeeded"] * 3, seconds=90, what="every job's success")
    assert worker.leader.poll() is None
    assert {site.call(site_calls.job, job_id)["attempts"] for job_id in job_ids} == {1}


def test_jobs_whose_messages_the_broker_forgot_are_all_done(site: servers.Site, broker: servers.Broker) -> None:
    site.call(site_calls.generate, count=3)
    broker.forget()
    assert broker.waiting("generate") == 0
    site.start_worker()
    servers.until(lambda: site.call(site_calls.states) == ["succeeded"] * 3, seconds=90, what="every job's success")
