"""The site on a real PostgreSQL: tables, set-up, and what two processes may do to one job."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests import servers, site_calls
from tests.services import claim_calls

pytestmark = pytest.mark.slow


@contextmanager
def database(server_url: str, name: str) -> Iterator[str]:
    """A new database of the server."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield server_url.replace("/postgres?", f"/{name}?")
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def fresh_url(database_url: str) -> Iterator[str]:
    with database(database_url, "fresh") as url:
        yield url


@pytest.fixture(scope="module")
def two_processes(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[servers.Site]]:
    folder = tmp_path_factory.mktemp("site")
    with database(database_url, "shared") as url, servers.open_broker(folder / "broker") as broker:
        addresses = {"DATABASE_URL": url, "REDIS_URL": broker.url}
        with servers.open_site(folder, **addresses) as first, servers.open_site(folder, **addresses) as second:
            first.call(site_calls.prepare)
            yield [first, second]


@pytest.fixture
def sites(two_processes: list[servers.Site]) -> list[servers.Site]:
    """Two processes of one site, both up: they share the database and nothing else in memory."""
    for site in two_processes:
        site.call(site_calls.clear)
    return two_processes


@contextmanager
def at_once() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as threads:
        yield threads


def lock_is_awaited(url: str) -> bool:
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchone()
    return found is not None and found[0] > 0


def test_migrations_make_all_tables_and_leave_nothing_to_do(fresh_url: str, tmp_path: Path) -> None:
    with servers.open_site(tmp_path / "site", DATABASE_URL=fresh_url) as site:
        site.manage("migrate", "--no-input")
        site.manage("migrate", "--check")
        site.manage("makemigrations", "--check", "--dry-run")
        assert site.call(site_calls.database_vendor) == "postgresql"
        assert set(site.call(site_calls.rows).values()) == {0}


def test_setting_up_twice_gives_the_same_state_as_once(fresh_url: str, tmp_path: Path) -> None:
    with servers.open_site(tmp_path / "site", DATABASE_URL=fresh_url) as site:
        site.manage("migrate", "--no-input")
        site.manage("setup_site")
        rows, stored = site.call(site_calls.site_contents), site.call(site_calls.stored_files)
        assert rows["category"] and rows["modelversion"] and rows["photo"] and rows["garment"]
        said = site.manage("setup_site")
        assert "0 new model versions, 0 new or changed stock garments" in said
        assert site.call(site_calls.site_contents) == rows
        assert site.call(site_calls.stored_files) == stored


def test_a_claim_waits_for_the_one_before_it_and_then_gets_nothing(sites: list[servers.Site], tmp_path: Path) -> None:
    (job_id,) = sites[0].call(site_calls.generate)
    first, second = one_waits_for_the_other(
        sites,
        tmp_path / "go-on",
        (claim_calls.claim_and_wait_to_commit, job_id, str(tmp_path / "go-on")),
        (claim_calls.claim, job_id),
    )
    assert (first, second) == (True, False)
    assert sites[0].call(site_calls.job, job_id)["attempts"] == 1


def test_who_asks_twice_at_once_gets_no_more_jobs_than_the_most(sites: list[servers.Site], tmp_path: Path) -> None:
    for seed in range(0, 48, 12):
        sites[0].call(site_calls.generate, count=12, seed=seed)
    first, second = one_waits_for_the_other(
        sites,
        tmp_path / "go-on",
        (claim_calls.ask_and_wait_to_commit, str(tmp_path / "go-on")),
        (claim_calls.ask_for_twelve,),
    )
    assert first == ""
    assert second.startswith("60 of your prints and pictures are still being made")
    assert sites[0].call(site_calls.states) == ["queued"] * 60


def test_a_design_that_is_shared_twice_at_once_has_one_link(sites: list[servers.Site], tmp_path: Path) -> None:
    design = sites[0].call(claim_calls.design)
    first, second = one_waits_for_the_other(
        sites,
        tmp_path / "go-on",
        (claim_calls.share_and_wait_to_commit, design, str(tmp_path / "go-on")),
        (claim_calls.share, design),
    )
    assert first == second


def one_waits_for_the_other(
    sites: list[servers.Site], go_on: Path, first: tuple[Any, ...], second: tuple[Any, ...]
) -> tuple[Any, Any]:
    """What both answer, when the first holds its transaction open (claim_calls.held_open) and the second comes then."""
    with at_once() as threads:
        one = threads.submit(sites[0].call, *first)
        servers.until(go_on.with_suffix(".done").exists, seconds=30, what="the first one's work")
        other = threads.submit(sites[1].call, *second)
        try:
            servers.until(
                lambda: lock_is_awaited(sites[0].environment["DATABASE_URL"]),
                seconds=30,
                what="the second one at the lock of the first",
            )
        finally:
            go_on.touch()
        return one.result(), other.result()


def test_of_two_processes_that_serve_one_line_each_job_goes_to_one(sites: list[servers.Site]) -> None:
    job_ids = [
        job_id for seed in range(0, 60, 12) for job_id in sites[0].call(site_calls.generate, count=12, seed=seed)
    ]
    with at_once() as threads:
        races = [threads.submit(site.call, claim_calls.claim_line) for site in sites]
        claimed = [job_id for race in races for job_id in race.result()]
    assert sorted(claimed) == sorted(job_ids)


def test_a_silent_worker_s_job_is_taken_over_by_one_of_two(sites: list[servers.Site]) -> None:
    job_ids = sites[0].call(site_calls.generate, count=12)
    assert sites[0].call(claim_calls.claim_line) == job_ids
    assert sites[1].call(claim_calls.claim_line) == []
    sites[0].call(claim_calls.fall_silent, job_ids)
    sites[1].call(claim_calls.requeue_lost)
    with at_once() as threads:
        races = [threads.submit(site.call, claim_calls.claim_line) for site in sites]
        claimed = [job_id for race in races for job_id in race.result()]
    assert sorted(claimed) == sorted(job_ids)
    assert {sites[0].call(site_calls.job, job_id)["attempts"] for job_id in job_ids} == {2}


def test_two_who_ask_for_one_photo_s_garments_at_once_get_one_job(sites: list[servers.Site]) -> None:
    photo_ids = [sites[0].call(claim_calls.upload) for _ in range(8)]
    with at_once() as threads:
        races = [threads.submit(site.call, claim_calls.segment_all, photo_ids) for site in sites]
        first, second = (race.result() for race in races)
    assert first == second
    assert sites[0].call(site_calls.states) == ["queued"] * 8


def test_a_lost_job_that_two_workers_find_at_once_is_queued_once(sites: list[servers.Site]) -> None:
    job_ids = sites[0].call(site_calls.generate, count=12)
    sites[0].call(claim_calls.claim_line)
    sites[0].call(claim_calls.fall_silent, job_ids)
    with at_once() as threads:
        races = [threads.submit(site.call, claim_calls.requeue_lost) for site in sites]
        assert sum(race.result() for race in races) == 12
    assert sites[0].call(site_calls.states) == ["queued"] * 12


def test_a_worker_on_postgresql_does_the_job(sites: list[servers.Site]) -> None:
    (job_id,) = sites[0].call(site_calls.generate, seed=3)
    sites[0].start_worker()
    servers.until(
        lambda: sites[1].call(site_calls.job, job_id)["state"] == "succeeded", seconds=60, what="the job's success"
    )
    assert [Path(key).name for key in sites[1].call(site_calls.results, job_id)] == ["3-64.png"]
