"""What a photo's masks and preview maps are to be, from what was found on it and what was painted since.

Every key here is a function of the photo's bytes, the found masks and the strokes: the same correction of the same
photo is computed once, and whether a row is up to date shows by comparing keys.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from webapp import files
from webapp.models import REPEAT_CM, Correction, Garment, Job, Photo
from webapp.ownership import Owner
from webapp.uploads import PREVIEW_SIDE

MASKS, MAPS = 1, 2
"""Raised when strokes are applied, or maps made, in another way."""
BEND_MOST = 8.0
"""As segmentation.BEND_MOST."""
AGAIN_AFTER = timedelta(minutes=1)
"""What failed longer ago is made anew by itself when somebody looks at the photo: memory or storage may be back."""


@dataclass(frozen=True)
class Target:
    """A mask of a photo as it should be.

    Args:
        garment: whose mask it is; not saved yet where strokes are to make it; None for all clothing.
        sources: keys of the masks that it starts from, added up; none where it starts empty.
        strokes: what was painted on it, in order.
    """

    photo: Photo
    garment: Garment | None
    sources: tuple[str, ...]
    strokes: list[dict[str, Any]]

    @property
    def name(self) -> str:
        return "all" if self.garment is None else str(self.garment.pk)

    @property
    def mask_key(self) -> str:
        if not self.strokes and len(self.sources) == 1:
            return self.sources[0]
        return f"masks/{self.photo.sha256}/corrected/{_digest([MASKS, self.sources, self.strokes])}.png"

    @property
    def maps_key(self) -> str:
        return f"previews/{self.photo.sha256}/{_digest([MAPS, self.mask_key])}.png"

    @property
    def is_corrected(self) -> bool:
        if self.garment is None:
            return self.mask_key != (self.photo.found_clothing_key or self.photo.clothing_mask_key)
        return bool(self.strokes)

    @property
    def is_up_to_date(self) -> bool:
        row = self.garment
        if row is None:
            return (self.photo.clothing_mask_key, self.photo.clothing_maps_key) == (self.mask_key, self.maps_key)
        return not row._state.adding and (row.mask_key, row.maps_key) == (self.mask_key, self.maps_key)


def _digest(inputs: Any) -> str:
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:32]


def targets_of(photo: Photo) -> list[Target]:
    """Every mask of a photo: all clothing last, since it is made of the others where one of them was corrected."""
    corrections = list(photo.corrections.all())
    garments = [one for one in photo.garments.all() if not is_unpainted(one, corrections)]
    targets = [
        Target(photo, garment, _found(garment), _strokes(one for one in corrections if one.garment_id == garment.pk))
        for garment in garments
    ]
    for one in corrections:
        if one.label and one.garment_id is None:
            garment = Garment(pk=one.pk, photo=photo, label=one.label, is_painted=True)
            targets.append(Target(photo, garment, (), one.strokes))
    changed = any(target.strokes for target in targets)
    found = photo.found_clothing_key or photo.clothing_mask_key
    sources = tuple(target.mask_key for target in targets) if changed else (found,)
    own = _strokes(one for one in corrections if one.garment_id is None and not one.label)
    return [*targets, Target(photo, None, sources, own)]


def is_unpainted(garment: Garment, corrections: Iterable[Correction]) -> bool:
    """Whether all strokes that made a garment were taken back: then it is to go."""
    return garment.is_painted and not any(one.garment_id == garment.pk for one in corrections)


def is_up_to_date(photo: Photo, targets: Iterable[Target]) -> bool:
    names = {target.name for target in targets}
    return all(target.is_up_to_date for target in targets) and all(
        str(garment.pk) in names for garment in photo.garments.all()
    )


def _found(garment: Garment) -> tuple[str, ...]:
    return () if garment.is_painted else (garment.found_mask_key or garment.mask_key,)


def _strokes(corrections: Iterable[Correction]) -> list[dict[str, Any]]:
    return [stroke for one in corrections for stroke in one.strokes]


def newest_job_of(photo: Photo, owner: Owner, kind: str = Job.Kind.PREVIEW) -> Job | None:
    """The owner's newest job of a kind on the photo; a stock photo has jobs of many."""
    return photo.jobs.owned_by(owner).filter(kind=kind).order_by("-queued_at", "-created_at").first()


def preview_of(photo: Photo, *, owner: Owner) -> dict[str, Any]:
    """What a page needs to show prints on a photo by itself (`GET /photos/<uuid>/preview.json`).

    `state` is "ready", "working" (a job makes what is missing, or should: `job` is its id or None) or "failed" (`error`
    says why, `job` can be tried again). `garments` lists those whose maps exist, whatever the state.
    """
    share = min(1.0, PREVIEW_SIDE / max(photo.width, photo.height))
    width, height = max(1, round(photo.width * share)), max(1, round(photo.height * share))
    targets = targets_of(photo) if photo.clothing_mask_key else []
    return {
        "width": width,
        "height": height,
        "photo": files.own_url(photo.preview_key or photo.image_key, photo),
        "cm_per_px": photo.cm_per_px * photo.width / width if photo.cm_per_px else None,
        "repeat_cm": REPEAT_CM,
        "bend_most": BEND_MOST,
        "garments": [_described(target, width / photo.width) for target in reversed(targets) if _maps_of(target)],
        **_state_of(photo, targets, owner),
    }


def _state_of(photo: Photo, targets: list[Target], owner: Owner) -> dict[str, Any]:
    job = newest_job_of(photo, owner, Job.Kind.PREVIEW if targets else Job.Kind.SEGMENT)
    known = {"job": str(job.pk) if job else None}
    if targets and is_up_to_date(photo, targets):
        return {"state": "ready"}
    if job is not None and job.state in (Job.State.FAILED, Job.State.CANCELLED) and not (targets and _is_past(job)):
        return {"state": "failed", "error": job.problem or _("This was stopped. Try it again."), **known}
    if not targets and job is None:
        return {"state": "failed", "error": _("The clothes on this photo have not been looked for yet."), **known}
    return {"state": "working", **known}


def _is_past(job: Job) -> bool:
    return job.finished_at is not None and timezone.now() - job.finished_at > AGAIN_AFTER


def _maps_of(target: Target) -> str:
    return target.photo.clothing_maps_key if target.garment is None else target.garment.maps_key


def _described(target: Target, share: float) -> dict[str, Any]:
    photo, garment = target.photo, target.garment
    area, box = (photo.clothing_area, photo.clothing_box) if garment is None else (garment.area, garment.box)
    return {
        "id": target.name,
        "label": "all" if garment is None else garment.label,
        "name": _("All clothing") if garment is None else str(garment),
        "maps": files.own_url(_maps_of(target), photo),
        "box": [round(side * share, 1) for side in box],
        "area": area,
        "confidence": 1.0 if garment is None else garment.confidence,
        "corrected": target.is_corrected,
    }


def delete_unused(keys: Iterable[str]) -> None:
    """Delete corrected masks and maps that no row points to any more. Raises what the storage raises."""
    for key in {key for key in keys if key}:
        photos = Photo.objects.filter(Q(clothing_mask_key=key) | Q(clothing_maps_key=key) | Q(found_clothing_key=key))
        garments = Garment.objects.filter(Q(mask_key=key) | Q(maps_key=key) | Q(found_mask_key=key))
        if not photos.exists() and not garments.exists():
            files.delete_keys(key)
