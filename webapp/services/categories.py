"""A category deleted with all that hangs on it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import ProtectedError, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from webapp import files
from webapp.errors import NotAllowed
from webapp.models import Category, ModelVersion, Pattern, TrainingImage, TrainingRun, VersionEvent
from webapp.services import runs, versions
from webapp.services.common import rows_with_their_files


def delete_category(*, category: Category) -> None:
    """Delete a category with its images, runs and versions, and the files of all of them.

    Raises NotAllowed (a run is open, prints were made), StorageUnavailable; then every row is still there.
    """
    if reason := why_it_stays(category):
        raise NotAllowed(reason)
    keys = files_of(category)
    try:
        with rows_with_their_files():
            category.delete()
            files.delete_keys(*keys - _shown_by(TrainingImage.objects.all(), keys))  # one was moved just now
    except ProtectedError:
        raise NotAllowed(_("A print was made of it just now, so it stays.")) from None


def why_it_stays(category: Category) -> str:
    """Why a category cannot be deleted now; empty when it can."""
    open_run = runs.open_run_of(category)
    if open_run is not None:
        return _("A run of %(category)s is %(state)s: cancel it first.") % {
            "category": category,
            "state": open_run.get_state_display(),
        }
    prints = Pattern.objects.filter(version__category=category).count()
    if not prints:
        return ""
    return ngettext(
        "%(count)d print was made by versions of %(category)s, and it takes them to draw it again. Hide the "
        "category instead: nobody is offered it any more.",
        "%(count)d prints were made by versions of %(category)s, and it takes them to draw these again. Hide "
        "the category instead: nobody is offered it any more.",
        prints,
    ) % {"count": prints, "category": category}


def contents_of(categories: Sequence[Category]) -> list[QuerySet]:
    """The rows that go with categories, by kind: images, versions, runs, and then the parts of these."""
    of_them = TrainingRun.objects.filter(category__in=categories)
    return [
        TrainingImage.objects.filter(category__in=categories),
        ModelVersion.objects.filter(category__in=categories),
        of_them,
        *runs.parts_of(of_them),
        VersionEvent.objects.filter(category__in=categories),
    ]


def files_of(category: Category) -> set[str]:
    """The keys of the files that go with a category."""
    images = {key for keys in category.training_images.values_list("image_key", "thumbnail_key") for key in keys}
    # An image that was moved may have a twin where it came from, or here.
    keys = {category.cover_key, *images - _shown_by(TrainingImage.objects.exclude(category=category), images)}
    keys.update(*map(runs.keys_of, category.runs.all()), *map(versions.keys_of, category.versions.all()))
    return keys - {""}


def _shown_by(images: QuerySet[TrainingImage], keys: set[str]) -> set[str]:
    """Those of the keys that images point to."""
    fields = ("image_key", "thumbnail_key")
    return {key for field in fields for key in images.values_list(field, flat=True) if key in keys}
