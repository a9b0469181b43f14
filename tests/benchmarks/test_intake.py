"""What 2,000 training images cost in memory: the upload in a real web process, the look at each in a real worker."""

from __future__ import annotations

import http.client
import io
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from tests import servers, site_calls
from tests.benchmarks import intake_calls

pytestmark = pytest.mark.bench
COUNT = 2000
SIZE = (1200, 900)
MOST_WEB = 400 * 2**20
MOST_WORKER = 2**30
BOUNDARY = "a-boundary-of-the-benchmark"


def picture(number: int) -> bytes:
    """Blurred blocks of colours of their own under noise, as a JPEG."""
    random = np.random.default_rng(number)
    blocks = Image.fromarray(random.integers(0, 256, (9, 12, 3), dtype=np.uint8)).resize(SIZE, Image.Resampling.BICUBIC)
    noise = random.integers(-12, 13, (SIZE[1], SIZE[0], 1))
    buffer = io.BytesIO()
    Image.fromarray(np.uint8(np.clip(np.asarray(blocks) + noise, 0, 255))).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def part(name: str, file: str = "") -> bytes:
    of_file = f'; filename="{file}"\r\nContent-Type: image/jpeg' if file else ""
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{of_file}\r\n\r\n'.encode()


def pieces(fields: dict[str, str], paths: list[Path]) -> Iterator[bytes]:
    for name, value in fields.items():
        yield part(name) + value.encode() + b"\r\n"
    for path in paths:
        yield part("pictures", path.name) + path.read_bytes() + b"\r\n"
    yield f"--{BOUNDARY}--\r\n".encode()


def post(port: int, address: str, cookies: dict[str, str], fields: dict[str, str], paths: list[Path]) -> int:
    """Send a form as a browser does, without holding it in memory; the status of the answer."""
    length = sum(map(len, pieces(fields, []))) + sum(
        len(part("pictures", path.name)) + path.stat().st_size + 2 for path in paths
    )
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    headers = {
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Content-Length": str(length),
    }
    connection.request("POST", address, body=pieces(fields, paths), headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


def most_memory(process: servers.Process) -> int:
    """The most bytes that the process, or one of its children, ever held."""
    marks = []
    for each in (psutil.Process(process.leader.pid), *process.children()):
        lines = Path(f"/proc/{each.pid}/status").read_text().splitlines()
        marks += [int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")]
    return max(marks)


def test_memory_of_two_thousand_training_images(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    paths = [folder / f"{number:04}.jpg" for number in range(COUNT)]
    for number, path in enumerate(paths):
        path.write_bytes(picture(number))
    (port,) = servers.free_ports(1)
    with (
        servers.open_broker(tmp_path / "broker") as broker,
        servers.open_site(tmp_path / "site", REDIS_URL=broker.url) as site,
    ):
        site.call(site_calls.prepare)
        address, cookies, category = site.call(intake_calls.administrator)
        web = site.start_web(port)
        worker = site.start_worker("--queues", "intake")
        started = time.monotonic()
        fields = {"csrfmiddlewaretoken": cookies["csrftoken"], "category": str(category), "source": "", "licence": ""}
        assert post(port, address, cookies, fields, paths) == 302
        sent = time.monotonic()

        def ended() -> bool:
            state, _progress, _count = site.call(intake_calls.intake)
            assert state in ("queued", "running", "succeeded"), state
            return state == "succeeded"

        servers.until(ended, seconds=1800, what="the look at every image")
        judged = time.monotonic()
        memory = {"web": most_memory(web), "worker": most_memory(worker)}
        assert site.call(intake_calls.intake)[2] == COUNT
    megabytes = sum(path.stat().st_size for path in paths) / 1e6
    with capsys.disabled():
        print(
            f"\n{COUNT} images, {megabytes:.0f} MB: upload {sent - started:.0f} s, look {judged - sent:.0f} s, "
            + ", ".join(f"{name} {most / 2**20:.0f} MiB" for name, most in memory.items())
        )
    assert memory["web"] <= MOST_WEB
    assert memory["worker"] <= MOST_WORKER
