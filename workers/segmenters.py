"""The networks that find garments: fetched, and compared on photos."""

from __future__ import annotations

from collections.abc import Callable

from django.core.management import CommandError, call_command, get_commands
from django.utils import timezone
from django.utils.translation import gettext_noop
from PIL import Image

from webapp import files
from webapp.models import Photo, SegmentationModel
from webapp.services.segmenters import overlay_key
from webapp.uploads import preview_of
from workers import models_cache, pipeline
from workers.jobs import Attempt
from workers.messages import JobFailed

TINT = (214, 40, 120)
"""Colour laid over what a network takes for clothing, in the way of a highlighter."""


def fetch_segmenter(attempt: Attempt) -> Callable[[], None]:
    name = attempt.job.params["model"]
    if "fetch_model" not in get_commands():
        raise JobFailed(gettext_noop("This build has no command that fetches networks."))
    try:
        call_command("fetch_model", name)
    except CommandError as error:
        raise JobFailed(str(error)) from error
    models_cache.segmenter_named(name)  # proves that it loads
    return lambda: _mark(name)


def _mark(name: str) -> None:
    SegmentationModel.objects.filter(name=name).update(is_available=True, changed_at=timezone.now())


def compare_segmenters(attempt: Attempt) -> Callable[[], None]:
    asked = attempt.job.params
    photos = list(Photo.objects.filter(pk__in=asked["photos"]))
    steps = max(1, len(photos) * len(asked["models"]))
    done = 0
    for model in asked["models"]:
        segmenter = models_cache.segmenter_named(model)
        for photo in photos:
            pixels = pipeline.photo_pixels(photo)
            found = segmenter.find_garments(pixels, progress=attempt.part(done / steps, (done + 1) / steps))
            shown = Image.fromarray(pixels).convert("RGB")
            tint = Image.new("RGB", shown.size, TINT)
            mask = Image.fromarray(found.clothing).point(lambda value: value * 0.6)
            shown.paste(tint, mask=mask)
            files.store_bytes(overlay_key(attempt.job, str(photo.pk), model), preview_of(shown, 640))
            done += 1
    return lambda: None
