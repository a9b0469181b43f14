"""Designs: prints on the garments of a photo."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from webapp import files
from webapp.errors import BadRequest, NotReady
from webapp.models import Design, DesignLayer, Garment, Job, Pattern, Photo
from webapp.ownership import Owner
from webapp.services.common import delete_unused, must_own, rows_with_their_files, saved, send_or_delete

MOST_LAYERS = 12


@dataclass(frozen=True)
class LayerInput:
    """A pattern on one garment, or on all clothing when `garment` is None."""

    pattern: Pattern
    garment: Garment | None = None
    scale: float = 1.0
    rotation: float = 0.0
    offset_x: float = 0.0
    offset_y: float = 0.0


def create_design(*, owner: Owner, photo: Photo, layers: Sequence[LayerInput]) -> Job:
    """Queue a design, which is `job.design`. Raises BadRequest, NotFound, NotReady, TooManyJobs, QueueUnavailable."""
    if not photo.is_stock:
        must_own(owner, photo)
    if not 1 <= len(layers) <= MOST_LAYERS:
        raise BadRequest(_("A design has 1 to %(most)s patterns on it.") % {"most": MOST_LAYERS})
    if not photo.clothing_mask_key:
        raise NotReady(_("The clothes on this photo have not been found yet. Wait for that to finish."))
    for layer in layers:
        _check_layer(owner, photo, layer)
    parameters = {"photo": str(photo.pk), "layers": [_described(layer) for layer in layers]}
    with transaction.atomic():
        design = saved(Design(**owner.fields, photo=photo, parameters=parameters))
        for position, layer in enumerate(layers):
            saved(DesignLayer(design=design, position=position, **vars(layer)))
        job = saved(Job(**owner.fields, kind=Job.Kind.COMPOSE, design=design, params=parameters))
    send_or_delete(job, design)
    return job


def delete_design(*, owner: Owner, design: Design) -> None:
    """Raises NotFound, StorageUnavailable."""
    must_own(owner, design)
    with rows_with_their_files():
        design.delete()
        delete_pictures(design)


def delete_pictures(design: Design) -> None:
    """Delete the pictures of a design that was deleted, but for those that others of the same inputs show."""
    if design.is_ready and not Design.objects.filter(image_key=design.image_key).exists():
        files.delete_keys(design.image_key, design.shared_key)
    delete_unused(Design, "preview_key", design.preview_key)


def _check_layer(owner: Owner, photo: Photo, layer: LayerInput) -> None:
    must_own(owner, layer.pattern)
    if not layer.pattern.image_key:
        raise NotReady(_("A pattern of this design is not finished yet. Wait for it."))
    if layer.garment is not None and layer.garment.photo_id != photo.pk:
        raise BadRequest(_("This garment is not on this photo."))
    bounds = {"scale": (0.05, 20), "rotation": (-360, 360), "offset_x": (-1, 1), "offset_y": (-1, 1)}
    for name, (low, high) in bounds.items():
        value = getattr(layer, name)
        if not math.isfinite(value) or not low <= value <= high:
            raise BadRequest(
                _("%(what)s must be from %(low)s to %(high)s, not %(value)s.")
                % {"what": name.replace("_", " ").capitalize(), "low": low, "high": high, "value": value}
            )


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
