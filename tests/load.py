"""Fifty visitors on the stack of `make run`, its worker saturated: `make load`.

Each visitor is a thread with a browser's habits: it keeps cookies and connections, follows redirects, fetches each
picture that it sees once, polls as its page says and thinks between steps. Some ask for 24 prints again and again, some
for one, some bring photos, some only look around. At the end the answers say how fast the pages were, and the rows of
the jobs how fair the queue was. Nothing leaves this machine.
"""

from __future__ import annotations

import argparse
import functools
import http.client
import io
import json
import random
import re
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode, urlsplit

import skimage.data
from PIL import Image

from tests import servers

PAGE_P95_S = 0.3
"""What the pages must keep to."""
POLL = re.compile(r'hx-get="([^"]+)" hx-trigger="every (\d+)s"')
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
PICTURE = re.compile(r'<img[^>]* src="(/files/[^"]+)"')
REFUSED = re.compile(r'<li class="error">(.*?)</li>')
LINES = {"prints": ("generate", "print"), "photos": ("segment", "preview"), "designs": ("compose",)}
"""The kinds of jobs that stand in one line."""


@dataclass(frozen=True)
class Answer:
    route: str
    seconds: float
    problem: str = ""


@dataclass
class Visit:
    """What all visitors share: where the site is, when to go, and what came back."""

    address: str
    think_s: float
    arrival_s: float
    answers: list[Answer] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


class Visitor(threading.Thread):
    def __init__(self, visit: Visit, number: int) -> None:
        super().__init__(name=f"{type(self).__name__.lower()} {number}", daemon=True)
        self.visit, self.chance = visit, random.Random(number)
        self.cookies: dict[str, str] = {}
        self.seen: set[str] = set()
        self.host = urlsplit(visit.address).netloc
        self.connection = http.client.HTTPConnection(self.host, timeout=60)

    def run(self) -> None:
        try:
            self.visit.over.wait(self.chance.uniform(0, self.visit.arrival_s))
            while not self.visit.over.is_set():
                self.live()
            time.sleep(self.chance.uniform(0, self.visit.think_s))  # nobody's visit ends at the same moment
            self.leave()
        except Exception as error:
            self.visit.answers.append(Answer("the visitor itself", 0, f"{self.name}: {error!r}"))
        finally:
            self.connection.close()

    def live(self) -> None:
        """One round of what this visitor does."""
        raise NotImplementedError

    def leave(self) -> None:
        """What this visitor does last."""

    def think(self) -> None:
        self.visit.over.wait(self.visit.think_s * self.chance.uniform(0.5, 1.5))

    def look(self, route: str, path: str) -> str:
        """Open a page, with the pictures on it that were not seen before."""
        page = self.ask(route, "GET", path)
        self.fetch_pictures(page)
        return page

    def fetch_pictures(self, page: str) -> None:
        for picture in PICTURE.findall(page):
            if picture not in self.seen:
                self.seen.add(picture)
                self.ask("picture", "GET", picture)

    def send(self, route: str, path: str, page: str, form: dict[str, Any], file: bytes = b"") -> str:
        """Send a form of a page, and open the page that follows."""
        form = {"csrfmiddlewaretoken": TOKEN.findall(page)[0], **form}
        if file:
            kind, body = _multipart(form, file)
        else:
            kind, body = "application/x-www-form-urlencoded", urlencode(form).encode()
        page = self.ask(route, "POST", path, body, kind)
        for refusal in REFUSED.findall(page):
            self.visit.answers.append(Answer(route, 0, f"refused: {refusal}"))
        self.fetch_pictures(page)
        return page

    def wait_for_work(self, page: str) -> None:
        """Poll as the page says until it has nothing more to ask for."""
        while (asked := POLL.search(page)) and not self.visit.over.wait(int(asked[2])):
            page = self.ask("poll", "GET", unescape(asked[1]))
            self.fetch_pictures(page)

    def ask(self, route: str, method: str, path: str, body: bytes = b"", kind: str = "") -> str:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        headers |= {"Content-Type": kind} if kind else {}
        start = time.perf_counter()
        status, reply, data = self._exchange(method, path, body, headers)
        seconds = time.perf_counter() - start
        problem = f"{method} {path}: {status}" if status >= 400 else ""
        self.visit.answers.append(Answer(f"{method} {route}" if method == "POST" else route, seconds, problem))
        for cookie in reply.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        if 300 <= status < 400:
            place = urlsplit(reply.headers["Location"])
            return self.ask("studio", "GET", f"{place.path}?{place.query}")
        return data.decode(errors="replace") if reply.headers.get_content_maintype() == "text" else ""

    def _exchange(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any, bytes]:
        """Once more on a new connection where the server had closed the one that was kept."""
        for attempt in (1, 2):
            try:
                self.connection.request(method, path, body or None, headers)
                reply = self.connection.getresponse()
                return reply.status, reply, reply.read()
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.connection.close()
                if attempt == 2:
                    raise
        raise AssertionError("unreachable")


class Heavy(Visitor):
    """Fills the wall: 24 prints, and again once they are drawn."""

    def live(self) -> None:
        page = self.look("studio", "/studio/?category=floral")
        for _ in range(2):
            page = self.send("generate", "/studio/generate/", page, {"category": "floral", "count": 12})
        self.wait_for_work(page)
        self.think()

    def leave(self) -> None:
        self.send("cancel", "/studio/cancel/", self.look("studio", "/studio/?category=floral"), {})


class Light(Visitor):
    """Asks for one print, waits for it, looks at it."""

    def live(self) -> None:
        category = self.chance.choice(("striped", "dotted", "zebra"))
        page = self.look("studio", f"/studio/?category={category}")
        self.think()
        page = self.send("generate", "/studio/generate/", page, {"category": category, "count": 1})
        self.wait_for_work(page)
        if not self.visit.over.is_set():
            self.look("history", "/history/")
            self.think()


class Uploader(Visitor):
    """Brings a photo, and waits until the clothes on it are found."""

    def live(self) -> None:
        page = self.look("studio", "/studio/")
        self.think()
        page = self.send("upload", "/studio/upload/", page, {}, portrait(self.chance))
        self.wait_for_work(page)
        self.think()


class Browser(Visitor):
    """Looks around."""

    def live(self) -> None:
        for route, path in (
            ("home", "/"),
            ("studio", "/studio/?category=leaves"),
            ("how", "/how/"),
            ("history", "/history/"),
        ):
            self.look(route, path)
            self.think()


@functools.cache
def _astronaut() -> Image.Image:
    return Image.fromarray(skimage.data.astronaut())


def portrait(chance: random.Random) -> bytes:
    """A photo of a person (public domain, shipped with scikit-image) as a JPEG file, cut a little differently each
    time: the site finds the clothes on the same photo only once."""
    left, top = chance.randrange(40), chance.randrange(40)
    buffer = io.BytesIO()
    _astronaut().crop((left, top, left + 470, top + 470)).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def _multipart(form: dict[str, Any], file: bytes) -> tuple[str, bytes]:
    edge = "an-edge-of-the-form"
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in form.items()
    ]
    head = f'--{edge}\r\nContent-Disposition: form-data; name="photo"; filename="me.jpg"\r\n\r\n'.encode()
    return f"multipart/form-data; boundary={edge}", b"".join([*parts, head, file, f"\r\n--{edge}--\r\n".encode()])


def crowd(visit: Visit, count: int) -> list[Visitor]:
    """Of ten visitors two ask for walls, five for single prints, one brings photos, two look around."""
    kinds = (Heavy, Light, Uploader, Light, Browser, Heavy, Light, Light, Light, Browser)
    return [kinds[number % len(kinds)](visit, number) for number in range(count)]


def run_visit(
    address: str,
    *,
    visitors: int,
    seconds: float,
    think_s: float = 2.0,
    arrival_s: float = 10.0,
    enough: Callable[[], bool] = lambda: False,
) -> list[Answer]:
    """Let visitors in, and all of them go after so long or when `enough` says so, whatever they still wait for."""
    visit = Visit(address, think_s, arrival_s)
    threads = crowd(visit, visitors)
    for thread in threads:
        thread.start()
    end = time.monotonic() + seconds
    while time.monotonic() < end and not enough():
        time.sleep(0.5)
    visit.over.set()
    for thread in threads:
        thread.join(timeout=90)
    return visit.answers


@dataclass(frozen=True)
class Wait:
    """A job that was started: whose, and since when it was the first of its owner's jobs."""

    owner: str
    since: float
    started: float
    asked: int
    """How many jobs the owner asked for in all."""
    passed_by: int
    """The most jobs of any one other owner that were started meanwhile; 1 where all are served in turn."""

    @property
    def seconds(self) -> float:
        return self.started - self.since


def waits_in(database: Path, line: str, after: float = 0.0) -> list[Wait]:
    """What the rows of the jobs queued after a moment say about a line."""
    kinds = LINES[line]
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute(
            "SELECT coalesce(visitor, user_id), queued_at, started_at FROM webapp_job "
            f"WHERE kind IN ({','.join('?' * len(kinds))}) ORDER BY queued_at",
            kinds,
        ).fetchall()
    own: dict[str, list[tuple[float, float | None]]] = defaultdict(list)
    for owner, queued, started in rows:
        if _seconds(queued) > after:
            own[owner].append((_seconds(queued), _seconds(started) if started else None))
    starts = [(owner, started) for owner, its in own.items() for _, started in its if started]
    waits = []
    for owner, its in own.items():
        before = 0.0
        for queued, started in its:
            if started is None:
                continue
            since, before = max(queued, before), started
            passed = Counter(other for other, when in starts if other != owner and since < when < started)
            waits.append(Wait(owner, since, started, len(its), max(passed.values(), default=0)))
    return waits


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def report(answers: Sequence[Answer], database: Path) -> tuple[str, bool]:
    """The figures as text, and whether all is as it should be."""
    lines = ["| answer | count | median ms | p95 ms | longest ms |", "| --- | --- | --- | --- | --- |"]
    routes: dict[str, list[float]] = defaultdict(list)
    for answer in answers:
        routes[answer.route].append(1000 * answer.seconds)
    pages = [1000 * answer.seconds for answer in answers if answer.route in ("home", "studio", "how", "history")]
    for route, times in [*sorted(routes.items()), ("all pages", pages)]:
        figures = (median(times), percentile(times, 0.95), max(times))
        lines.append(f"| {route} | {len(times)} | " + " | ".join(f"{figure:.0f}" for figure in figures) + " |")
    problems = [answer.problem for answer in answers if answer.problem]
    lines += ["", f"{len(problems)} errors", *problems[:10]]
    fair = True
    for line in LINES:
        if waits := waits_in(database, line):
            lines.append(_fairness(line, waits))
            fair = fair and max(wait.passed_by for wait in waits) <= 1
    fast = percentile(pages, 0.95) <= 1000 * PAGE_P95_S
    return "\n".join(lines), not problems and fair and fast


def _fairness(line: str, waits: Sequence[Wait]) -> str:
    heavy = [wait.seconds for wait in waits if wait.asked >= 12]
    light = [wait.seconds for wait in waits if wait.asked < 12]
    said = [f"{line}: {len(waits)} started for {len({wait.owner for wait in waits})} visitors"]
    for name, times in (("of few", light), ("of walls", heavy)):
        if times:
            spread = f"{percentile(times, 0.05):.1f} to {percentile(times, 0.95):.1f}"
            said.append(f"a turn for visitors {name} came after {median(times):.1f} s ({spread} s)")
    said.append(f"the most that anyone was passed by one other: {max(wait.passed_by for wait in waits)}")
    return "; ".join(said)


@contextmanager
def own_stack(folder: Path) -> Iterator[str]:
    """`make run` with its data in a folder. Gives its address."""
    address, process, _environment = servers.start_stack(folder)
    try:
        servers.wait_for(process, lambda: servers.is_ready(address), seconds=180)
        yield address
    finally:
        process.leader.send_signal(signal.SIGINT)
        process.leader.wait(timeout=60)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--visitors", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=90)
    parser.add_argument("--json", type=Path, help="keep every answer here")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="load-") as name:
        folder = Path(name)
        with own_stack(folder) as address:
            answers = run_visit(address, visitors=asked.visitors, seconds=asked.seconds)
            text, good = report(answers, folder / "db.sqlite3")
    if asked.json:
        asked.json.write_text(json.dumps([vars(answer) for answer in answers]))
    print(text)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
