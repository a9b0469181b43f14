"""Files that belong to nothing: a worker that dies between storing a file and writing its row leaves one.

A file belongs to a row that names its key, or to the row that its key is made of. Nothing that was written within a
day is looked at: its row may be still to come. The same inputs give the same key, so a job may take an older file for
its own; it writes it anew then (files.taken). So nothing here asks what the site is doing, and a busy one is swept too.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import PurePosixPath
from typing import Any

from django.apps import apps
from django.core.files.storage import default_storage
from django.db.models import Model
from django.utils import timezone

from aifashion.storage import PART, Stored
from webapp import files
from webapp.models import Design, Job, ModelVersion, Photo, TrainingRun
from webapp.models.designs import SHARED

logger = logging.getLogger(__name__)

BATCH = 500

FOLDERS = {
    *("comparisons", "covers", "designs", "intakes", "masks", "patterns", "photos"),
    *("previews", "prints", "runs", "shipped", "stock", "training", "versions"),
}
"""The folders of the storage that are looked at."""


def ownerless_files() -> Iterator[Stored]:
    """Files not written within a day that belong to nothing at this moment. Raises STORAGE_ERRORS."""
    old = (
        file for file in default_storage.walk() if not _is_young(file.written) and file.key.partition("/")[0] in FOLDERS
    )
    while some := list(islice(old, BATCH)):
        owned = _owned([file.key for file in some])
        yield from (file for file in some if file.key not in owned)


def sweep() -> int:
    """Remove the files that belong to nothing; returns how many. Raises STORAGE_ERRORS; the next sweep goes on."""
    count = 0
    for file in ownerless_files():
        # Once more and alone: since the look at its batch a row may have come, or a job may have taken it.
        written = files.written_at(file.key)
        if written is None or _is_young(written) or _owned([file.key]):
            continue
        files.delete_keys(file.key)
        logger.info("%s belonged to nothing and is removed", file.key)
        count += 1
    return count


def _is_young(written: datetime) -> bool:
    return timezone.now() - written <= files.YOUNG


def _owned(keys: Iterable[str]) -> set[str]:
    """Those of the keys that belong to a row."""
    keys = {key for key in keys if not key.endswith(PART)}
    owned = {key for model, field in _key_fields() for key in _named(model, field, keys)}
    for of_parts, owner in OWNERS:
        parts = {key: part for key in keys - owned if (part := of_parts(PurePosixPath(key).parts))}
        known = owner(set(parts.values())) if parts else set()
        owned |= {key for key, part in parts.items() if part in known}
    return owned


def _key_fields() -> list[tuple[type[Model], str]]:
    """Every column that holds the key of a file."""
    return [
        (model, field.name)
        for model in apps.get_app_config("webapp").get_models()
        for field in model._meta.concrete_fields
        if field.name.endswith("_key")
    ]


def _named(model: type[Model], field: str, values: set[str]) -> set[str]:
    return set(model._default_manager.filter(**{f"{field}__in": values}).values_list(field, flat=True))


def _with_ids(model: type[Model]) -> Callable[[set[str]], set[str]]:
    def known(texts: set[str]) -> set[str]:
        ids = {found: text for text in texts if (found := _uuid(text)) is not None}
        return {ids[pk] for pk in model._default_manager.filter(pk__in=ids).values_list("pk", flat=True)}

    return known


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _second_part_of(*folders: str) -> Callable[[tuple[str, ...]], str]:
    return lambda parts: parts[1] if parts[0] in folders and len(parts) > 2 else ""


def _imports_with(keys: set[str]) -> set[str]:
    return set(Job.objects.filter(kind=Job.Kind.IMPORT, params__key__in=keys).values_list("params__key", flat=True))


OWNERS: tuple[tuple[Callable[[tuple[str, ...]], str], Callable[[set[str]], Any]], ...] = (
    (_second_part_of("intakes", "comparisons"), _with_ids(Job)),
    (lambda parts: PurePosixPath(parts[-1]).stem if parts[0] == "prints" else "", _with_ids(Job)),
    (_second_part_of("runs"), _with_ids(TrainingRun)),
    # Masks that were found belong to all photos of the same bytes; corrected ones only to the row that names them.
    (
        lambda parts: parts[1] if parts[0] == "masks" and len(parts) > 3 and parts[2] != "corrected" else "",
        lambda digests: _named(Photo, "sha256", digests),
    ),
    (
        lambda parts: parts[1] if parts[0] == "versions" and parts[2:3] == ("drawn",) else "",
        lambda digests: _named(ModelVersion, "sha256", digests),
    ),
    (lambda parts: "/".join(parts) if parts[:2] == ("versions", "incoming") else "", _imports_with),
    (
        lambda parts: "/".join(parts).removesuffix(SHARED) + ".png" if parts[-1].endswith(SHARED) else "",
        lambda keys: _named(Design, "image_key", keys),
    ),
)
"""Owners that a key is made of: what of a key names its owner, and which of such names have one."""
