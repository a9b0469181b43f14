import collections
import contextlib
import http.server
import io
import json
import sys
import threading
import time

import numpy as np
import pytest
from PIL import Image

from training.__main__ import main
from training.download import FetchRule, download_dataset, fetch_all
from training.rotations import COLUMNS, SIDE, PhotoRow, read_rows, turned, variations

QUICK = FetchRule(retries=2, workers=2, timeout=5.0, backoff=0.01, max_bytes=200_000)


def photo_bytes(width=400, height=400, seed=0):
    blots = np.random.default_rng(seed).integers(0, 255, (8, 8, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(blots).resize((width, height), Image.Resampling.BICUBIC).save(buffer, "PNG")
    return buffer.getvalue()


PHOTO = photo_bytes()


class Site(http.server.BaseHTTPRequestHandler):
    """One address per way in which the web answers; what was asked for is counted."""

    protocol_version = "HTTP/1.1"
    asked: collections.Counter
    enough: threading.Event

    def do_GET(self):
        path = self.path.split("?")[0]
        self.asked[path] += 1
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            getattr(self, f"answer_{path.strip('/').replace('.', '_')}", self.missing)()

    def send(self, status, body, kind="image/png", **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(headers.pop("length", len(body))))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def missing(self):
        self.send(404, b"gone")

    def answer_good(self):
        self.send(200, PHOTO)

    def answer_flaky(self):
        self.send(*((500, b"wait") if self.asked["/flaky"] <= 2 else (200, PHOTO)))

    def answer_down(self):
        self.send(503, b"wait")

    def answer_slow(self):
        # The first answer stops half-way until the other side has given up.
        if self.asked["/slow"] == 1:
            self.send(200, PHOTO[:100], length=len(PHOTO))
            self.enough.wait(30)
            self.close_connection = True
        else:
            self.send(200, PHOTO)

    def answer_drip(self):
        self.send(200, b"", length=len(PHOTO))
        for place in range(len(PHOTO)):
            self.wfile.write(PHOTO[place : place + 1])
            if self.enough.wait(0.05):
                break
        self.close_connection = True

    def answer_page(self):
        self.send(200, b"<html>This picture has moved.</html>", "image/jpeg")

    def answer_huge(self):
        self.send(200, bytes(QUICK.max_bytes + 1))

    def answer_cut(self):
        self.send(200, PHOTO[:100], length=len(PHOTO))
        self.close_connection = True

    def answer_moved(self):
        self.send(302, b"", Location="/good")

    def answer_circle(self):
        self.send(302, b"", Location="/circle")

    def answer_file(self):
        self.send(302, b"", Location="file:///etc/passwd")

    def log_message(self, *words):
        pass


class Server(http.server.ThreadingHTTPServer):
    """A server that does not mind who hangs up: its words would come into what the next test captures."""

    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@pytest.fixture
def site():
    """The address of a server of its own, and how often each path was asked for."""
    handler = type("OneSite", (Site,), {"asked": collections.Counter(), "enough": threading.Event()})
    server = Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", handler.asked
    handler.enough.set()
    server.shutdown()
    thread.join()
    server.server_close()


def csv_of(path, rows):
    path.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n")
    return path


def test_photos_are_fetched_and_dead_links_have_their_reasons(tmp_path, site):
    address, asked = site
    paths = ["good", "missing", "flaky", "down", "page", "huge", "cut", "moved", "circle", "file"]
    urls = [f"{address}/{path}" for path in paths] + ["ftp://127.0.0.1/a.png", "http://[nowhere", "http://127.0.0.1:1/"]
    found, dead, kept = fetch_all(urls, tmp_path / "photos", QUICK)
    assert kept == 0
    assert {url.removeprefix(f"{address}/") for url in found} == {"good", "flaky", "moved"}
    assert all(file.read_bytes() == PHOTO for file in found.values())
    assert {url.removeprefix(f"{address}/"): reason for url, reason in dead.items()} == {
        "missing": "status 404",
        "down": "status 503",
        "page": "no picture that can be used",
        "huge": "more than 0.191 MB",
        "cut": "connection cut",
        "circle": "more than 5 redirects",
        "file": "not an http address",
        "ftp://127.0.0.1/a.png": "not an http address",
        "http://[nowhere": "not an http address",
        "http://127.0.0.1:1/": "no connection",
    }
    tries = {path: asked[f"/{path}"] for path in ("missing", "flaky", "down", "page", "huge", "cut")}
    assert tries == {"missing": 1, "flaky": 3, "down": 3, "page": 1, "huge": 1, "cut": 1}
    assert not list((tmp_path / "photos").glob("*.part"))


def test_a_photo_that_stops_half_way_or_never_ends_is_a_timeout(tmp_path, site):
    address, asked = site
    rule = FetchRule(retries=1, workers=1, timeout=0.5, backoff=0.0)
    found, dead, _ = fetch_all([f"{address}/slow"], tmp_path, rule)
    assert (list(found), dead, asked["/slow"]) == ([f"{address}/slow"], {}, 2)
    asked.clear()
    impatient = FetchRule(retries=0, workers=2, timeout=0.2)
    urls = [f"{address}/slow?again", f"{address}/drip"]
    assert fetch_all(urls, tmp_path, impatient)[1] == dict.fromkeys(urls, "timeout")


def test_a_run_that_was_broken_off_goes_on_and_damaged_photos_are_fetched_again(tmp_path, site):
    address, asked = site
    urls = [f"{address}/good?{number}" for number in range(6)]

    def break_off(done, total):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_all(urls, tmp_path, FetchRule(workers=1), break_off)
    there = [file for file in tmp_path.iterdir() if file.suffix != ".part"]
    before = asked["/good"]
    assert 3 <= len(there) < 6
    (tmp_path / f"{there[0].name}.part").write_bytes(b"half")
    there[1].write_bytes(b"damaged")
    found, dead, kept = fetch_all(urls, tmp_path, QUICK)
    assert (len(found), dead, kept) == (6, {}, len(there) - 1)
    assert asked["/good"] - before == 6 - (len(there) - 1)
    assert all(file.read_bytes() == PHOTO for file in found.values())


def test_breaking_off_does_not_wait_for_photos_under_way(tmp_path, site):
    address, _ = site

    def break_off(done, total):
        raise KeyboardInterrupt

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        urls = [f"{address}/good", *(f"{address}/down?{number}" for number in range(40))]
        fetch_all(urls, tmp_path, FetchRule(retries=5, workers=2, backoff=0.2), break_off)
    assert time.monotonic() - started < 30


def test_the_dataset_is_written_with_a_report_and_the_same_again_from_what_is_there(tmp_path, site, capsys):
    address, asked = site
    rows = [
        f"zig zag,{address}/good,800,800,0,0,800,800,0.3959798;0.7919596",
        f"floral,{address}/good,400,400,100,50,260,300,1.2184",
        f"floral,{address}/missing,400,400,0,0,400,400,0.79",
        f"floral,{address}/good,400,300,0,0,400,300,1.0559",
        f"floral,{address}/good,4000,4000,0,0,100,100,3.1678",
        f"floral,{address}/good,400,400,0,0,400",
        f"solid,{address}/missing,400,400,0,0,400,400,0.79",
    ]
    path = csv_of(tmp_path / "list.csv", rows)
    output = tmp_path / "out"
    assert main(["download", "--csv", str(path), "--output", str(output)]) == 0
    assert "12 swatches" in capsys.readouterr().out
    report = json.loads((output / "report.json").read_text())
    assert (report["rows"], report["photos"], report["there_before"]) == (7, 1, 0)
    assert report["swatches"] == {"floral": 12, "zigzag": 24}
    assert report["dead_by_reason"] == {"status 404": 1}
    assert [(row["line"], row["reason"].split(":")[0]) for row in report["left_out"]] == [
        (7, "it has not 9 values"),
        (5, "other proportions"),
        (6, "too small"),
    ]
    manifest = json.loads((output / "zigzag" / "manifest.json").read_text())
    assert [row["angle"] for row in manifest] == [*range(0, 360, 30)] * 2
    assert {row["source"] for row in manifest} == {f"{address}/good"}
    with Image.open(output / "zigzag" / manifest[0]["file"]) as swatch:
        assert swatch.size == (SIDE, SIDE)
    assert (output / "zigzag-grid.png").exists()

    asked.clear()
    again = download_dataset(path, output, rule=QUICK)
    assert (again.there_before, asked["/good"], asked["/missing"]) == (1, 0, 1)
    assert json.loads((output / "zigzag" / "manifest.json").read_text()) == manifest


def places_photo(width, height):
    """A photo that says of each pixel where it lies: red is x, green is y."""
    down, across = np.mgrid[:height, :width]
    return np.dstack([across * 255 / width, down * 255 / height, np.zeros((height, width))]).astype(np.uint8)


@pytest.mark.parametrize("scale", [0.32, 0.8, 1.5])
def test_no_rotation_shows_anything_from_outside_of_its_window(scale):
    photo = np.full((1000, 1000, 3), (0, 255, 0), np.uint8)
    photo[300:600, 200:900] = (255, 0, 0)
    row = PhotoRow(2, "plain", "http://a", (1000, 1000), (200, 300, 700, 300), (scale,))
    found = list(variations(photo, row))
    assert [entry.angle for _, entry in found] == list(range(0, 360, 30))
    assert all((swatch == (255, 0, 0)).all() for swatch, _ in found)


@pytest.mark.parametrize("angle", range(0, 360, 30))
def test_a_turned_square_is_inscribed_and_shows_what_lies_there(angle):
    places = places_photo(250, 250)
    swatch, side = turned(places, angle)
    shown = swatch.astype(float) * 250 / 255
    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    assert side == pytest.approx(min(224, 250 / (abs(cosine) + abs(sine))))
    for u, v in [(4, 4), (219, 4), (4, 219), (219, 219), (112, 60)]:
        right, below = (u - 111.5) * side / SIDE, (v - 111.5) * side / SIDE
        x, y = 124.5 + cosine * right + sine * below, 124.5 - sine * right + cosine * below
        assert 0 <= x <= 249
        assert 0 <= y <= 249
        assert abs(shown[v, u, 0] - x) < 2.5
        assert abs(shown[v, u, 1] - y) < 2.5


def test_scales_of_the_published_list_give_squares_of_224_px_at_every_angle():
    # 224 x sqrt(2) over the window's shorter side, as the publisher has it
    row = PhotoRow(2, "floral", "http://a", (1920, 1280), (0, 0, 1920, 1280), (0.2474874, 0.9899495))
    found = [entry for _, entry in variations(places_photo(1920, 1280), row)]
    assert {entry.side for entry in found[:12]} <= {904, 905, 906}
    assert {entry.side for entry in found[12:]} <= {225, 226, 227}
    assert {(entry.left + entry.side // 2) // 4 for entry in found} == {960 // 4}


def test_a_smaller_copy_of_the_photo_keeps_its_window_and_loses_scales_that_it_is_too_small_for():
    row = PhotoRow(2, "floral", "http://a", (1600, 1200), (400, 0, 800, 1200), (0.396, 0.792, 1.584))
    whole = [entry for _, entry in variations(places_photo(1600, 1200), row)]
    half = [entry for _, entry in variations(places_photo(800, 600), row)]
    assert (len(whole), len(half)) == (36, 24)
    for large, small in zip(whole, half, strict=False):
        assert abs(large.side - 2 * small.side) <= 4
        assert abs(large.left - 2 * small.left) <= 4


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("floral,http://a,1,000,100,0,0,100,100,1", "9 values"),
        ("floral,http://a,100,100,0,0,wide,100,1", "no number"),
        ("floral,http://a,100,100,0,0,100,100,1;nan", "above zero"),
        ("floral,http://a,100,100,100,0,10,10,1", "window"),
        ("../..,http://a,100,100,0,0,100,100,1", "no name"),
    ],
)
def test_a_row_that_makes_no_sense_is_left_out_with_the_reason(tmp_path, row, reason):
    rows, left_out = read_rows(csv_of(tmp_path / "a.csv", ["solid,http://b,100,90,0,0,100,90,2;3.5", row]))
    assert [(kept.size, kept.scales) for kept in rows] == [((100, 90), (2.0, 3.5))]
    assert left_out[0].line == 3
    assert reason in left_out[0].reason


def test_a_list_or_numbers_that_are_no_good_exit_2_with_one_line(tmp_path, capsys, site):
    (tmp_path / "other.csv").write_text("Name,URL\na,b\n")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    empty = csv_of(tmp_path / "empty.csv", [])
    dead = csv_of(tmp_path / "dead.csv", [f"solid,{site[0]}/missing,100,90,0,0,100,90,2"])
    for path, more, message in [
        (tmp_path / "none.csv", [], "there is no file"),
        (tmp_path / "other.csv", [], "has no column Class Name, Original Width"),
        (tmp_path / "binary.csv", [], "no CSV file"),
        (empty, [], "no row that can be read"),
        (dead, [], "none of 1 photos can be had"),
        (empty, ["--retries", "-1"], "retries must be 0 or more"),
        (empty, ["--timeout", "nan"], "timeout above 0"),
    ]:
        assert main(["download", "--csv", str(path), "--output", str(tmp_path / "out"), *more]) == 2
        said = capsys.readouterr()
        assert (said.out, said.err.count("\n")) == ("", 1)
        assert message in said.err
