"""Jobs that cannot succeed: each ends with a sentence for the person who waits, and the worker goes on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests import servers, site_calls
from tests.durability import little_memory
from workers.messages import BROKEN_WEIGHTS, NO_MEMORY

pytestmark = pytest.mark.slow


def ends(site: servers.Site, jobs: dict[str, str]) -> dict[str, tuple[str, str]]:
    """How each job ends: its state and its message."""
    found = {}
    for name, job_id in jobs.items():

        def ended(job_id: str = job_id) -> dict | None:
            job = site.call(site_calls.job, job_id)
            return None if job["state"] in ("queued", "running") else job

        job = servers.until(ended, seconds=90, what=f"the end of the job {name}")
        found[name] = (job["state"], job["error"])
    return found


def test_a_job_that_always_kills_its_worker_fails_with_a_message_after_the_most_attempts(
    broker: servers.Broker, tmp_path: Path
) -> None:
    environment = {"AIFASHION_JOB_LEASE_S": "1", "AIFASHION_JOB_MAX_ATTEMPTS": "2"}
    with servers.open_site(tmp_path / "site", REDIS_URL=broker.url, **environment) as site:
        site.call(site_calls.prepare)
        worker = site.start_worker("--include", "tests.durability.deadly")
        (deadly,) = site.call(site_calls.generate)
        sentence = (
            "The worker stopped in the middle of this 2 times, perhaps for lack of memory. "
            "Try a smaller size, or try again later."
        )
        assert ends(site, {"deadly": deadly}) == {"deadly": ("failed", sentence)}
        assert site.call(site_calls.job, deadly)["attempts"] == 2
        assert worker.leader.poll() is None
        harmless = site.call(site_calls.compose)
        assert ends(site, {"harmless": harmless}) == {"harmless": ("succeeded", "")}
        # Tickets outlived the attempts: each is taken once more, and finds nothing to do.
        servers.until(
            lambda: broker.unacknowledged() + broker.waiting("generate") == 0,
            seconds=10,
            what="every ticket answered for",
        )
        assert site.call(site_calls.job, deadly)["attempts"] == 2


def test_jobs_without_enough_memory_fail_with_a_message_and_succeed_when_there_is_more(site: servers.Site) -> None:
    switch = site.folder / little_memory.SWITCH
    switch.touch()
    worker = site.start_worker("--include", "tests.durability.little_memory")
    jobs = {
        "generate": site.call(site_calls.generate, size=8192)[0],  # the tile alone is more
        "segment": site.call(site_calls.segment, enlarged=3),
        "compose": site.call(site_calls.compose, width=4000, height=5000),
    }
    (child,) = worker.children()
    assert ends(site, jobs) == dict.fromkeys(jobs, ("failed", NO_MEMORY))
    worker.successor(child)  # never ran out of memory
    switch.unlink()
    for job_id in jobs.values():
        site.call(site_calls.retry, job_id)
    assert ends(site, jobs) == dict.fromkeys(jobs, ("succeeded", ""))
    assert worker.leader.poll() is None


def test_jobs_whose_weights_are_cut_short_or_changed_fail_with_a_message_until_they_are_mended_by_storage_or_by_hand(
    broker: servers.Broker, tmp_path: Path
) -> None:
    shipped = servers.ROOT / "generator" / "weights"
    weights = {"cut short": "cheetah", "missing": "floral", "changed": "striped"}
    folder = tmp_path / "weights"
    folder.mkdir()
    files = {name: folder / f"{slug}.safetensors" for name, slug in weights.items()}
    for path in files.values():
        shutil.copy(shipped / path.name, path)
    with files["cut short"].open("r+b") as file:
        file.truncate(files["cut short"].stat().st_size // 2)
    environment = {"REDIS_URL": broker.url, "AIFASHION_GENERATOR_WEIGHTS_DIR": str(folder)}
    with servers.open_site(tmp_path / "site", **environment) as site:
        site.call(site_calls.prepare)  # registers the file that is cut short as it is
        files["missing"].unlink()
        data = bytearray(files["changed"].read_bytes())
        data[-1] ^= 0xFF
        files["changed"].write_bytes(data)
        site.call(site_calls.break_kept_weights, weights["changed"])
        site.start_worker()
        jobs = {name: site.call(site_calls.generate, slug=slug)[0] for name, slug in weights.items()}
        broken = ("failed", BROKEN_WEIGHTS)
        # Of the missing one storage has a copy.
        assert ends(site, jobs) == {"cut short": broken, "missing": ("succeeded", ""), "changed": broken}
        shutil.copy(shipped / files["changed"].name, files["changed"])
        site.call(site_calls.retry, jobs["changed"])
        assert ends(site, {"changed": jobs["changed"]}) == {"changed": ("succeeded", "")}


def test_a_process_that_took_more_memory_than_it_may_is_replaced_after_its_job(
    broker: servers.Broker, tmp_path: Path
) -> None:
    with servers.open_site(tmp_path / "site", REDIS_URL=broker.url, AIFASHION_WORKER_MEMORY_MB="1") as site:
        site.call(site_calls.prepare)
        worker = site.start_worker()
        (child,) = worker.children()
        used = {child.pid}
        for number in range(2):
            (job_id,) = site.call(site_calls.generate, seed=number)
            assert ends(site, {"print": job_id}) == {"print": ("succeeded", "")}
            assert site.call(site_calls.job, job_id)["attempts"] == 1
            child = worker.successor(child)
            used.add(child.pid)
        assert len(used) == 3
        servers.until(lambda: broker.unacknowledged() == 0, seconds=10, what="every message answered for")
