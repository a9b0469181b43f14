"""What the S3 tests ask of a site, as functions that run in its own Django process (servers.Site.call)."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import boto3
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from tests import factories
from tests.site_calls import browser
from webapp import files, services
from webapp.models import Pattern
from webapp.ownership import Owner
from workers import tasks


def prepare() -> None:
    call_command("migrate", verbosity=0)


def store(key: str, data: bytes) -> str:
    return files.store_bytes(key, data)


def read(key: str) -> bytes | None:
    try:
        return files.read_bytes(key)
    except FileNotFoundError:
        return None


def exists(key: str) -> bool:
    return files.exists(key)


def delete(key: str) -> None:
    files.delete_keys(key)


def url(key: str) -> str:
    return files.file_url(key)


def history_of_one_print() -> dict[str, Any]:
    owner = factories.visitor()
    factories.pattern(owner)
    answer = browser(owner).get("/history/")
    pictures = [unescape(source) for source in re.findall(r'<img[^>]* src="(http[^"]+)"', answer.content.decode())]
    return {
        "status": answer.status_code,
        "pictures": sorted(set(pictures)),
        "policy": answer.headers["Content-Security-Policy"],
    }


def download_as_owner_and_as_another() -> list[dict[str, Any]]:
    owner = factories.visitor()
    pattern = factories.pattern(owner, seed=8)
    return [_download(pattern, as_owner) for as_owner in (owner, factories.visitor())]


def download_of_a_lost_object() -> dict[str, Any]:
    owner = factories.visitor()
    pattern = factories.pattern(owner, seed=9)
    files.delete_keys(pattern.image_key)
    return _download(pattern, owner)


def page_after_download() -> str:
    """What the owner of a finished print sees after asking for its file."""
    owner = factories.visitor()
    pattern = Pattern.objects.create(**owner.fields, version=factories.version(), seed=1, image_key="patterns/1.png")
    answer = browser(owner).get(f"/patterns/{pattern.pk}/download.png", follow=True)
    return unescape(answer.content.decode())


def upload_and_delete_a_photo() -> list[list[str]]:
    """The keys in the bucket before, while the photo is there, and after."""
    owner = factories.visitor()
    seen = [_keys()]
    photo = factories.photo(owner)
    seen.append(_keys())
    services.delete_photo(owner=owner, photo=photo)
    return [*seen, _keys()]


def work_on(job_id: str) -> None:
    """What a worker does with a message that asks for a print."""
    tasks.generate_pattern(job_id)


def readiness() -> dict[str, str]:
    return Client().get("/readyz").json()


def _download(pattern: Pattern, owner: Owner) -> dict[str, Any]:
    answer = browser(owner).get(f"/patterns/{pattern.pk}/download.png")
    data = b"".join(answer.streaming_content) if answer.streaming else b""
    return {"status": answer.status_code, "data": data}


def _keys() -> list[str]:
    options = settings.STORAGES["default"]["OPTIONS"]
    client = boto3.client(
        "s3",
        endpoint_url=options["endpoint_url"],
        aws_access_key_id=options["access_key"],
        aws_secret_access_key=options["secret_key"],
        region_name=options["region_name"],
    )
    return sorted(entry["Key"] for entry in client.list_objects_v2(Bucket=settings.S3_BUCKET).get("Contents", []))
