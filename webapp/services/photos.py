"""Photos: uploaded, searched for garments, deleted."""

from __future__ import annotations

import uuid
from contextlib import suppress
from datetime import timedelta
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from webapp import files, previews, uploads
from webapp.errors import NotAllowed, ServiceError, StorageUnavailable
from webapp.models import Job, Photo
from webapp.ownership import Owner
from webapp.services.common import must_own, refuse_more, rows_with_their_files, saved, send_or_delete
from webapp.services.designs import delete_pictures


def upload_photo(*, owner: Owner, file: Any) -> Photo:
    """Check, re-encode and keep a photo, or nothing of it.

    Raises UploadRefused, Busy, OutOfMemory, NotAllowed, TooManyJobs (the search for its garments could not be queued),
    StorageUnavailable.
    """
    refuse_more(owner.user, owner.visitor)  # before the work of decoding
    clean = uploads.clean_photo(file)
    pk = uuid.uuid4()
    expires = None if owner.user else timezone.now() + timedelta(days=settings.AIFASHION_ANONYMOUS_DAYS)
    photo = Photo(
        pk=pk,
        **owner.fields,
        original_name=_plain_name(getattr(file, "name", "") or ""),
        image_key=f"photos/{pk}/photo.{clean.extension}",
        preview_key=f"photos/{pk}/preview.webp",
        width=clean.width,
        height=clean.height,
        sha256=clean.sha256,
        expires_at=expires,
    )
    try:
        files.store_bytes(photo.image_key, clean.data)
        files.store_bytes(photo.preview_key, clean.preview)
        return saved(photo)
    except Exception as error:
        with suppress(*files.STORAGE_ERRORS):  # what could not keep them may not be there to delete them either
            files.delete_keys(photo.image_key, photo.preview_key)
        if isinstance(error, files.STORAGE_ERRORS):
            raise StorageUnavailable from error
        raise


def add_photo(*, owner: Owner, file: Any) -> Photo:
    """Upload a photo and queue the search for its garments, or neither. Raises as those two do."""
    photo = upload_photo(owner=owner, file=file)
    try:
        segment_photo(owner=owner, photo=photo)
    except ServiceError:
        remove_photo(photo)  # nothing half-made stays
        raise
    return photo


def segment_photo(*, owner: Owner, photo: Photo) -> Job:
    """Queue the search for garments, or return the photo's job that waits, runs or is done.

    Raises NotFound, NotAllowed (stock garments come with theirs), TooManyJobs, QueueUnavailable.
    """
    must_own(owner, photo)
    if photo.is_stock:
        raise NotAllowed(_("The garments of our own drawings are known already."))
    with transaction.atomic():
        locked = Photo.objects.select_for_update().get(pk=photo.pk)  # two clicks at once make one job
        existing = (
            locked.jobs.filter(kind=Job.Kind.SEGMENT)
            .filter(state__in=(Job.State.QUEUED, Job.State.RUNNING, Job.State.SUCCEEDED))
            .order_by("-queued_at")
            .first()
        )
        if existing is not None:
            return existing
        job = saved(Job(**owner.fields, kind=Job.Kind.SEGMENT, photo=locked))
    send_or_delete(job, job)
    return job


def delete_photo(*, owner: Owner, photo: Photo) -> None:
    """Delete a photo with its designs, masks and files. Raises NotFound, StorageUnavailable."""
    must_own(owner, photo)
    remove_photo(photo)


def remove_photo(photo: Photo) -> None:
    """Remove a photo and all that was made from it; for its owner and for expiry. Raises StorageUnavailable."""
    designs = list(photo.designs.all())
    garments = list(photo.garments.values_list("mask_key", "found_mask_key", "maps_key"))
    masks = {photo.clothing_mask_key, photo.found_clothing_key, *(key for keys in garments for key in keys[:2])}
    made_since = {key for key in masks if "/corrected/" in key}
    masks -= made_since
    made_since |= {photo.clothing_maps_key, *(keys[2] for keys in garments)}
    own = (photo.image_key, photo.preview_key)
    with rows_with_their_files():
        photo.delete()
        files.delete_keys(*own)
        for design in designs:
            delete_pictures(design)
        previews.delete_unused(made_since)
        # Masks that were found are shared by photos of the same bytes.
        if not Photo.objects.filter(sha256=photo.sha256).exists():
            folders = {key.rsplit("/", 1)[0] for key in masks if key}
            files.delete_keys(*masks, *(f"{folder}/garments.json" for folder in folders))


def _plain_name(name: str) -> str:
    printable = "".join(character for character in PurePath(name.replace("\\", "/")).name if character.isprintable())
    return printable[:200]
