"""What the S3 tests ask of a site, as functions that run in its own Django process (servers.Site.call)."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any
from unittest import mock

import boto3
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from tests import factories
from tests.site_calls import OWNER, browser
from webapp import expiry, files, services, sweep
from webapp.models import Design, Pattern, Photo
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
    return files.file_url(key, Pattern())


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


def design_on_an_expired_photo() -> None:
    design = factories.design(OWNER)
    Photo.objects.filter(pk=design.photo_id).update(expires_at=timezone.now() - timedelta(days=1))


def delete_everything() -> list[str]:
    """Delete each design, print and photo; what each is refused with, empty where it is not."""
    asked = [
        *(lambda row=row: services.delete_design(owner=OWNER, design=row) for row in Design.objects.all()),
        *(lambda row=row: services.delete_pattern(owner=OWNER, pattern=row) for row in Pattern.objects.all()),
        *(lambda row=row: services.delete_photo(owner=OWNER, photo=row) for row in Photo.objects.all()),
    ]
    refusals = []
    for delete_row in asked:
        try:
            delete_row()
            refusals.append("")
        except services.ServiceError as error:
            refusals.append(error.message)
    return refusals


def expire() -> int:
    return expiry.expire_photos()


def show_a_shared_design_and_delete_it() -> dict[str, Any]:
    """What its link shows twice, and the keys of its pictures before and after it is deleted; nothing stays behind."""
    owner = factories.visitor()
    design = factories.design(owner)
    share = services.share_design(owner=owner, design=design)
    shown = [Client().get(f"/s/{share.token}/design.jpg").getvalue() for _ in range(2)]
    seen = [[key for key in keys() if str(design.pk) in key]]
    services.delete_design(owner=owner, design=design)
    after = [key for key in keys() if str(design.pk) in key]
    services.delete_photo(owner=owner, photo=design.photo)
    for print_of in Pattern.objects.filter(visitor=owner.visitor):
        services.delete_pattern(owner=owner, pattern=print_of)
    return {"shown": shown, "keys": [*seen, after]}


def sweep_a_mask_of_nothing() -> list[list[str]]:
    """The keys that belong to a print, and those after a sweep of a fresh mask of nothing and of an old one."""
    factories.pattern(factories.visitor(), seed=10)
    seen = [keys()]
    files.store_bytes(f"masks/{'f' * 64}/corrected/1.png", b"mask")
    sweep.sweep()
    seen.append(keys())
    with mock.patch.object(files, "YOUNG", timedelta(days=-1)):  # an S3 lets nobody set when an object was written
        sweep.sweep()
    return [*seen, keys()]


def upload_and_delete_a_photo() -> list[list[str]]:
    """The keys in the bucket before, while the photo is there, and after."""
    owner = factories.visitor()
    seen = [keys()]
    photo = factories.photo(owner)
    seen.append(keys())
    services.delete_photo(owner=owner, photo=photo)
    return [*seen, keys()]


def work() -> None:
    """What a worker does with a ticket of the queue of prints."""
    tasks.serve("generate")


def readiness() -> dict[str, str]:
    return Client().get("/readyz").json()


def _download(pattern: Pattern, owner: Owner) -> dict[str, Any]:
    answer = browser(owner).get(f"/patterns/{pattern.pk}/download.png")
    data = b"".join(answer.streaming_content) if answer.streaming else b""
    return {"status": answer.status_code, "data": data}


def keys() -> list[str]:
    options = settings.STORAGES["default"]["OPTIONS"]
    client = boto3.client(
        "s3",
        endpoint_url=options["endpoint_url"],
        aws_access_key_id=options["access_key"],
        aws_secret_access_key=options["secret_key"],
        region_name=options["region_name"],
    )
    return sorted(entry["Key"] for entry in client.list_objects_v2(Bucket=settings.S3_BUCKET).get("Contents", []))
