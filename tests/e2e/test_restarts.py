"""Every process that `make run` looks after is killed; the site comes back by itself and works."""

from __future__ import annotations

import urllib.request
from contextlib import suppress

import psutil
from playwright.sync_api import Page

from tests.e2e import trip
from tests.e2e.conftest import Site
from tests.servers import until

NAMES = ("queue server", "worker", "intake", "trainer", "scheduler", "web server")


def is_ready(site: Site) -> bool:
    with suppress(OSError), urllib.request.urlopen(f"{site.address}/readyz", timeout=5) as answer:
        return answer.status == 200
    return False


def test_a_site_whose_processes_were_all_killed_is_back_and_prints(page: Page, site: Site) -> None:
    stack = psutil.Process(site.process.pid)  # the queue server writes over the environment by which others are known
    # A leader and its child of three workers and the web server, the queue server, the scheduler.
    until(lambda: len(stack.children(recursive=True)) >= 10, seconds=60, what="every process")
    killed = stack.children(recursive=True)
    for process in killed:
        process.kill()
    lines = [f"The {name} is started again." for name in NAMES]
    until(lambda: all(line in site.log.read_text() for line in lines), seconds=60, what="every process started again")
    until(lambda: is_ready(site), seconds=60, what="a site that is ready")
    page.goto("/studio/")
    trip.generate(page, "Striped", count=1, seed=3)
    assert site.process.poll() is None
    assert not set(killed) & set(stack.children(recursive=True))
