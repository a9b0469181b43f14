"""The object storage away, refusing or breaking off: whoever reads from it is told so, and when to ask again."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, EndpointConnectionError
from django.test import Client
from django.urls import reverse
from s3transfer.exceptions import RetriesExceededError

from aifashion.storage import PrivateS3Storage
from tests import factories
from tests.site_calls import browser
from tests.webapp.staff import staff
from webapp import files, services
from webapp.errors import StorageUnavailable
from webapp.models import Category, Job, Photo
from webapp.services.versions import delete_version
from workers.messages import STORAGE_DOWN, message_for

pytestmark = pytest.mark.django_db

SAID = StorageUnavailable().message
AWAY = EndpointConnectionError(endpoint_url="http://s3")
REFUSES = ClientError({"Error": {"Code": "503"}, "ResponseMetadata": {"HTTPStatusCode": 503}}, "GetObject")
BREAKS_OFF = RetriesExceededError(ConnectionResetError())


@pytest.fixture(params=[AWAY, REFUSES, BREAKS_OFF], ids=["away", "refuses", "breaks off"])
def away(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From the call on, S3 does not answer; or it tells of a file and then does not give it."""

    def answer(_client: Any, operation: str, _asked: dict[str, Any]) -> dict[str, Any]:
        if operation == "HeadObject" and request.param is not AWAY:
            return {"ContentLength": 7, "ETag": '"1"'}
        raise request.param

    def leave() -> None:
        storage = PrivateS3Storage(bucket_name="files", access_key="a", secret_key="s", region_name="eu-west-1")
        monkeypatch.setattr(files, "default_storage", storage)
        monkeypatch.setattr(BaseClient, "_make_api_call", answer)

    return leave


def test_a_picture_is_asked_for_again_later(away) -> None:
    owner = factories.visitor()
    photo = Photo(**owner.fields, image_key="photos/a/photo.png")
    away()
    answer = browser(owner).get(files.own_url(photo.image_key, photo))
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert SAID in answer.content.decode()
    assert "max-age=600" not in answer.headers.get("Cache-Control", "")


def test_the_picture_of_a_shared_link_is_asked_for_again_later(away) -> None:
    owner = factories.visitor()
    share = services.share_design(owner=owner, design=factories.design(owner))
    away()
    answer = Client().get(reverse("shared_picture", args=[share.token]))
    assert (answer.status_code, answer["Retry-After"], answer.content.decode()) == (503, "60", SAID)
    assert "noindex" in answer["X-Robots-Tag"]


def test_a_download_says_so_on_the_page_that_asked(away) -> None:
    owner = factories.visitor()
    printed = factories.printed(owner, factories.pattern(owner))
    away()
    page = browser(owner).get(reverse("download_print_file", args=[printed.pk]), follow=True)
    assert SAID in page.content.decode()


def test_a_zip_names_what_it_did_not_get(away) -> None:
    owner = factories.visitor()
    printed = [factories.printed(owner, factories.pattern(owner, seed=seed)) for seed in (7, 8)]
    away()
    answer = browser(owner).post(reverse("selected"), {"do": "download", "file": [job.pk for job in printed]})
    archive = zipfile.ZipFile(io.BytesIO(answer.getvalue()))
    assert archive.testzip() is None
    assert archive.read("not-included.txt").count(b"print-files/floral-") == 2
    assert len(json.loads(archive.read("parameters.json"))) == 2


def test_pages_of_the_admin_that_read_from_it_say_so(away) -> None:
    user = factories.account().user
    asked = {"category": factories.category().pk}
    intake = Job.objects.create(user=user, kind="intake", state=Job.State.SUCCEEDED, params=asked)
    version, client = factories.version(active=False), staff("curator")
    version.weights_key = "versions/floral/a.safetensors"  # none of the site's own, which stay
    away()
    for name, row in (("trainingimage_report", intake), ("category_delete", version.category)):
        answer = client.get(reverse(f"admin:webapp_{name}", args=[row.pk]))
        assert (answer.status_code, answer["Retry-After"]) == (503, "60"), name
        assert SAID in answer.content.decode(), name
    with pytest.raises(StorageUnavailable):
        delete_version(user=user, version=version)
    assert Category.objects.filter(versions=version).exists()


def test_a_job_says_so(away) -> None:
    away()
    with pytest.raises(files.STORAGE_ERRORS) as failure:
        files.read_bytes("photos/a/photo.png")
    assert message_for(failure.value) == STORAGE_DOWN
