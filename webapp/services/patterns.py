"""Prints: generated, varied, recoloured, made into files for the printer, deleted."""

from __future__ import annotations

import math
import re
import secrets
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from webapp import files
from webapp.errors import BadRequest, NotAllowed, NotFound, NotReady, QueueUnavailable
from webapp.models import CANDIDATES, Category, Job, ModelVersion, Pattern
from webapp.models.patterns import FIRST_SIZE
from webapp.models.versions import VECTOR_SIZE
from webapp.ownership import Owner
from webapp.queue import send_jobs
from webapp.services.common import delete_unused, inserted, must_own, rows_with_their_files, saved_jobs, sent_or_deleted
from webapp.services.versions import LOST

MOST_PATTERNS = 12
MOST_MIXES = 16
MOST_COLOURS = 12
TILES_IN_REPEAT = {"basic": 1, "half-drop": 2, "half-brick": 2, "mirror": 4}
PRINT_EXTENSIONS = ("png", "tif", "jpg")
CM_PER_INCH = 2.54
LARGEST_SEED = 2**63 - 1
# Random seeds stay short enough to read out over a desk; any seed may be typed.
LARGEST_RANDOM_SEED = 2**31


SINGLE_PICTURES = gettext_noop(
    "The network that draws this makes single pictures of 64 pixels: they have no variations and no mixes, and their "
    "files repeat as basic only. For all of that take a print of another category."
)
"""Said where a print asks for what its version does not draw (ModelVersion.draws_single_pictures)."""

MOST_CANDIDATES = 8
"""Prints that are tried for a variation: a third of what lies between two prints is neither."""


def generate_patterns(
    *, owner: Owner, category: Category, count: int = 1, seed: int | None = None, size: int | None = None
) -> list[Job]:
    """Queue `count` patterns with consecutive seeds. Raises BadRequest, NotFound, TooManyJobs, QueueUnavailable.

    Args:
        size: Side of the tile in pixels; None takes 512, or all that the plain DCGAN draws.
    """
    if not 1 <= count <= MOST_PATTERNS:
        raise BadRequest(
            _("Ask for 1 to %(most)s patterns at a time, not %(count)s.") % {"most": MOST_PATTERNS, "count": count}
        )
    if seed is None:
        seed = secrets.randbelow(LARGEST_RANDOM_SEED)
    if not 0 <= seed <= LARGEST_SEED - count + 1:
        raise BadRequest(_("A seed is a whole number from 0 to %(most)s.") % {"most": LARGEST_SEED - count + 1})
    if size is not None and (not 64 <= size <= 8192 or size % 16):
        raise BadRequest(_("A size is from 64 to 8192 pixels and a multiple of 16, not %(size)s.") % {"size": size})
    version = category.active_version if category.is_published else None
    if version is None or version.is_lost:
        raise NotFound(_("%(name)s cannot be generated yet.") % {"name": category.name})
    if version.draws_single_pictures and size not in (None, VECTOR_SIZE):
        raise BadRequest(
            _("%(name)s is drawn at 64 pixels only, not %(size)s.") % {"name": category.name, "size": size}
        )
    size = size or (VECTOR_SIZE if version.draws_single_pictures else FIRST_SIZE)
    return queue_patterns(owner, [{"version": version, "seed": seed + i, "size": size} for i in range(count)])


def vary_pattern(*, owner: Owner, pattern: Pattern, count: int = 4, share: float = 0.3) -> list[Job]:
    """Queue variations of a pattern: mixes with random others, each the first of some that looks as a print should.

    Raises BadRequest, NotAllowed, NotFound, TooManyJobs, QueueUnavailable.

    Args:
        share: How far they go from it: 0 would be the pattern itself, 1 another print.
    """
    must_own(owner, pattern)
    if not 1 <= count <= MOST_PATTERNS or not 0 < share < 1:
        raise BadRequest(
            _("Ask for 1 to %(most)s variations, with a strength between 0 and 1.") % {"most": MOST_PATTERNS}
        )
    refuse_single_pictures(pattern.version)
    latent = pattern.latent or {}
    mixes = latent.get("mixes", [])
    if len(mixes) >= MOST_MIXES:
        raise BadRequest(
            _("This print is a variation of a variation, %(most)s times over. Go on from another one.")
            % {"most": MOST_MIXES}
        )
    fresh = [[*mixes, [secrets.randbelow(LARGEST_RANDOM_SEED), share]] for _ in range(count)]
    latents = [{**latent, "mixes": each, CANDIDATES: MOST_CANDIDATES} for each in fresh]
    return queue_patterns(owner, [relative_of(pattern, each) for each in latents])


def recolour_pattern(*, owner: Owner, pattern: Pattern, palette: Sequence[str]) -> Job:
    """Queue the same print in other colours (#rrggbb).

    Raises BadRequest, NotAllowed, NotFound, TooManyJobs, QueueUnavailable.
    """
    must_own(owner, pattern)
    if not 1 <= len(palette) <= MOST_COLOURS or not all(re.fullmatch("#[0-9a-fA-F]{6}", colour) for colour in palette):
        raise BadRequest(_("A palette has 1 to %(most)s colours, each written #rrggbb.") % {"most": MOST_COLOURS})
    latent = {**(pattern.latent or {}), "palette": [colour.lower() for colour in palette]}
    return queue_patterns(owner, [relative_of(pattern, latent)])[0]


def make_print_file(*, owner: Owner, pattern: Pattern, **asked: Any) -> Job:
    """Queue one repeat as a file of a true size. Arguments and errors as `make_print_files`."""
    return make_print_files(owner=owner, patterns=[pattern], **asked)[0]


def make_print_files(
    *, owner: Owner, patterns: Sequence[Pattern], repeat: str, tile_cm: float, dpi: int, extension: str
) -> list[Job]:
    """Queue a file of a true size of each print, one repeat of it, or of none.

    Raises BadRequest, NotAllowed, NotFound, NotReady, TooManyJobs, QueueUnavailable.

    Args:
        repeat: basic, half-drop, half-brick or mirror.
        tile_cm: Width of one tile on the cloth.
        extension: png, tif or jpg.
    """
    for pattern in patterns:
        must_own(owner, pattern)
        if not pattern.is_ready:
            raise NotReady(_("This print is not finished yet. Wait for it."))
    for version in ModelVersion.objects.filter(pk__in={pattern.version_id for pattern in patterns}):
        _refuse_lost(version)
    if repeat not in TILES_IN_REPEAT or extension not in PRINT_EXTENSIONS:
        raise BadRequest(
            _("A print file repeats as one of %(choices)s, and is png, tif or jpg.")
            % {"choices": ", ".join(TILES_IN_REPEAT)}
        )
    if repeat != "basic":
        for pattern in patterns:
            refuse_single_pictures(pattern.version)
    if not (math.isfinite(tile_cm) and tile_cm > 0 and dpi > 0):
        raise BadRequest(_("The width of a tile and the resolution are numbers above 0."))
    pixels = (tile_cm / CM_PER_INCH * dpi) ** 2 * TILES_IN_REPEAT[repeat]
    most = settings.AIFASHION_MAX_PRINT_PIXELS
    if pixels > most:
        raise BadRequest(
            _(
                "This would be %(pixels).0f megapixels, more than the %(most).0f allowed. Take a smaller "
                "tile or a lower resolution: the file repeats by itself."
            )
            % {"pixels": pixels / 1e6, "most": most / 1e6}
        )
    params = {"repeat": repeat, "tile_cm": tile_cm, "dpi": dpi, "extension": extension}
    made = [Job(**owner.fields, kind=Job.Kind.PRINT, pattern=pattern, params=params) for pattern in patterns]
    return sent_or_deleted(saved_jobs(made))


def delete_pattern(*, owner: Owner, pattern: Pattern) -> None:
    """Delete a pattern. Designs made with it keep their picture and its seed. Raises NotFound, StorageUnavailable."""
    must_own(owner, pattern)
    key = pattern.image_key
    prints = [job.file_key for job in pattern.jobs.filter(kind=Job.Kind.PRINT)]
    with rows_with_their_files():
        pattern.delete()
        files.delete_keys(*prints)
        delete_unused(Pattern, "image_key", key)


def remove_print_file(job: Job) -> None:
    """Raises StorageUnavailable."""
    key = job.file_key
    with rows_with_their_files():
        job.delete()
        files.delete_keys(key)


def relative_of(pattern: Pattern, latent: dict[str, Any]) -> dict[str, Any]:
    return {"version": pattern.version, "seed": pattern.seed, "size": pattern.size, "latent": latent}


def _refuse_lost(version: ModelVersion) -> None:
    """Raises NotAllowed for a version that cannot draw any more."""
    if version.is_lost:
        raise NotAllowed(_(LOST))


def refuse_single_pictures(version: ModelVersion) -> None:
    """Raises NotAllowed for a version that draws no mixes and no repeat but basic."""
    if version.draws_single_pictures:
        raise NotAllowed(_(SINGLE_PICTURES))


def queue_patterns(owner: Owner, rows: Sequence[dict[str, Any]]) -> list[Job]:
    """Save and send prints of these columns. Raises NotAllowed, TooManyJobs, QueueUnavailable."""
    for row in rows:
        _refuse_lost(row["version"])
    asked_at = timezone.now()  # one time for all, so that lists show them in the order of their seeds
    with transaction.atomic():
        patterns = inserted([Pattern(**owner.fields, created_at=asked_at, **row) for row in rows])
        jobs = saved_jobs([Job(**owner.fields, kind=Job.Kind.GENERATE, pattern=pattern) for pattern in patterns])
    try:
        send_jobs(jobs)
    except QueueUnavailable:
        Pattern.objects.filter(pk__in=[pattern.pk for pattern in patterns]).delete()  # their jobs go with them
        raise
    return jobs
