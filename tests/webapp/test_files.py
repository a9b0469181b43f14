from __future__ import annotations

import pytest
from django.test import Client

from webapp import files


def test_a_signed_link_shows_the_file_privately(client: Client) -> None:
    files.store_bytes("photos/a/photo.png", b"picture")
    response = client.get(files.file_url("photos/a/photo.png"))
    assert response.getvalue() == b"picture"
    assert response["Content-Type"] == "image/png"
    assert "private" in response["Cache-Control"]
    assert response["X-Content-Type-Options"] == "nosniff"


def test_a_link_that_is_forged_expired_or_for_a_deleted_file_shows_nothing(client: Client, settings) -> None:
    files.store_bytes("photos/a/photo.png", b"picture")
    url = files.file_url("photos/a/photo.png")
    assert client.get(url[:-2] + "xx").status_code == 404
    assert client.get("/files/photos/a/photo.png").status_code == 404
    settings.FILE_LINK_SECONDS = -1
    assert client.get(url).status_code == 404
    settings.FILE_LINK_SECONDS = 60
    files.delete_keys("photos/a/photo.png")
    assert client.get(url).status_code == 404


def test_a_key_cannot_climb_out_of_the_storage() -> None:
    from django.core.exceptions import SuspiciousOperation

    with pytest.raises(SuspiciousOperation):
        files.store_bytes("../outside.png", b"x")


def test_storing_again_replaces_the_file_and_leaves_no_parts(stored) -> None:
    assert files.store_bytes("a/b.png", b"one") == files.store_bytes("a/b.png", b"two") == "a/b.png"
    assert files.read_bytes("a/b.png") == b"two"
    assert stored() == ["a/b.png"]


def test_no_file_has_no_address() -> None:
    assert files.file_url("") == ""
