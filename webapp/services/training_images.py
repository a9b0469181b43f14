"""What staff do with training images: bring, describe, move and delete them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from webapp import files
from webapp.errors import BadRequest, QueueUnavailable, StorageUnavailable
from webapp.models import Category, Job, TrainingImage
from webapp.queue import send_jobs

ENOUGH = 100
"""Images below which the admin warns. Our own runs had 214 to 1,500 swatches, of 68 photos at the least where a
category was more than plain cloth: with fewer a discriminator knows them by heart and prints come out as copies."""


def start_intake(
    *, user: Any, category: Category, packs: Sequence[tuple[str, Path]], source: str = "", licence: str = ""
) -> Job:
    """Store zips of images and queue the look at each of their files.

    Args:
        packs: For each zip its name for the report and where it lies on this machine.

    Raises BadRequest, StorageUnavailable, QueueUnavailable; then nothing is kept.
    """
    if not packs:
        raise BadRequest(_("Choose pictures, or a zip of pictures, first."))
    pk = uuid.uuid4()
    stored = [{"name": name, "key": f"intakes/{pk}/{number}.zip"} for number, (name, _path) in enumerate(packs)]
    params = {"category": category.pk, "source": source, "licence": licence, "packs": stored}
    job = Job(pk=pk, user=user, kind=Job.Kind.INTAKE, params=params)
    try:
        for pack, (_name, path) in zip(stored, packs, strict=True):
            files.store_file(pack["key"], path)
        job.full_clean()
        job.save(force_insert=True)
        send_jobs([job])
    except Exception as error:
        Job.objects.filter(pk=pk).delete()
        with suppress(*files.STORAGE_ERRORS):
            files.delete_keys(*(pack["key"] for pack in stored))
        if isinstance(error, files.STORAGE_ERRORS) and not isinstance(error, QueueUnavailable):
            raise StorageUnavailable from error
        raise
    return job


def report_key(job: Job) -> str:
    return f"intakes/{job.pk}/report.json"


def report_of(job: Job) -> list[dict[str, str]]:
    """What became of each file: {"file", "outcome", "kind", "reason"}; empty while the job has not ended."""
    try:
        return json.loads(files.read_bytes(report_key(job)))
    except FileNotFoundError:
        return []
    except files.STORAGE_ERRORS as error:
        raise StorageUnavailable from error


def remove_intake(job: Job) -> None:
    """Remove the job with its zips and its report; the images taken stay. Raises StorageUnavailable."""
    keys = [pack["key"] for pack in job.params.get("packs", ())]
    try:
        with transaction.atomic():
            job.delete()
            files.delete_keys(report_key(job), *keys)
    except files.STORAGE_ERRORS as error:
        raise StorageUnavailable from error


def move_images(*, images: Iterable[TrainingImage], category: Category) -> tuple[int, int]:
    """Move images to a category. Returns how many moved, and how many stayed because it has the same already."""
    images = list(images)
    there = set(category.training_images.values_list("sha256", flat=True))
    moved = stayed = 0
    with transaction.atomic():
        for image in images:
            if image.category_id == category.pk or image.sha256 in there:
                stayed += 1
                continue
            there.add(image.sha256)
            image.category = category
            image.save(update_fields=["category"])
            moved += 1
    return moved, stayed


def describe_images(*, images: Iterable[TrainingImage], source: str | None, licence: str | None) -> int:
    """Write where images come from and their licence; None leaves one as it is. Returns how many."""
    fields = {name: text for name, text in (("source", source), ("licence", licence)) if text is not None}
    rows = TrainingImage.objects.filter(pk__in=[image.pk for image in images])
    return rows.update(**fields) if fields else 0


def delete_images(*, images: Iterable[TrainingImage]) -> int:
    """Delete images with their files. Raises StorageUnavailable; then those not yet deleted stay whole."""
    count = 0
    for image in list(images):
        try:
            with transaction.atomic():
                image.delete()
                for field in ("image_key", "thumbnail_key"):
                    key = getattr(image, field)
                    if not TrainingImage.objects.filter(**{field: key}).exists():
                        files.delete_keys(key)
        except files.STORAGE_ERRORS as error:
            raise StorageUnavailable from error
        count += 1
    return count
