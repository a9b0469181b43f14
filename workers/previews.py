"""A photo's masks after its corrections, and its preview maps, from storage to storage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from webapp import files, previews
from webapp.models import Correction, Garment, Photo
from webapp.previews import Target
from workers.messages import JobFailed
from workers.pipeline import mask_array, photo_pixels

Progress = Callable[[float], None]


@dataclass(frozen=True)
class _Made:
    target: Target
    area: float
    box: list[int]


def update_photo(photo: Photo, progress: Progress) -> Callable[[], None]:
    """Make the masks and maps that are missing; returns what writes them to the photo's rows."""
    targets = previews.targets_of(photo)
    made = []
    for number, target in enumerate(targets):
        if not target.is_up_to_date:
            made.append(_make(target))
        progress((number + 1) / len(targets))
    return partial(_store, photo, made)


def _make(target: Target) -> _Made:
    import cv2
    import numpy as np

    import segmentation

    pixels = photo_pixels(target.photo)
    if files.taken(target.mask_key):
        mask = mask_array(files.read_bytes(target.mask_key))
    else:
        mask = np.zeros(pixels.shape[:2], np.uint8)
        for key in target.sources:
            # Where two garments meet, their soft edges add up to whole clothing.
            cv2.add(mask, mask_array(files.read_bytes(key)), dst=mask)
        strokes = [segmentation.Stroke(**stroke) for stroke in target.strokes]
        mask = segmentation.apply_strokes(pixels, mask, strokes)
        files.store_bytes(target.mask_key, segmentation.encode_png(mask))
    if not files.taken(target.maps_key):
        files.store_bytes(target.maps_key, segmentation.encode_maps(segmentation.preview_maps(pixels, mask)))
    solid = (mask > 127).view(np.uint8)
    left, top, wide, tall = cv2.boundingRect(solid)
    box = [left, top, left + wide, top + tall] if wide else [0, 0, 0, 0]
    return _Made(target, round(cv2.countNonZero(solid) / mask.size, 5), box)


def _store(photo: Photo, made: list[_Made]) -> None:
    """Write what is still asked for: strokes that came meanwhile have a job of their own, which makes them."""
    import segmentation

    locked = Photo.objects.select_for_update().filter(pk=photo.pk).first()
    if locked is None:
        raise JobFailed(gettext_noop("The photo was deleted while its preview was made."))
    wanted = {target.name: target for target in previews.targets_of(locked)}
    replaced: list[str] = []
    for one in made:
        target = wanted.get(one.target.name)
        if target is None or target.maps_key != one.target.maps_key:
            replaced += [one.target.maps_key, *_own_masks(one.target.mask_key)]
            continue
        replaced += _write(target, one)
    for garment in locked.garments.filter(is_painted=True):
        if garment.pk and str(garment.pk) not in wanted:
            replaced += [garment.maps_key, *_own_masks(garment.mask_key)]
            garment.delete()
    if locked.cm_per_px is None:
        Photo.objects.filter(pk=locked.pk).update(cm_per_px=segmentation.usual_cm_per_px(locked.height))
    transaction.on_commit(lambda: previews.delete_unused(replaced))


def _write(target: Target, one: _Made) -> list[str]:
    """Write one mask to its row; returns the keys of what it replaces."""
    photo, garment = target.photo, target.garment
    facts: dict[str, Any] = {"area": one.area, "box": one.box}
    if garment is None:
        before = [photo.clothing_maps_key, *_own_masks(photo.clothing_mask_key)]
        Photo.objects.filter(pk=photo.pk).update(
            clothing_mask_key=target.mask_key,
            clothing_maps_key=target.maps_key,
            **{f"clothing_{name}": value for name, value in facts.items()},
        )
        return before
    before = [garment.maps_key, *_own_masks(garment.mask_key)]
    keys = {"mask_key": target.mask_key, "maps_key": target.maps_key}
    if garment._state.adding:
        Garment.objects.create(
            pk=garment.pk, photo=photo, label=garment.label, is_painted=True, confidence=1.0, **keys, **facts
        )
        Correction.objects.filter(pk=garment.pk).update(garment=garment.pk)
    else:
        changed = garment.is_painted or garment.found_mask_key
        Garment.objects.filter(pk=garment.pk).update(**keys, **(facts if changed else {}))
    return before


def _own_masks(key: str) -> list[str]:
    """The key, where it is a corrected mask; found ones stay as long as their photo."""
    return [key] if "/corrected/" in key else []
