"""The life of a version: promoted, rolled back, compared, imported, deleted. All raise ServiceErrors."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from webapp import files
from webapp.errors import BadRequest, NotAllowed, StorageUnavailable
from webapp.models import Category, Job, ModelVersion, VersionEvent
from webapp.services.common import queue_job, queue_once, rows_with_their_files
from webapp.version_files import check_version_file

MOST_SEEDS = 12
LOST = gettext_noop(
    "The network that draws this came with an earlier release of the site, and its file is gone. The pictures that it "
    "drew stay. For files, variations and colourways draw a print anew, with the present version."
)
"""Said where a print asks for a version that is lost (ModelVersion.is_lost)."""


def promote_version(*, user: Any, version: ModelVersion) -> None:
    """Make the site generate with it. Old prints keep theirs. Raises NotAllowed, StorageUnavailable."""
    _activate(user, version, VersionEvent.Action.PROMOTED)


def roll_back(*, user: Any, category: Category) -> ModelVersion:
    """Go back to the version that was active before the present one; return it.

    Raises NotAllowed, StorageUnavailable.
    """
    version = version_before(category)
    if version is None:
        raise NotAllowed(_("Nothing was active in %(name)s before its present version.") % {"name": category.name})
    _activate(user, version, VersionEvent.Action.ROLLED_BACK)
    return version


def version_before(category: Category) -> ModelVersion | None:
    """Where a roll back leads: what the active version took over from when it was promoted."""
    active = category.active_version
    if active is None:
        return None
    event = (
        VersionEvent.objects.filter(version=active, action=VersionEvent.Action.PROMOTED)
        .select_related("before")
        .first()
    )
    return event.before if event else None


def must_have_file(version: ModelVersion) -> None:
    """Raises NotAllowed where a version cannot draw any more, StorageUnavailable."""
    try:
        if files.exists(version.weights_key):
            return
    except files.STORAGE_ERRORS as error:
        raise StorageUnavailable from error
    if version.is_lost:
        why = _("The file of %(version)s is gone: it came with an earlier release, and an update wrote over it.")
    else:
        why = _("The file of %(version)s is gone from the storage.")
    raise NotAllowed(f"{why % {'version': version}} {_('Take another version, or import that file again.')}")


@transaction.atomic
def _activate(user: Any, version: ModelVersion, action: str) -> None:
    must_have_file(version)
    category = Category.objects.select_for_update().get(pk=version.category_id)
    before = category.active_version
    if before is not None and before.pk == version.pk:
        raise NotAllowed(
            _("Version %(number)s of %(category)s is the active one already.")
            % {"number": version.number, "category": category}
        )
    category.versions.update(is_active=False)
    category.versions.filter(pk=version.pk).update(is_active=True)
    _record(user, version, action, before=before)


def compare_versions(*, user: Any, versions: Sequence[ModelVersion], seeds: Sequence[int]) -> Job:
    """Queue the drawing of the same seeds by two versions.

    Raises BadRequest, NotAllowed, StorageUnavailable, QueueUnavailable.
    """
    if len({version.pk for version in versions}) != 2 or len({version.category_id for version in versions}) != 1:
        raise BadRequest(_("Choose two different versions of one category."))
    if not 1 <= len(seeds) <= MOST_SEEDS or not all(0 <= seed < 2**63 for seed in seeds):
        raise BadRequest(_("Give 1 to %(most)s seeds, whole numbers from 0.") % {"most": MOST_SEEDS})
    for version in versions:
        must_have_file(version)
    params = {"versions": [version.pk for version in versions], "seeds": list(dict.fromkeys(seeds))}
    return queue_once(user=user, kind=Job.Kind.VERSUS, params=params)


def drawn_key(version: ModelVersion, seed: int) -> str:
    """The file of a print that comparisons show."""
    return f"versions/{version.sha256}/drawn/{seed}.png"


def import_version(*, user: Any, category: Category, file: Any) -> Job:
    """Check an uploaded safetensors file as far as that goes without its network, and queue the rest of the check.

    Raises UploadRefused, StorageUnavailable, QueueUnavailable.
    """
    header = check_version_file(file, category=category, most_bytes=settings.AIFASHION_MAX_VERSION_BYTES)
    key = f"versions/incoming/{uuid.uuid4()}.safetensors"
    try:
        file.seek(0)
        files.default_storage.save(key, file)
    except files.STORAGE_ERRORS as error:
        raise StorageUnavailable from error
    params = {
        "key": key,
        "category": category.pk,
        "name": str(getattr(file, "name", ""))[:200],
        "steps": header.get("steps"),
    }
    try:
        return queue_job(user=user, kind=Job.Kind.IMPORT, params=params)
    except Exception:
        with suppress(*files.STORAGE_ERRORS):
            files.delete_keys(key)
        raise


def delete_version(*, user: Any, version: ModelVersion) -> None:
    """Delete a version with its files. Raises NotAllowed, StorageUnavailable."""
    if version.is_active:
        raise NotAllowed(_("Version %(number)s is the active one. Promote another first.") % {"number": version.number})
    if version.is_shipped and not version.is_lost:
        raise NotAllowed(
            _("Version %(number)s came with the site, which would only register it again.") % {"number": version.number}
        )
    prints = version.patterns.count()
    if prints:
        raise NotAllowed(
            _(
                "%(prints)s prints were made by version %(number)s, and it takes this version to draw "
                "them again. It can be deleted once they are."
            )
            % {"prints": prints, "number": version.number}
        )
    keys = keys_of(version)
    try:
        with rows_with_their_files():
            _record(user, version, VersionEvent.Action.DELETED)
            version.delete()
            files.delete_keys(*keys)
    except ProtectedError:
        raise NotAllowed(_("A print was made by it just now, so it stays.")) from None


def keys_of(version: ModelVersion) -> list[str]:
    """Its files in storage."""
    keys = [version.networks_key, version.grid_key, version.manifest_key]
    shared = ModelVersion.objects.filter(weights_key=version.weights_key).exclude(pk=version.pk).exists()
    if not shared and not version.is_lost:
        keys.append(version.weights_key)
    return [*filter(None, keys), *files.keys_under(f"versions/{version.sha256}/drawn")]


def _record(user: Any, version: ModelVersion, action: str, *, before: ModelVersion | None = None) -> None:
    VersionEvent.objects.create(
        category_id=version.category_id, version=version, number=version.number, action=action, user=user, before=before
    )
