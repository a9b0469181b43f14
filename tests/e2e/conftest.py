"""The whole stack as `make run` starts it, and a real browser in front of it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests import servers
from tests.e2e import trip

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_S = 120
NOT_FOUND = "/no/such/page/"

expect.set_options(timeout=15_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.slow)
            if not CHROMIUM.exists():
                item.add_marker(pytest.mark.skip(reason=f"No browser at {CHROMIUM}: apt-get install chromium"))


def processes_with(text: str) -> dict[int, str]:
    """Living processes whose environment holds the text: the stack and all that it started, however it detached."""
    found = {}
    for folder in Path("/proc").iterdir():
        with suppress(OSError):
            if folder.name.isdigit() and text.encode() in (folder / "environ").read_bytes():
                found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ").strip()
    return found


@dataclass
class Site:
    address: str
    var: Path
    process: subprocess.Popen
    log: Path
    environment: dict[str, str]

    def manage(self, *arguments: str) -> None:
        """Run a management command in the site's environment."""
        subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.environment, check=True)

    def trainers(self) -> list[int]:
        """The process that leads the trainer, and the child that trains."""
        return [pid for pid, command in processes_with(str(self.var)).items() if "--queues train " in command]

    @contextmanager
    def held_worker(self) -> Iterator[Callable[[str], None]]:
        """The worker stands still; what this gives lets it go on until the newest job is in a state."""
        workers = [pid for pid, command in processes_with(str(self.var)).items() if " worker --queues " in command]
        assert workers
        database = sqlite3.connect(self.var / "db.sqlite3", timeout=0, isolation_level=None)

        def send(number: int) -> None:
            for pid in workers:
                os.kill(pid, number)

        def run_until(state: str = "") -> None:
            deadline = time.monotonic() + 60
            while not _may_stand_still(database, state):
                assert time.monotonic() < deadline, f"the newest job did not become {state}"
                send(signal.SIGCONT)
                time.sleep(0.02)  # one step of the worker
                send(signal.SIGSTOP)

        try:
            send(signal.SIGSTOP)
            run_until()
            yield run_until
        finally:
            send(signal.SIGCONT)
            database.close()


def _may_stand_still(database: sqlite3.Connection, state: str) -> bool:
    """In this state, and outside of a write, which would keep the lock from everybody else."""
    try:
        database.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return False
    found = database.execute("SELECT state FROM webapp_job ORDER BY queued_at DESC LIMIT 1").fetchone()
    database.execute("ROLLBACK")
    return not state or found == (state,)


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Started once and ended with Ctrl-C's signal; whatever it leaves behind is an error."""
    var = tmp_path_factory.mktemp("stack")
    # So short a lease: a trainer that was killed is missed soon.
    address, started, environment = servers.start_stack(var, OMP_NUM_THREADS="1", AIFASHION_JOB_LEASE_S="8")
    process, log = started.leader, started.log
    try:
        servers.wait_for(started, lambda: servers.is_ready(address), seconds=START_S)
        yield Site(address, var, process, log, environment)
        running = processes_with(str(var))
        assert len(running) >= 4, f"broker, worker, scheduler and web server should be seen running: {running}"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=40) == 0, log.read_text()[-4000:]
        assert processes_with(str(var)) == {}, "the stack left processes behind"
    finally:
        for pid in processes_with(str(var)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    # Ended with this folder's last test: while Playwright runs, its event loop would make Django refuse the database.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Watch:
    """What a browser window did that no page of ours should do."""

    origin: str
    problems: list[str] = field(default_factory=list)
    also: str = ""
    """Another origin that pages may ask."""

    def over(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", lambda error: self.problems.append(f"error: {error.error}"))
        context.on("request", lambda request: self._request(request.url))

    def _console(self, message: ConsoleMessage) -> None:
        missing = message.location["url"] == self.origin + NOT_FOUND  # Chromium logs every answer that is no success
        # Without a GPU, Chromium says so whenever a WebGL canvas comes to the screen.
        slow = "GPU stall due to ReadPixels" in message.text
        if message.type in ("error", "warning") and not missing and not slow:
            self.problems.append(f"console: {message.text} ({message.location})")

    def _request(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("data", "blob") and f"{parts.scheme}://{parts.netloc}" not in (self.origin, self.also):
            self.problems.append(f"left the origin: {address}")


@pytest.fixture
def watch(site: Site) -> Iterator[Watch]:
    found = Watch(site.address)
    yield found
    assert found.problems == []


@pytest.fixture
def visitor(site: Site, chromium: Browser, watch: Watch) -> Iterator[Callable[..., BrowserContext]]:
    """Opens a browser of its own for each call; all are watched and closed at the end."""
    contexts: list[BrowserContext] = []

    def open_browser(**options: Any) -> BrowserContext:
        context = chromium.new_context(**{"base_url": site.address, "reduced_motion": "reduce", **options})
        watch.over(context)
        contexts.append(context)
        return context

    yield open_browser
    for context in contexts:
        context.close()


@pytest.fixture
def page(visitor: Callable[..., BrowserContext]) -> Page:
    return visitor(viewport={"width": 1440, "height": 900}).new_page()


@dataclass
class Made:
    """One designer's session with a print, a photo and a design, and the addresses of its pages."""

    state: Any
    pages: dict[str, str]
    downloads: list[str]


@pytest.fixture(scope="package")
def made(site: Site, chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Made:
    context = chromium.new_context(base_url=site.address)
    page = context.new_page()
    page.goto("/studio/")
    trip.generate(page, "Cheetah", count=4, seed=11)
    trip.choose_print(page)
    trip.upload(page, trip.portrait(tmp_path_factory.mktemp("made")))
    trip.wait_for_garments(page)
    trip.compose(page, "All clothing")
    studio = page.url.removeprefix(site.address)
    downloads = [link.get_attribute("href") for link in page.locator("a[href*='/download.']").all()]
    page.goto("/history/")
    page.get_by_role("button", name="Share").click()
    shared = page.get_by_label("Link to share").input_value().removeprefix(site.address)
    delete = page.get_by_role("region", name="Photos").get_by_role("link", name="Delete").get_attribute("href")
    state = context.storage_state()
    context.close()
    pages = {
        "home": "/",
        "studio": studio,
        "studio-start": "/studio/?category=striped",
        "history": "/history/",
        "delete": delete,
        "shared": shared,
        "login": "/accounts/login/",
        "signup": "/accounts/signup/",
        "how": "/how/",
        "privacy": "/privacy/",
        "delete-all": "/privacy/delete/",
        "developers": "/developers/",
        "not-found": NOT_FOUND,
    }
    return Made(state, pages, downloads)
