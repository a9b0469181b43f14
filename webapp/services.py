"""What changes state. Every function is keyword-only and says what it raises; all errors are ServiceErrors."""

from __future__ import annotations

import math
import re
import secrets
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from webapp import files, uploads
from webapp.errors import (
    BadRequest,
    NotAllowed,
    NotFound,
    NotReady,
    QueueUnavailable,
    ServiceError,
    StorageUnavailable,
    UploadRefused,
)
from webapp.models import Category, Design, DesignLayer, Garment, Job, Pattern, Photo
from webapp.ownership import Owner
from webapp.queue import send_jobs

__all__ = [
    "BadRequest",
    "LayerInput",
    "NotAllowed",
    "NotFound",
    "NotReady",
    "QueueUnavailable",
    "ServiceError",
    "StorageUnavailable",
    "UploadRefused",
    "cancel_job",
    "create_design",
    "delete_design",
    "delete_pattern",
    "delete_photo",
    "generate_patterns",
    "make_print_file",
    "recolour_pattern",
    "retry_job",
    "segment_photo",
    "toggle_favourite",
    "upload_photo",
    "vary_pattern",
]

MOST_PATTERNS = 12
MOST_LAYERS = 12
MOST_MIXES = 16
MOST_COLOURS = 12
TILES_IN_REPEAT = {"basic": 1, "half-drop": 2, "half-brick": 2, "mirror": 4}
PRINT_EXTENSIONS = ("png", "tif", "jpg")
CM_PER_INCH = 2.54
LARGEST_SEED = 2**63 - 1
# Random seeds stay short enough to read out over a desk; any seed may be typed.
LARGEST_RANDOM_SEED = 2**31


@dataclass(frozen=True)
class LayerInput:
    """A pattern on one garment, or on all clothing when `garment` is None."""

    pattern: Pattern
    garment: Garment | None = None
    scale: float = 1.0
    rotation: float = 0.0
    offset_x: float = 0.0
    offset_y: float = 0.0


def generate_patterns(
    *, owner: Owner, category: Category, count: int = 1, seed: int | None = None, size: int = 512
) -> list[Job]:
    """Queue `count` patterns with consecutive seeds. Raises BadRequest, NotFound, QueueUnavailable."""
    if not 1 <= count <= MOST_PATTERNS:
        raise BadRequest(f"Ask for 1 to {MOST_PATTERNS} patterns at a time, not {count}.")
    if seed is None:
        seed = secrets.randbelow(LARGEST_RANDOM_SEED)
    if not 0 <= seed <= LARGEST_SEED - count + 1:
        raise BadRequest(f"A seed is a whole number from 0 to {LARGEST_SEED - count + 1}.")
    if not 64 <= size <= 8192 or size % 16:
        raise BadRequest(f"A size is from 64 to 8192 pixels and a multiple of 16, not {size}.")
    version = category.active_version if category.is_published else None
    if version is None:
        raise NotFound(f"{category.name} cannot be generated yet.")
    return _queue_patterns(owner, [{"version": version, "seed": seed + i, "size": size} for i in range(count)])


def vary_pattern(*, owner: Owner, pattern: Pattern, count: int = 4, share: float = 0.3) -> list[Job]:
    """Queue variations of a pattern: mixes with random others. Raises BadRequest, NotFound, QueueUnavailable.

    Args:
        share: How far they go from it: 0 would be the pattern itself, 1 another print.
    """
    _must_own(owner, pattern)
    if not 1 <= count <= MOST_PATTERNS or not 0 < share < 1:
        raise BadRequest(f"Ask for 1 to {MOST_PATTERNS} variations, with a strength between 0 and 1.")
    latent = pattern.latent or {}
    mixes = latent.get("mixes", [])
    if len(mixes) >= MOST_MIXES:
        raise BadRequest(f"This print is a variation of a variation, {MOST_MIXES} times over. Go on from another one.")
    fresh = [[*mixes, [secrets.randbelow(LARGEST_RANDOM_SEED), share]] for _ in range(count)]
    return _queue_patterns(owner, [_relative(pattern, {**latent, "mixes": each}) for each in fresh])


def recolour_pattern(*, owner: Owner, pattern: Pattern, palette: Sequence[str]) -> Job:
    """Queue the same print in other colours (#rrggbb). Raises BadRequest, NotFound, QueueUnavailable."""
    _must_own(owner, pattern)
    if not 1 <= len(palette) <= MOST_COLOURS or not all(re.fullmatch("#[0-9a-fA-F]{6}", colour) for colour in palette):
        raise BadRequest(f"A palette has 1 to {MOST_COLOURS} colours, each written #rrggbb.")
    latent = {**(pattern.latent or {}), "palette": [colour.lower() for colour in palette]}
    return _queue_patterns(owner, [_relative(pattern, latent)])[0]


def make_print_file(*, owner: Owner, pattern: Pattern, repeat: str, tile_cm: float, dpi: int, extension: str) -> Job:
    """Queue one repeat as a file of a true size. Raises BadRequest, NotFound, NotReady, QueueUnavailable.

    Args:
        repeat: basic, half-drop, half-brick or mirror.
        tile_cm: Width of one tile on the cloth.
        extension: png, tif or jpg.
    """
    _must_own(owner, pattern)
    if not pattern.is_ready:
        raise NotReady("This print is not finished yet. Wait for it.")
    if repeat not in TILES_IN_REPEAT or extension not in PRINT_EXTENSIONS:
        raise BadRequest(f"A print file repeats as one of {', '.join(TILES_IN_REPEAT)}, and is png, tif or jpg.")
    if not (math.isfinite(tile_cm) and tile_cm > 0 and dpi > 0):
        raise BadRequest("The width of a tile and the resolution are numbers above 0.")
    pixels = (tile_cm / CM_PER_INCH * dpi) ** 2 * TILES_IN_REPEAT[repeat]
    most = settings.AIFASHION_MAX_PRINT_PIXELS
    if pixels > most:
        raise BadRequest(
            f"This would be {pixels / 1e6:.0f} megapixels, more than the {most / 1e6:.0f} allowed. "
            "Take a smaller tile or a lower resolution: the file repeats by itself."
        )
    params = {"repeat": repeat, "tile_cm": tile_cm, "dpi": dpi, "extension": extension}
    job = _saved(Job(**owner.fields, kind=Job.Kind.PRINT, pattern=pattern, params=params))
    _send_or_delete(job, job)
    return job


def _relative(pattern: Pattern, latent: dict[str, Any]) -> dict[str, Any]:
    return {"version": pattern.version, "seed": pattern.seed, "size": pattern.size, "latent": latent}


def _queue_patterns(owner: Owner, rows: Sequence[dict[str, Any]]) -> list[Job]:
    asked_at = timezone.now()  # one time for all, so that lists show them in the order of their seeds
    with transaction.atomic():
        patterns = [_saved(Pattern(**owner.fields, created_at=asked_at, **row)) for row in rows]
        jobs = [_saved(Job(**owner.fields, kind=Job.Kind.GENERATE, pattern=pattern)) for pattern in patterns]
    try:
        send_jobs(jobs)
    except QueueUnavailable:
        Pattern.objects.filter(pk__in=[pattern.pk for pattern in patterns]).delete()  # their jobs go with them
        raise
    return jobs


def upload_photo(*, owner: Owner, file: Any) -> Photo:
    """Check, re-encode and keep a photo, or keep nothing of it. Raises UploadRefused, StorageUnavailable."""
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
        return _saved(photo)
    except Exception as error:
        with suppress(*files.STORAGE_ERRORS):  # what could not keep them may not be there to delete them either
            files.delete_keys(photo.image_key, photo.preview_key)
        if isinstance(error, files.STORAGE_ERRORS):
            raise StorageUnavailable from error
        raise


def segment_photo(*, owner: Owner, photo: Photo) -> Job:
    """Queue the search for garments, or return the photo's job that waits, runs or is done.

    Raises NotFound, NotAllowed (stock garments come with theirs), QueueUnavailable.
    """
    _must_own(owner, photo)
    if photo.is_stock:
        raise NotAllowed("The garments of our own drawings are known already.")
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
        job = _saved(Job(**owner.fields, kind=Job.Kind.SEGMENT, photo=locked))
    _send_or_delete(job, job)
    return job


def create_design(*, owner: Owner, photo: Photo, layers: Sequence[LayerInput]) -> Job:
    """Queue a design. Raises BadRequest, NotFound, NotReady, QueueUnavailable. The design is `job.design`."""
    if not photo.is_stock:
        _must_own(owner, photo)
    if not 1 <= len(layers) <= MOST_LAYERS:
        raise BadRequest(f"A design has 1 to {MOST_LAYERS} patterns on it.")
    if not photo.clothing_mask_key:
        raise NotReady("The clothes on this photo have not been found yet. Wait for that to finish.")
    for layer in layers:
        _check_layer(owner, photo, layer)
    parameters = {"photo": str(photo.pk), "layers": [_described(layer) for layer in layers]}
    with transaction.atomic():
        design = _saved(Design(**owner.fields, photo=photo, parameters=parameters))
        for position, layer in enumerate(layers):
            _saved(DesignLayer(design=design, position=position, **vars(layer)))
        job = _saved(Job(**owner.fields, kind=Job.Kind.COMPOSE, design=design, params=parameters))
    _send_or_delete(job, design)
    return job


def cancel_job(*, owner: Owner, job: Job) -> Job:
    """Stop a job that waits or runs; one that ended stays as it ended. Raises NotFound."""
    _must_own(owner, job)
    # The worker's writes are all conditional on "running", so it notices at its next report of progress.
    Job.objects.filter(pk=job.pk).active().update(state=Job.State.CANCELLED, finished_at=timezone.now())
    job.refresh_from_db()
    return job


def retry_job(*, owner: Owner, job: Job) -> Job:
    """Queue a failed or cancelled job again. Raises NotFound, NotAllowed, QueueUnavailable."""
    _must_own(owner, job)
    before = Job.objects.filter(pk=job.pk).values("state", "error", "attempts", "progress", "finished_at").first()
    now = timezone.now()
    changed = Job.objects.filter(pk=job.pk, state__in=(Job.State.FAILED, Job.State.CANCELLED)).update(
        state=Job.State.QUEUED,
        error="",
        attempts=0,
        attempt_token=None,
        progress=0,
        heartbeat_at=None,
        queued_at=now,
        sent_at=now,
        started_at=None,
        finished_at=None,
    )
    if not changed or before is None:
        raise NotAllowed("Only a job that failed or was cancelled can be tried again.")
    job.refresh_from_db()
    try:
        send_jobs([job])
    except QueueUnavailable:
        Job.objects.filter(pk=job.pk, state=Job.State.QUEUED).update(**before)
        raise
    return job


def toggle_favourite(*, owner: Owner, pattern: Pattern) -> Pattern:
    """Raises NotFound."""
    _must_own(owner, pattern)
    pattern.is_favourite = not pattern.is_favourite
    pattern.save(update_fields=["is_favourite"])
    return pattern


def delete_pattern(*, owner: Owner, pattern: Pattern) -> None:
    """Delete a pattern. Designs made with it keep their picture and its seed. Raises NotFound, StorageUnavailable."""
    _must_own(owner, pattern)
    key = pattern.image_key
    prints = [job.file_key for job in pattern.jobs.filter(kind=Job.Kind.PRINT)]
    with _rows_with_their_files():
        pattern.delete()
        files.delete_keys(*prints)
        _delete_unused(Pattern, "image_key", key)


def delete_design(*, owner: Owner, design: Design) -> None:
    """Raises NotFound, StorageUnavailable."""
    _must_own(owner, design)
    image, preview = design.image_key, design.preview_key
    with _rows_with_their_files():
        design.delete()
        _delete_unused(Design, "image_key", image)
        _delete_unused(Design, "preview_key", preview)


def delete_photo(*, owner: Owner, photo: Photo) -> None:
    """Delete a photo with its designs, masks and files. Raises NotFound, StorageUnavailable."""
    _must_own(owner, photo)
    remove_photo(photo)


def remove_print_file(job: Job) -> None:
    """Raises StorageUnavailable."""
    key = job.file_key
    with _rows_with_their_files():
        job.delete()
        files.delete_keys(key)


def remove_photo(photo: Photo) -> None:
    """Remove a photo and all that was made from it; for its owner and for expiry. Raises StorageUnavailable."""
    designs = list(photo.designs.values_list("image_key", "preview_key"))
    masks = [photo.clothing_mask_key, *photo.garments.values_list("mask_key", flat=True)]
    own = (photo.image_key, photo.preview_key)
    with _rows_with_their_files():
        photo.delete()
        files.delete_keys(*own)
        for image, preview in designs:
            _delete_unused(Design, "image_key", image)
            _delete_unused(Design, "preview_key", preview)
        # Masks are shared by photos of the same bytes.
        if not Photo.objects.filter(sha256=photo.sha256).exists():
            folders = {key.rsplit("/", 1)[0] for key in masks if key}
            files.delete_keys(*masks, *(f"{folder}/garments.json" for folder in folders))


@contextmanager
def _rows_with_their_files() -> Iterator[None]:
    """Rows go only if their files do: what the storage does not delete now is still there to be deleted later."""
    try:
        with transaction.atomic():
            yield
    except files.STORAGE_ERRORS as error:
        raise StorageUnavailable from error


def _check_layer(owner: Owner, photo: Photo, layer: LayerInput) -> None:
    _must_own(owner, layer.pattern)
    if not layer.pattern.image_key:
        raise NotReady("A pattern of this design is not finished yet. Wait for it.")
    if layer.garment is not None and layer.garment.photo_id != photo.pk:
        raise BadRequest("This garment is not on this photo.")
    bounds = {"scale": (0.05, 20), "rotation": (-360, 360), "offset_x": (-1, 1), "offset_y": (-1, 1)}
    for name, (low, high) in bounds.items():
        value = getattr(layer, name)
        if not math.isfinite(value) or not low <= value <= high:
            raise BadRequest(f"{name.replace('_', ' ').capitalize()} must be from {low} to {high}, not {value}.")


def _described(layer: LayerInput) -> dict[str, Any]:
    pattern = layer.pattern
    return {
        "garment": layer.garment.label if layer.garment else "all",
        "category": pattern.category.slug,
        "version": pattern.version.number,
        "seed": pattern.seed,
        "size": pattern.size,
        "latent": pattern.latent or {},
        "scale": layer.scale,
        "rotation": layer.rotation,
        "offset_x": layer.offset_x,
        "offset_y": layer.offset_y,
    }


def _must_own(owner: Owner, row: Any) -> None:
    if not row.is_owned_by(owner):
        raise NotFound(f"This {row._meta.verbose_name} does not exist, or was deleted.")


def _saved(row: Any) -> Any:
    try:
        row.full_clean()
    except ValidationError as error:
        raise BadRequest(" ".join(error.messages)) from error
    row.save(force_insert=True)
    return row


def _send_or_delete(job: Job, row: Any) -> None:
    try:
        send_jobs([job])
    except QueueUnavailable:
        row.delete()
        raise


def _delete_unused(model: Any, field: str, key: str) -> None:
    """Delete a file that no row points to any more: the same inputs share one file."""
    if key and not model.objects.filter(**{field: key}).exists():
        files.delete_keys(key)


def _plain_name(name: str) -> str:
    printable = "".join(character for character in PurePath(name.replace("\\", "/")).name if character.isprintable())
    return printable[:200]
