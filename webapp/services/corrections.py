"""Services of the brush: correcting masks by hand, and having previews made. All errors are ServiceErrors."""

from __future__ import annotations

import math
from typing import Any, Literal

from django.db import transaction
from django.utils.translation import gettext as _

from webapp import previews
from webapp.errors import BadRequest, NotAllowed, NotReady, QueueUnavailable
from webapp.models import Correction, Garment, Job, Photo
from webapp.ownership import Owner
from webapp.services.common import must_own, saved, send_or_delete

LABELS = ("upper", "lower", "dress", "shoes", "bag", "accessory")
"""Of garments, in the order in which the studio offers them."""
MODES = ("add", "erase")
MOST_STROKES, MOST_POINTS = 100, 5000
"""In one correction."""
MOST_CORRECTIONS = 200
"""Of one photo."""
LARGEST_RADIUS = 0.25
"""In shares of the photo's longer side."""


def correct_garment(
    *, owner: Owner, photo: Photo, target: Garment | Literal["all", "new"], strokes: Any, label: str = ""
) -> Job:
    """Keep strokes on a garment's mask, on all clothing's, or as a new garment, and queue what follows from them.

    Args:
        strokes: as a browser sends them: [{"mode": "add" or "erase", "radius": pixels of the photo, "points": [[x, y],
            ...] in pixels of the photo}, ...].
        label: of the new garment, one of `LABELS`.

    Raises NotFound, NotAllowed (stock garments), NotReady (no search for garments yet), BadRequest, TooManyJobs,
    QueueUnavailable.
    """
    _must_be_correctable(owner, photo)
    clean = _clean_strokes(photo, strokes)
    if target == "new":
        if label not in LABELS:
            raise BadRequest(_("A new garment needs a kind: one of %(choices)s.") % {"choices": ", ".join(LABELS)})
        if not any(stroke["mode"] == "add" for stroke in clean):
            raise BadRequest(_("A new garment begins with a stroke that adds."))
    garment = _garment_on(photo, target)
    with transaction.atomic():
        locked = Photo.objects.select_for_update().get(pk=photo.pk)
        if locked.corrections.count() >= MOST_CORRECTIONS:
            raise NotAllowed(
                _("This photo has %(most)s corrections already. Take some back first.") % {"most": MOST_CORRECTIONS}
            )
        _remember_found(locked, garment)
        correction = Correction.objects.create(
            photo=locked, garment=garment, label=label if target == "new" else "", strokes=clean
        )
        job = _job(owner, locked)
    try:
        send_or_delete(job, job)
    except QueueUnavailable:
        correction.delete()
        raise
    return job


def undo_correction(*, owner: Owner, photo: Photo, target: Garment | Literal["all"]) -> Job:
    """Take back the last correction of a garment or of all clothing, and queue what follows from that.

    A garment that was painted goes with its last correction. Raises NotFound, NotAllowed, NotReady, BadRequest (nothing
    to take back), TooManyJobs, QueueUnavailable.
    """
    _must_be_correctable(owner, photo)
    garment = _garment_on(photo, target)
    with transaction.atomic():
        locked = Photo.objects.select_for_update().get(pk=photo.pk)
        own = locked.corrections.filter(garment=garment)
        last = (own if garment else own.filter(label="")).last()
        if last is None:
            raise BadRequest(_("There is no correction to take back."))
        job = _job(owner, locked)
        Correction.objects.filter(pk=last.pk).delete()
    try:
        send_or_delete(job, job)
    except QueueUnavailable:
        last.save(force_insert=True)
        raise
    return job


def request_preview(*, owner: Owner, photo: Photo) -> Job:
    """Queue the making of a photo's preview maps, or return the owner's job that waits or runs.

    Raises NotFound, NotReady, TooManyJobs, QueueUnavailable.
    """
    if not photo.is_stock:
        must_own(owner, photo)
    if not photo.clothing_mask_key:
        raise NotReady(_("The clothes on this photo have not been found yet. Wait for that to finish."))
    with transaction.atomic():
        locked = Photo.objects.select_for_update().get(pk=photo.pk)
        job = previews.newest_job_of(locked, owner)
        if job is not None and job.is_active:
            return job
        job = _job(owner, locked)
    send_or_delete(job, job)
    return job


def _must_be_correctable(owner: Owner, photo: Photo) -> None:
    if photo.is_stock:
        raise NotAllowed(
            _("Our own drawings have exact masks, which cannot be changed. Upload a photo to paint on one.")
        )
    must_own(owner, photo)
    if not photo.clothing_mask_key:
        raise NotReady(_("The clothes on this photo have not been found yet. Wait for that to finish."))


def _garment_on(photo: Photo, target: Garment | str) -> Garment | None:
    if isinstance(target, str):
        return None
    if target.photo_id != photo.pk:
        raise BadRequest(_("This garment is not on this photo."))
    return target


def _remember_found(photo: Photo, garment: Garment | None) -> None:
    """Before the first correction, the present masks are those that were found."""
    Photo.objects.filter(pk=photo.pk, found_clothing_key="").update(found_clothing_key=photo.clothing_mask_key)
    if garment is not None and not garment.is_painted:
        Garment.objects.filter(pk=garment.pk, found_mask_key="").update(found_mask_key=garment.mask_key)


def _job(owner: Owner, photo: Photo) -> Job:
    return saved(Job(**owner.fields, kind=Job.Kind.PREVIEW, photo=photo))


def _clean_strokes(photo: Photo, strokes: Any) -> list[dict[str, Any]]:
    """Strokes as they are kept, numbers to a tenth of a pixel. Raises BadRequest."""
    if not isinstance(strokes, list) or not 1 <= len(strokes) <= MOST_STROKES:
        raise BadRequest(_("A correction has 1 to %(most)s strokes.") % {"most": MOST_STROKES})
    side = max(photo.width, photo.height)
    clean, count = [], 0
    for stroke in strokes:
        if not isinstance(stroke, dict) or stroke.get("mode") not in MODES:
            raise BadRequest(_('The mode of a stroke is "add" or "erase".'))
        radius, points = stroke.get("radius"), stroke.get("points")
        if not _is_number(radius) or not 1 <= radius <= LARGEST_RADIUS * side:
            raise BadRequest(
                _("The radius of a stroke is from 1 to %(most).0f pixels of this photo.")
                % {"most": LARGEST_RADIUS * side}
            )
        if not isinstance(points, list) or not points or not all(_is_point(point, side) for point in points):
            raise BadRequest(_("The points of a stroke are pairs of numbers, x and y, on the photo."))
        count += len(points)
        if count > MOST_POINTS:
            raise BadRequest(
                _("A correction has at most %(most)s points. Send it in two parts.") % {"most": MOST_POINTS}
            )
        clean.append(
            {
                "mode": stroke["mode"],
                "radius": round(float(radius), 1),
                "points": [[round(float(x), 1), round(float(y), 1)] for x, y in points],
            }
        )
    return clean


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_point(point: Any, side: int) -> bool:
    # A brush may be drawn out of the picture.
    return (
        isinstance(point, list)
        and len(point) == 2
        and all(_is_number(value) and -side <= value <= 2 * side for value in point)
    )
