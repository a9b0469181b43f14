"""A worker that is killed in the middle of a job: the job is done all the same, once."""

from __future__ import annotations

import psutil
import pytest

from tests import servers, site_calls

pytestmark = pytest.mark.slow

LONG = {
    "generate": lambda site: site.call(site_calls.generate, size=1536)[0],
    "segment": lambda site: site.call(site_calls.segment, enlarged=3),
    "compose": lambda site: site.call(site_calls.compose, width=1800, height=2400, layers=8),
}
"""A job of each kind that takes a second or more after its first report of progress."""


def in_the_middle(site: servers.Site, job_id: str) -> bool:
    job = site.call(site_calls.job, job_id)
    return job["state"] == "running" and 0 < job["progress"] < 1


def begun(site: servers.Site, kind: str) -> str:
    """A new job of this kind, as soon as a worker is in the middle of it."""
    job_id = LONG[kind](site)
    servers.until(lambda: in_the_middle(site, job_id), seconds=90, what=f"the middle of the {kind} job")
    return job_id


def check_each_done_once(site: servers.Site, jobs: dict[str, str]) -> None:
    def all_ended() -> bool:
        return not {"queued", "running"} & set(site.call(site_calls.states))

    servers.until(all_ended, seconds=120, what="the end of every job")
    done = {"state": "succeeded", "progress": 1, "error": "", "attempts": 2}
    assert {kind: site.call(site_calls.job, job_id) for kind, job_id in jobs.items()} == dict.fromkeys(jobs, done)
    rows = site.call(site_calls.rows)
    assert rows["job"] == len(jobs)
    results = {kind: site.call(site_calls.results, job_id) for kind, job_id in jobs.items()}
    assert {kind: len(found) for kind, found in results.items()} == {
        "generate": 1,
        "segment": 1 + rows["garment"],  # all clothing, and each garment
        "compose": 2,  # the picture and its preview
    }
    assert rows["garment"] > 0
    stored = {key for key in site.call(site_calls.stored_files) if not key.endswith("garments.json")}
    assert stored == set().union(*results.values(), site.call(site_calls.source_keys))


def test_jobs_whose_whole_worker_was_killed_are_each_done_once_by_the_next(site: servers.Site) -> None:
    jobs = {}
    for kind in LONG:
        worker = site.start_worker()
        jobs[kind] = begun(site, kind)
        worker.kill()
        assert in_the_middle(site, jobs[kind])
    site.start_worker()
    check_each_done_once(site, jobs)


def test_jobs_whose_pool_process_was_killed_are_each_done_once_by_the_same_worker(
    site: servers.Site, broker: servers.Broker
) -> None:
    worker = site.start_worker()
    jobs = {}
    for kind in LONG:
        jobs[kind] = begun(site, kind)
        (child,) = worker.children()
        child.kill()
        psutil.wait_procs([child], timeout=10)
        assert in_the_middle(site, jobs[kind])
    check_each_done_once(site, jobs)
    assert worker.leader.poll() is None
    servers.until(lambda: broker.unacknowledged() == 0, seconds=10, what="every message answered for")
