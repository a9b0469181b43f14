"""A training run while its broker restarts: the run needs none, and what waits behind it is not lost."""

from __future__ import annotations

import pytest

from tests import servers, site_calls
from tests.durability import training_calls
from webapp.errors import QueueUnavailable

pytestmark = pytest.mark.slow


def wait_for_steps(site: servers.Site, run_id: str, more: int = 3) -> None:
    begun = site.call(training_calls.facts, run_id)["step"]

    def moved() -> bool:
        found = site.call(training_calls.facts, run_id)
        assert found["state"] in ("queued", "running"), found
        return found["step"] >= begun + more

    servers.until(moved, seconds=60, what="more steps of the run")


def test_a_run_and_what_waits_behind_it_outlive_two_restarts_of_the_broker(
    site: servers.Site, broker: servers.Broker
) -> None:
    run_id = site.call(training_calls.start, seconds=12)
    trainer = site.start_worker("--queues", "train")
    wait_for_steps(site, run_id)

    kept = site.call(training_calls.time_trial, features=4)
    broker.stop()
    wait_for_steps(site, run_id)
    assert site.call(training_calls.refusal, features=5) == QueueUnavailable().message
    broker.start()
    assert broker.waiting("train") == 1, "the broker kept the job that waits"

    forgotten = site.call(training_calls.time_trial, features=6)
    broker.kill()
    wait_for_steps(site, run_id)
    broker.start()
    broker.forget()

    servers.until(lambda: site.call(training_calls.active_jobs) == 0, seconds=120, what="the end of every job")
    found = site.call(training_calls.facts, run_id)
    assert (found["state"], found["versions"], found["attempts"]) == ("finished", 1, [1])
    assert not [note for note in found["notes"] if "vanished" in note or "Goes on" in note], found["notes"]
    for job_id in (kept, forgotten):
        job = site.call(site_calls.job, job_id)
        assert (job["state"], job["attempts"]) == ("succeeded", 1), job
    assert trainer.leader.poll() is None
