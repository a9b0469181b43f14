"""Fetching the photos of clothing-pattern-dataset, whose CSV holds their addresses, and making its swatches of them.

Half of such a list is dead after some years: what cannot be fetched is counted and listed with its reason. Photos are
named by the hashes of their address and of their bytes, so that a run broken off goes on where it stopped.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationParseError,
    MaxRetryError,
    NewConnectionError,
    ReadTimeoutError,
    ResponseError,
    SSLError,
    TimeoutError,
    URLSchemeUnknown,
)

from segmentation import PhotoError, load_photo
from training.fabric import on_white
from training.rotations import LeftOut, PhotoRow, read_rows, variations
from training.swatches import Swatch, write_swatches

HEADERS = {"User-Agent": "aifashion-training", "Accept": "image/*", "Accept-Encoding": "identity"}
REDIRECTS = 5
CHUNK = 2**16


class DeadLinkError(Exception):
    """A photo cannot be had from its address; the message is the reason, in the words that reports count by."""


class _PassingError(Exception):
    """An answer that may be another one in a moment: a timeout, or a status of 500 and above."""

    def __init__(self, reason: str, response: urllib3.BaseHTTPResponse | None = None) -> None:
        super().__init__(reason)
        self.response = response


@dataclass(frozen=True)
class FetchRule:
    """How photos are fetched.

    Attributes:
        retries: Further attempts after a timeout or a status of 500 and above; nothing else is tried again.
        workers: Photos fetched at the same time.
        timeout: Seconds without a connection or a byte after which an attempt ends; a whole photo has ten times that.
        backoff: Seconds before the second retry; each further one waits twice as long, up to ten.
        max_bytes: Bytes of a photo at the most.
        max_pixels: Pixels of a photo at the most.
    """

    retries: int = 3
    workers: int = 8
    timeout: float = 20.0
    backoff: float = 0.5
    max_bytes: int = 25 * 2**20
    max_pixels: int = 64_000_000

    def __post_init__(self) -> None:
        if self.retries < 0 or self.workers < 1 or not 0 < self.timeout < float("inf"):
            raise ValueError("retries must be 0 or more, workers 1 or more, and the timeout above 0 seconds")


@dataclass(frozen=True)
class DownloadReport:
    """What became of a list of photos, as report.json holds it.

    Attributes:
        rows: Rows of the list.
        photos: Addresses whose photo is there now.
        there_before: Those of them that an earlier run had fetched.
        dead_by_reason: Number of dead links per reason.
        dead: Reason of each dead link.
        left_out: Rows that made no sense or whose photo does not fit them: line and reason.
        swatches: Number of swatches per class.
    """

    rows: int
    photos: int
    there_before: int
    dead_by_reason: dict[str, int]
    dead: dict[str, str]
    left_out: list[LeftOut]
    swatches: dict[str, int]


def download_dataset(
    path: Path, output: Path, *, rule: FetchRule = FetchRule(), progress: Callable[[int, int], None] | None = None
) -> DownloadReport:
    """Fetch the photos of a CSV and make their swatches at every scale and angle, one folder per class.

    Writes photos/, and per class its swatches with manifest.json and a 4 x 4 grid beside the folder; and report.json.
    Photos that an earlier run left there are not fetched again; dead links are tried anew.

    Args:
        path: The dataset's CSV; `training.rotations.COLUMNS` are its columns.
        output: Folder to write.
        progress: Called with the number of addresses done and of all.

    Raises:
        ValueError: The CSV cannot be used.
    """
    rows, left_out = read_rows(path)
    if not rows:
        raise ValueError(f"{path} holds no row that can be read")
    every = len(rows) + len(left_out)
    photos, dead, there_before = fetch_all(
        list(dict.fromkeys(row.url for row in rows)), output / "photos", rule, progress
    )
    swatches = {}
    for category in sorted({row.category for row in rows if row.url in photos}):
        of_class = [row for row in rows if row.category == category and row.url in photos]
        written = write_swatches(
            _swatches(of_class, photos, rule, left_out), output / category, np.random.default_rng(0)
        )
        swatches[category] = len(written)
    report = DownloadReport(
        rows=every,
        photos=len(photos),
        there_before=there_before,
        dead_by_reason=dict(Counter(dead.values()).most_common()),
        dead=dead,
        left_out=left_out,
        swatches=swatches,
    )
    (output / "report.json").write_text(json.dumps(dataclasses.asdict(report), indent=1))
    return report


def fetch_all(
    urls: Sequence[str], folder: Path, rule: FetchRule, progress: Callable[[int, int], None] | None = None
) -> tuple[dict[str, Path], dict[str, str], int]:
    """Fetch photos into a folder: the file of each address, the reason of each dead one, how many were there before.

    When it is broken off, by an exception of `progress` too, photos under way are given up and those done stay.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = _stored(urls, folder)
    kept = len(found)
    reasons: dict[str, str] = {}
    stop, decoding = threading.Event(), threading.Lock()
    pool = urllib3.PoolManager(num_pools=64, maxsize=rule.workers)

    def fetch(url: str) -> Path:
        data = fetch_bytes(url, pool, rule, stop)
        # One at a time: a decoded photo may take hundreds of megabytes.
        with decoding:
            try:
                load_photo(data, max_bytes=rule.max_bytes, max_pixels=rule.max_pixels)
            except PhotoError as error:
                raise DeadLinkError("no picture that can be used") from error
        return _store(url, data, folder)

    executor = ThreadPoolExecutor(rule.workers)
    try:
        waiting = {executor.submit(fetch, url): url for url in urls if url not in found}
        for done in as_completed(waiting):
            url = waiting[done]
            try:
                found[url] = done.result()
            except DeadLinkError as error:
                reasons[url] = str(error)
            if progress:
                progress(len(found) + len(reasons), len(urls))
    finally:
        stop.set()
        executor.shutdown(cancel_futures=True)
        pool.clear()
    return found, {url: reasons[url] for url in urls if url in reasons}, kept


def fetch_bytes(url: str, pool: urllib3.PoolManager, rule: FetchRule, stop: threading.Event) -> bytes:
    """Fetch what lies at an address, trying again after timeouts and server errors.

    Raises:
        DeadLinkError: There is nothing, or more than `rule.max_bytes`; or `stop` was set.
    """
    waits = urllib3.Retry(total=rule.retries, backoff_factor=rule.backoff, backoff_max=10, retry_after_max=10)
    while not stop.is_set():
        try:
            return _fetch_once(url, pool, rule, stop)
        except _PassingError as error:
            try:
                waits = waits.increment("GET", url, response=error.response)
            except MaxRetryError:
                raise DeadLinkError(str(error)) from error
            waits.sleep(error.response)
    raise DeadLinkError("broken off")


def _fetch_once(url: str, pool: urllib3.PoolManager, rule: FetchRule, stop: threading.Event) -> bytes:
    if not url.lower().startswith(("http://", "https://")):
        raise DeadLinkError("not an http address")
    deadline = time.monotonic() + 10 * rule.timeout
    # urllib3 follows redirects; retries are ours, since it has none for a body that stops half-way.
    follow = urllib3.Retry(
        connect=False, read=False, other=0, status=0, redirect=REDIRECTS, respect_retry_after_header=False
    )
    body = bytearray()
    try:
        answer = pool.request(
            "GET", url, headers=HEADERS, preload_content=False, timeout=urllib3.Timeout(rule.timeout), retries=follow
        )
        with contextlib.closing(answer):
            if answer.status >= 500:
                raise _PassingError(f"status {answer.status}", answer)
            if answer.status != 200:
                raise DeadLinkError(f"status {answer.status}")
            # read1 gives what has come; read would wait for a whole chunk, for hours where a site sends byte by byte.
            while chunk := answer.read1(CHUNK):
                body += chunk
                if len(body) > rule.max_bytes:
                    raise DeadLinkError(f"more than {rule.max_bytes / 2**20:.3g} MB")
                if time.monotonic() > deadline:
                    raise _PassingError("timeout")
                if stop.is_set():
                    raise DeadLinkError("broken off")
    except (HTTPError, OSError, ValueError) as error:
        raise _reason_of(error) from error
    return bytes(body)


def _reason_of(error: Exception) -> DeadLinkError | _PassingError:
    cause = error.reason if isinstance(error, MaxRetryError) and error.reason else error
    if isinstance(cause, NewConnectionError):
        return DeadLinkError("no connection")
    if isinstance(cause, (ConnectTimeoutError, ReadTimeoutError, TimeoutError)):
        return _PassingError("timeout")
    if isinstance(cause, ResponseError):
        return DeadLinkError(f"more than {REDIRECTS} redirects")
    if isinstance(cause, SSLError):
        return DeadLinkError("no trusted certificate")
    if isinstance(cause, (LocationParseError, URLSchemeUnknown, ValueError)):
        return DeadLinkError("not an http address")
    return DeadLinkError("connection cut")


def _stored(urls: Sequence[str], folder: Path) -> dict[str, Path]:
    """The photos that an earlier run stored, as long as their bytes are those that it stored."""
    of_key = {file.name.split("-")[0]: file for file in folder.iterdir() if file.suffix != ".part"}
    files = {url: of_key[_key(url)] for url in urls if _key(url) in of_key}
    return {
        url: file
        for url, file in files.items()
        if file.name.split("-")[-1] == hashlib.sha256(file.read_bytes()).hexdigest()
    }


def _store(url: str, data: bytes, folder: Path) -> Path:
    file = folder / f"{_key(url)}-{hashlib.sha256(data).hexdigest()}"
    part = file.with_suffix(".part")
    part.write_bytes(data)
    for earlier in folder.glob(f"{_key(url)}-*"):
        if earlier != part:
            earlier.unlink()
    part.rename(file)
    return file


def _key(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:16]


def _swatches(
    rows: Sequence[PhotoRow], photos: dict[str, Path], rule: FetchRule, left_out: list[LeftOut]
) -> Iterator[tuple[np.ndarray, Swatch]]:
    for row in rows:
        photo = load_photo(photos[row.url].read_bytes(), max_bytes=rule.max_bytes, max_pixels=rule.max_pixels)
        try:
            yield from variations(on_white(photo), row)
        except ValueError as error:
            left_out.append(LeftOut(row.line, str(error)))
