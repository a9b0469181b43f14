"""A category deleted with all that hangs on it."""

from __future__ import annotations

from django.db.models import ProtectedError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from webapp import files
from webapp.errors import NotAllowed
from webapp.models import Category, Pattern, TrainingImage
from webapp.services import runs, versions
from webapp.services.common import delete_unused, rows_with_their_files


def delete_category(*, category: Category) -> None:
    """Delete a category with its images, runs and versions, and the files of all of them.

    Raises NotAllowed (a run is open, prints were made), StorageUnavailable; then every row is still there.
    """
    open_run = runs.open_run_of(category)
    if open_run is not None:
        raise NotAllowed(
            _("A run of %(category)s is %(state)s: cancel it first.")
            % {"category": category, "state": open_run.get_state_display()}
        )
    if prints := Pattern.objects.filter(version__category=category).count():
        raise NotAllowed(
            ngettext(
                "%(count)d print was made by versions of %(category)s, and it takes them to draw it again. Hide the "
                "category instead: nobody is offered it any more.",
                "%(count)d prints were made by versions of %(category)s, and it takes them to draw these again. Hide "
                "the category instead: nobody is offered it any more.",
                prints,
            )
            % {"count": prints, "category": category}
        )
    images = list(category.training_images.values_list("image_key", "thumbnail_key"))
    keys = {category.cover_key}
    keys.update(*map(runs.keys_of, category.runs.all()), *map(versions.keys_of, category.versions.all()))
    try:
        with rows_with_their_files():
            category.delete()
            for image_key, thumbnail_key in images:  # an image that was moved here may have a twin where it came from
                delete_unused(TrainingImage, "image_key", image_key)
                delete_unused(TrainingImage, "thumbnail_key", thumbnail_key)
            files.delete_keys(*keys)
    except ProtectedError:
        raise NotAllowed(_("A print was made of it just now, so it stays.")) from None
