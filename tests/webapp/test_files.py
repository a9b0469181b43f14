from __future__ import annotations

import io
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.response import StreamingBody
from django.test import Client

from aifashion.storage import PrivateS3Storage
from tests import factories
from tests.site_calls import browser
from webapp import files
from webapp.models import Photo
from webapp.ownership import Owner

pytestmark = pytest.mark.django_db


def kept(key: str = "photos/a/photo.png", owner: Owner | None = None) -> Photo:
    """A row that is not in the database: links need no more than whose it is. Without an owner it is everybody's."""
    files.store_bytes(key, b"picture")
    return Photo(**(owner.fields if owner else {}), image_key=key)


def link(row: Photo) -> str:
    return files.file_url(row.image_key, row)


def test_a_signed_link_shows_the_file_privately(client: Client) -> None:
    response = client.get(link(kept()))
    assert response.getvalue() == b"picture"
    assert response["Content-Type"] == "image/png"
    assert "private" in response["Cache-Control"]
    assert response["X-Content-Type-Options"] == "nosniff"


def test_a_link_to_what_belongs_to_a_browser_or_an_account_works_for_them_alone() -> None:
    account, visitor = factories.account(), factories.visitor()
    visiting, stranger, member, nobody = browser(visitor), browser(factories.visitor()), Client(), Client()
    member.force_login(account.user)
    for own, owner in ((visiting, visitor), (member, account)):
        url = link(kept(owner=owner))
        for each in (visiting, member, stranger, nobody):
            assert each.get(url).status_code == (200 if each is own else 404)
    assert "sessionid" not in nobody.cookies  # asking for a file makes nobody a visitor


def test_a_link_that_is_forged_expired_or_for_a_deleted_file_shows_nothing(client: Client, settings) -> None:
    row = kept()
    url = link(row)
    assert client.get(url[:-2] + "xx").status_code == 404
    assert client.get("/files/photos/a/photo.png").status_code == 404
    settings.FILE_LINK_SECONDS = -1
    assert client.get(url).status_code == 404
    settings.FILE_LINK_SECONDS = 60
    files.delete_keys(row.image_key)
    assert client.get(url).status_code == 404


def test_a_link_stays_the_same_for_a_sixth_of_its_life(monkeypatch: pytest.MonkeyPatch, settings) -> None:
    settings.FILE_LINK_SECONDS = 3600
    row, now = kept(), 600 * 10_000
    links = []
    for later in (0, 599, 600):
        monkeypatch.setattr(files.time, "time", lambda later=later: now + later)
        links.append(link(row))
    assert links[0] == links[1] != links[2]


def test_a_key_cannot_climb_out_of_the_storage() -> None:
    from django.core.exceptions import SuspiciousOperation

    with pytest.raises(SuspiciousOperation):
        files.store_bytes("../outside.png", b"x")


def test_storing_again_replaces_the_file_and_leaves_no_parts(stored) -> None:
    assert files.store_bytes("a/b.png", b"one") == files.store_bytes("a/b.png", b"two") == "a/b.png"
    assert files.read_bytes("a/b.png") == b"two"
    assert stored() == ["a/b.png"]


def test_no_file_has_no_address() -> None:
    assert files.file_url("", Photo()) == ""


def test_of_a_file_in_s3_no_more_is_in_memory_than_of_an_upload(monkeypatch: pytest.MonkeyPatch, settings) -> None:
    data = b"x" * (settings.FILE_UPLOAD_MAX_MEMORY_SIZE + 1)

    def answer(_client: Any, operation: str, _asked: dict[str, Any]) -> dict[str, Any]:
        told = {"ContentLength": len(data), "ETag": '"1"'}
        return {**told, "Body": StreamingBody(io.BytesIO(data), len(data))} if operation == "GetObject" else told

    monkeypatch.setattr(BaseClient, "_make_api_call", answer)
    storage = PrivateS3Storage(bucket_name="files", access_key="a", secret_key="s", region_name="eu-west-1")
    monkeypatch.setattr(files, "default_storage", storage)
    with files.open_file("intakes/a/0.zip") as file:
        assert file.file._rolled, "it lies in memory"
        assert file.read() == data
