"""Training images out of the zips that staff brought: each file judged, the good ones stored, a report of all."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_noop
from PIL import Image

from webapp import files
from webapp.models import Category, Job, TrainingImage
from webapp.services.training_images import report_key
from workers.jobs import Attempt
from workers.messages import JobFailed

if TYPE_CHECKING:
    import numpy as np

    from training.intake import Judged, Seen

LONGEST = 2048
"""Longer side in pixels at which images are kept: squares of 256 px are cut out of them."""

THUMBNAIL = 240
"""Longer side of a thumbnail in pixels."""


def take_in(attempt: Attempt) -> Callable[[], None]:
    """Judge and store; the rows come with the job's last transaction, so that a broken attempt leaves none."""
    from training.archives import IntakeError, Refusal
    from training.intake import squares_of, take_images

    job = attempt.job
    category = Category.objects.filter(pk=job.params["category"]).first()
    if category is None:
        raise JobFailed(gettext_noop("The category was deleted while its images waited."))
    seen = _seen_in(category)
    report: list[dict[str, str]] = []
    rows: list[TrainingImage] = []
    stored: list[tuple[str, str]] = []
    packs = job.params["packs"]
    try:
        with tempfile.TemporaryDirectory() as folder:
            for number, pack in enumerate(packs):
                path = Path(folder) / "pack.zip"
                _fetch(pack["key"], path)
                count = max(1, _entries(path))
                place = attempt.part(0.98 * number / len(packs), 0.98 * (number + 1) / len(packs))
                prefix = f"{pack['name']}/" if pack["name"] else ""
                try:
                    for done, judged in enumerate(take_images(path, seen=seen), start=1):
                        refusal = judged.refusal
                        if judged.picture is not None:
                            squares = squares_of(judged.picture, cut=None, random=_no_random())
                            if isinstance(squares, Refusal):
                                refusal = squares
                        if refusal is None and judged.picture is not None:
                            row = _stored(job, category, judged, judged.picture, stored)
                            rows.append(row)
                            report.append(_line(prefix + judged.file, "taken"))
                        elif refusal is not None:
                            report.append(_line(prefix + judged.file, "refused", refusal.kind, refusal.reason))
                        place(min(1.0, done / count))
                except IntakeError as error:
                    reason = str(error).replace(path.name, pack["name"] or "the upload")
                    report.append(_line(pack["name"] or "the upload", "refused", "broken zip", reason))
        files.store_bytes(report_key(job), json.dumps(report).encode())
    except BaseException:
        known = set(TrainingImage.objects.filter(category=category).values_list("image_key", flat=True))
        with suppress(*files.STORAGE_ERRORS):
            for image_key, thumbnail_key in stored:
                if image_key not in known:
                    files.delete_keys(image_key, thumbnail_key)
        raise

    def store() -> None:
        TrainingImage.objects.bulk_create(rows, ignore_conflicts=True, batch_size=200)
        with suppress(*files.STORAGE_ERRORS):
            files.delete_keys(*(pack["key"] for pack in packs))

    return store


def _line(name: str, outcome: str, kind: str = "", reason: str = "") -> dict[str, str]:
    return {"file": name, "outcome": outcome, "kind": str(kind), "reason": reason}


def _seen_in(category: Category) -> Seen:
    """What the category has already; an image is loaded only where the look of a new one is near."""
    from training import sameness
    from training.intake import Seen

    seen = Seen()
    for image in category.training_images.all():
        load = partial(_pixels, image.image_key)
        if not image.look and (picture := load()) is not None:  # it was taken before looks were kept
            image.look = sameness.look_of(sameness.reduced(picture)).packed()
            image.save(update_fields=["look"])
        if image.look:
            look = sameness.Look.unpacked(bytes(image.look))
            seen.add(look, load, f"{image.original_name}, which this category has already")
    return seen


def _pixels(key: str) -> np.ndarray | None:
    import numpy as np

    try:
        image = Image.open(io.BytesIO(files.read_bytes(key)))
    except FileNotFoundError:
        return None
    image.draft("RGB", (640, 640))  # a JPEG is decoded no larger than twice what it is compared at
    return np.array(image.convert("RGB"))


def _stored(
    job: Job, category: Category, judged: Judged, picture: np.ndarray, stored: list[tuple[str, str]]
) -> TrainingImage:
    image = Image.fromarray(picture)
    image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    data = _encoded(image, "JPEG", quality=95, subsampling=0)
    digest = hashlib.sha256(data).hexdigest()
    folder = f"training/{category.pk}"
    key, thumbnail_key = f"{folder}/{digest}.jpg", f"{folder}/thumbnails/{digest}.webp"
    files.store_bytes(key, data)
    small = image.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    files.store_bytes(thumbnail_key, _encoded(small, "WEBP", quality=80))
    stored.append((key, thumbnail_key))
    return TrainingImage(
        category=category,
        image_key=key,
        thumbnail_key=thumbnail_key,
        sha256=digest,
        look=judged.look.packed() if judged.look is not None else b"",
        width=image.width,
        height=image.height,
        source=job.params.get("source", ""),
        licence=job.params.get("licence", ""),
        original_name=judged.file[:300],
        uploaded_by=job.user,
    )


def _encoded(image: Image.Image, format_name: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format_name, **options)
    return buffer.getvalue()


def _fetch(key: str, path: Path) -> None:
    with files.open_file(key) as source, path.open("wb") as target:
        shutil.copyfileobj(source, target, 2**20)


def _entries(path: Path) -> int:
    """Roughly how many files a zip holds, for the progress alone: what is wrong with it is for the look at it."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 65_557))
        end = file.read()
    found = end.rfind(b"PK\x05\x06")
    return int.from_bytes(end[found + 10 : found + 12], "little") if found >= 0 else 1


def _no_random() -> np.random.Generator:
    import numpy as np

    return np.random.default_rng(0)
