"""What tests ask of a site, as functions that run in its own Django process (servers.Site.call)."""

from __future__ import annotations

import hashlib
import shutil
import uuid
from html import unescape
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from PIL import Image

from tests import factories
from webapp import files, services, site_setup
from webapp.models import Category, Design, Garment, Job, ModelVersion, Pattern, Photo
from webapp.ownership import SESSION_KEY, Owner

OWNER = Owner(visitor=uuid.UUID(int=1))


def prepare() -> None:
    """Tables, categories and shipped weights; the stock garments are left out, for time."""
    call_command("migrate", verbosity=0)
    site_setup.set_up_categories()
    site_setup.register_shipped_weights()


def clear() -> None:
    """Forget everything that visitors made, with its files, so that no result of before is taken for a new one.

    What the site's own versions need stays.
    """
    for model in (Job, Design, Photo, Pattern):
        model.objects.all().delete()
    for folder in Path(settings.MEDIA_ROOT).iterdir():
        if folder.name != "shipped":
            shutil.rmtree(folder)


def generate(*, count: int = 1, seed: int = 1, size: int = 64, slug: str = "striped") -> list[str]:
    category = Category.objects.get(slug=slug)
    jobs = services.generate_patterns(owner=OWNER, category=category, count=count, seed=seed, size=size)
    return [str(job.pk) for job in jobs]


def segment(*, stock: str = "dress", enlarged: int = 1) -> str:
    """The search for garments on an upload that shows one of the stock garments."""
    with Image.open(Path(settings.BASE_DIR) / "static" / "stock" / f"{stock}.webp") as image:
        picture = image.convert("RGB").resize((image.width * enlarged, image.height * enlarged))
    photo = services.upload_photo(owner=OWNER, file=factories.upload(factories.encoded(picture)))
    return str(services.segment_photo(owner=OWNER, photo=photo).pk)


def compose(*, width: int = 120, height: int = 160, layers: int = 1) -> str:
    """A design of several layers on a photo whose mask is all of it."""
    photo = factories.photo(OWNER, image=factories.picture(width, height))
    photo.clothing_mask_key = f"masks/{photo.sha256}/whole/clothing.png"
    photo.save()
    files.store_bytes(photo.clothing_mask_key, factories.encoded(Image.new("L", (width, height), 255), "PNG"))
    print_of = factories.pattern(OWNER, size=256)
    plan = [services.LayerInput(pattern=print_of, rotation=7.0 * number) for number in range(layers)]
    return str(services.create_design(owner=OWNER, photo=photo, layers=plan).pk)


def retry(job_id: str) -> None:
    services.retry_job(owner=OWNER, job=Job.objects.get(pk=job_id))


def cancel(job_id: str) -> None:
    services.cancel_job(owner=OWNER, job=Job.objects.get(pk=job_id))


def browser(owner: Owner, **options: Any) -> Client:
    """A browser whose session is this visitor's."""
    client = Client(**options)
    session = client.session
    session[SESSION_KEY] = str(owner.visitor)
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client


def print_and_photos() -> dict[str, str]:
    """A print, a photo whose clothes are known, and one whose clothes nobody has looked for."""
    return {
        "pattern": str(factories.pattern(OWNER).pk),
        "photo": str(factories.segmented_photo(OWNER).pk),
        "new_photo": str(factories.photo(OWNER, image=factories.picture(200, 150)).pk),
    }


def page_after(what: str, ids: dict[str, str]) -> str:
    """The text of the page that a visitor sees after asking for something in the studio."""
    if what == "generate":
        path, form = "/studio/generate/", {"category": "striped", "count": 3}
    elif what == "upload":
        data = factories.encoded(factories.picture(90, 90))
        path, form = "/studio/upload/", {"photo": factories.upload(data)}
    elif what == "design":
        path = "/studio/design/"
        form = {"pattern": ids["pattern"], "photo": ids["photo"], "scale": 1, "rotation": 0}
    else:
        path, form = f"/photos/{ids['new_photo']}/{what}/", {}
    return unescape(browser(OWNER).post(path, form, follow=True).content.decode())


def refusal(name: str, *arguments: Any, **options: Any) -> str:
    """The message with which one of the functions here is refused; empty when it is not."""
    try:
        globals()[name](*arguments, **options)
    except services.ServiceError as error:
        return error.message
    return ""


def job(job_id: str) -> dict[str, Any]:
    return Job.objects.values("state", "progress", "error", "attempts").get(pk=job_id)


def states() -> list[str]:
    return sorted(Job.objects.values_list("state", flat=True))


def rows() -> dict[str, int]:
    models = (Pattern, Photo, Garment, Design, Job)
    return {model._meta.model_name: model.objects.count() for model in models}


def site_contents() -> dict[str, Any]:
    """Everything that setting up a site makes, with its ids."""
    return {
        model._meta.model_name: list(model.objects.order_by("pk").values())
        for model in (Category, ModelVersion, Photo, Garment)
    }


def results(job_id: str) -> dict[str, str]:
    """The stored files to which a job's rows point, each with the checksum of its bytes."""
    found = Job.objects.select_related("pattern", "photo", "design").get(pk=job_id)
    if found.pattern:
        keys = [found.pattern.image_key]
    elif found.design:
        keys = [found.design.image_key, found.design.preview_key]
    else:
        keys = [found.photo.clothing_mask_key, *found.photo.garments.values_list("mask_key", flat=True)]
    return {key: hashlib.sha256(files.read_bytes(key)).hexdigest() for key in keys if key}


def source_keys() -> list[str]:
    """The stored files that jobs start from: photos, masks given with them, prints made without a job."""
    keys = [
        key for photo in Photo.objects.all() for key in (photo.image_key, photo.preview_key, photo.clothing_mask_key)
    ]
    return [key for key in [*keys, *Pattern.objects.values_list("image_key", flat=True)] if key]


def stored_files() -> list[str]:
    """The keys of all files but the kept weights."""
    media = Path(settings.MEDIA_ROOT)
    keys = (str(path.relative_to(media)) for path in media.rglob("*") if path.is_file())
    return sorted(key for key in keys if not key.startswith("shipped/"))


def break_kept_weights(slug: str) -> None:
    """Change a byte of the copies that storage keeps of a category's weights."""
    for path in (Path(settings.MEDIA_ROOT) / "shipped" / slug).iterdir():
        data = bytearray(path.read_bytes())
        data[-1] ^= 0xFF
        path.write_bytes(data)


def database_vendor() -> str:
    return connection.vendor
