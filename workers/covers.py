"""Covers of categories, drawn from their active version."""

from __future__ import annotations

import io
from collections.abc import Callable

from django.utils.translation import gettext_noop

from webapp.models import Category
from webapp.services.covers import COVER_SIDE, set_cover
from workers import models_cache
from workers.jobs import Attempt
from workers.messages import JobFailed


def draw_cover(attempt: Attempt) -> Callable[[], None]:
    import generator

    category = Category.objects.filter(pk=attempt.job.params["category"]).first()
    version = category.active_version if category else None
    if category is None or version is None:
        raise JobFailed(gettext_noop("The category has no active version any more."))
    loaded = models_cache.generator_of(version)
    drawn = generator.close_up(loaded, seed=attempt.job.params["seed"], side=COVER_SIDE, progress=attempt.part(0, 0.9))
    buffer = io.BytesIO()
    drawn.save(buffer, "PNG")
    return lambda: set_cover(category=category, picture=buffer.getvalue())
