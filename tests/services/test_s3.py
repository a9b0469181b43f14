"""Files on a real S3 server that knows one account and refuses everyone else."""

from __future__ import annotations

import io
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image

from tests import servers, site_calls
from tests.services import s3_calls
from webapp.errors import StorageUnavailable
from workers.messages import STORAGE_DOWN

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(s3: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Site]:
    with servers.open_site(tmp_path_factory.mktemp("site"), **s3) as site:
        site.call(s3_calls.prepare)
        yield site


def fetch(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, b""


def without_signature(url: str) -> str:
    return urlsplit(url)._replace(query="").geturl()


def test_what_is_stored_is_read_and_is_gone_once_deleted(site: servers.Site) -> None:
    assert site.call(s3_calls.exists, "a/file.bin") is False
    assert site.call(s3_calls.store, "a/file.bin", b"\x00first") == "a/file.bin"
    assert site.call(s3_calls.store, "a/file.bin", b"\x00second") == "a/file.bin"
    assert site.call(s3_calls.read, "a/file.bin") == b"\x00second"
    site.call(s3_calls.delete, "a/file.bin")
    assert site.call(s3_calls.exists, "a/file.bin") is False
    assert site.call(s3_calls.read, "a/file.bin") is None


def test_nothing_is_kept_on_the_local_disk(site: servers.Site) -> None:
    site.call(s3_calls.store, "b/file.bin", b"bytes")
    assert not (site.folder / "media").exists()


def test_an_object_is_served_with_a_signature_and_refused_without_or_with_another(site: servers.Site) -> None:
    site.call(s3_calls.store, "c/one.png", b"one")
    site.call(s3_calls.store, "c/two.png", b"two")
    url = site.call(s3_calls.url, "c/one.png")
    assert fetch(url) == (200, b"one")
    assert fetch(without_signature(url))[0] == 403
    assert fetch(url.replace("one.png", "two.png"))[0] == 403
    assert fetch(url.replace("X-Amz-Expires=3600", "X-Amz-Expires=86400"))[0] == 403


def test_a_signed_address_stops_serving_when_its_time_is_over(s3: dict[str, str], tmp_path: Path) -> None:
    with servers.open_site(tmp_path / "site", **s3, AIFASHION_FILE_LINK_S="2") as site:
        site.call(s3_calls.store, "d/file.png", b"bytes")
        url = site.call(s3_calls.url, "d/file.png")
    assert "X-Amz-Expires=2&" in url
    servers.until(lambda: fetch(url)[0] == 403, seconds=20, what="the refusal of an address whose 2 s are over")


def test_pages_show_pictures_of_their_owner_by_signed_addresses_that_their_policy_allows(
    site: servers.Site, s3: dict[str, str]
) -> None:
    page = site.call(s3_calls.history_of_one_print)
    assert page["status"] == 200
    (url,) = page["pictures"]
    assert url.startswith(s3["S3_ENDPOINT_URL"])
    status, data = fetch(url)
    assert (status, Image.open(io.BytesIO(data)).size) == (200, (64, 64))
    assert fetch(without_signature(url))[0] == 403
    images = next(part for part in page["policy"].split("; ") if part.startswith("img-src"))
    assert s3["S3_ENDPOINT_URL"] in images.split()


def test_a_print_is_downloaded_by_its_owner_and_hidden_from_others(site: servers.Site) -> None:
    own, other = site.call(s3_calls.download_as_owner_and_as_another)
    assert own["status"] == 200
    assert Image.open(io.BytesIO(own["data"])).size == (64, 64)
    assert other["status"] == 404


def test_a_print_whose_object_is_gone_is_not_found_rather_than_an_error(site: servers.Site) -> None:
    assert site.call(s3_calls.download_of_a_lost_object)["status"] == 404


def test_an_uploaded_photo_and_its_objects_are_deleted_together(site: servers.Site) -> None:
    before, during, after = site.call(s3_calls.upload_and_delete_a_photo)
    assert len(during) == len(before) + 2
    assert after == before


def test_a_shared_picture_is_kept_beside_its_design_and_deleted_with_it(site: servers.Site) -> None:
    found = site.call(s3_calls.show_a_shared_design_and_delete_it)
    first, second = found["shown"]
    assert Image.open(io.BytesIO(first)).format == "JPEG"
    assert first == second
    assert [len(keys) for keys in found["keys"]] == [3, 0]


def test_a_sweep_removes_an_old_object_of_nothing_and_no_other(site: servers.Site) -> None:
    owned, fresh, swept = site.call(s3_calls.sweep_a_mask_of_nothing)
    assert len(fresh) == len(owned) + 1
    assert swept == owned


def test_the_site_is_ready_with_this_storage(site: servers.Site) -> None:
    assert site.call(s3_calls.readiness)["storage"] == "ok"


def test_the_site_is_not_ready_when_the_storage_refuses_its_key(s3: dict[str, str], tmp_path: Path) -> None:
    with servers.open_site(tmp_path / "site", **{**s3, "AWS_SECRET_ACCESS_KEY": "wrong"}) as site:
        assert site.call(s3_calls.readiness)["storage"] == "does not answer"


def test_while_the_storage_is_away_pages_say_so_and_nothing_half_made_stays(
    s3: dict[str, str], broker: servers.Broker, tmp_path: Path
) -> None:
    nobody = f"http://127.0.0.1:{servers.free_ports(1)[0]}"
    settings = {**s3, "S3_ENDPOINT_URL": nobody, "REDIS_URL": broker.url}
    with servers.open_site(tmp_path / "site", **settings) as site:
        site.call(s3_calls.prepare)
        assert StorageUnavailable().message in site.call(site_calls.page_after, "upload", {})
        assert set(site.call(site_calls.rows).values()) == {0}
        assert StorageUnavailable().message in site.call(s3_calls.page_after_download)


def test_a_job_whose_storage_is_away_fails_and_says_so(
    s3: dict[str, str], broker: servers.Broker, tmp_path: Path
) -> None:
    nobody = f"http://127.0.0.1:{servers.free_ports(1)[0]}"
    folder, settings = tmp_path / "site", {**s3, "REDIS_URL": broker.url}
    with (
        servers.open_site(folder, **settings) as site,
        servers.open_site(folder, **{**settings, "S3_ENDPOINT_URL": nobody}) as cut_off,
    ):
        site.call(site_calls.prepare)
        (job_id,) = cut_off.call(site_calls.generate)
        cut_off.call(s3_calls.work)
        job = cut_off.call(site_calls.job, job_id)
        assert (job["state"], job["error"]) == ("failed", STORAGE_DOWN)


def test_what_the_storage_does_not_delete_can_be_deleted_later(
    s3: dict[str, str], broker: servers.Broker, tmp_path: Path
) -> None:
    nobody = f"http://127.0.0.1:{servers.free_ports(1)[0]}"
    folder, settings = tmp_path / "site", {**s3, "REDIS_URL": broker.url}
    with (
        servers.open_site(folder, **settings) as site,
        servers.open_site(folder, **{**settings, "S3_ENDPOINT_URL": nobody}) as cut_off,
    ):
        site.call(site_calls.prepare)
        before = site.call(s3_calls.keys)
        site.call(s3_calls.design_on_an_expired_photo)
        rows, stored = site.call(site_calls.rows), site.call(s3_calls.keys)
        assert len(stored) > len(before)
        assert cut_off.call(s3_calls.delete_everything) == [StorageUnavailable().message] * 3
        assert cut_off.call(s3_calls.expire) == 0
        assert (site.call(site_calls.rows), site.call(s3_calls.keys)) == (rows, stored)
        assert site.call(s3_calls.expire) == 1
        assert site.call(s3_calls.delete_everything) == [""]
        assert set(site.call(site_calls.rows).values()) == {0}
        assert site.call(s3_calls.keys) == before
