"""The networks that find garments: fetched, compared, switched. Workers read the choice with each photo."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from webapp.errors import BadRequest, NotReady
from webapp.models import Job, Photo, SegmentationModel
from webapp.services.common import queue_job

MOST_COMPARED = 6


@transaction.atomic
def activate_segmenter(*, model: SegmentationModel) -> None:
    """Let workers find garments with this network from their next photo on. Raises NotReady."""
    if not model.is_available:
        raise NotReady(_("%(model)s is not here yet: fetch it first.") % {"model": model})
    SegmentationModel.objects.filter(is_active=True).update(is_active=False)
    SegmentationModel.objects.filter(pk=model.pk).update(is_active=True, changed_at=timezone.now())


def fetch_segmenter(*, user: Any, model: SegmentationModel) -> Job:
    """Queue the fetching of a published network. Raises QueueUnavailable."""
    return queue_job(user=user, kind=Job.Kind.FETCH, params={"model": model.name})


def compare_segmenters(*, user: Any, models: list[SegmentationModel], photos: list[Photo]) -> Job:
    """Queue overlays of what each network finds on each photo. Raises BadRequest, QueueUnavailable."""
    ready = [model.name for model in models if model.is_available]
    if not ready or not 1 <= len(photos) <= MOST_COMPARED:
        raise BadRequest(
            _("Choose a network that is here, and 1 to %(most)d photos: your own and our drawings can be compared.")
            % {"most": MOST_COMPARED}
        )
    params = {"models": ready, "photos": [str(photo.pk) for photo in photos]}
    return queue_job(user=user, kind=Job.Kind.COMPARE, params=params)


def overlay_key(job: Job, photo: str, model: str) -> str:
    return f"comparisons/{job.pk}/{photo}-{model}.webp"
