"""What an owner has, and what everybody may use."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from webapp.errors import NotFound
from webapp.models import Category, Design, Owned, Pattern, Photo
from webapp.ownership import Owner

OwnedModel = TypeVar("OwnedModel", bound=Owned)


def get_owned(model: type[OwnedModel], *, owner: Owner, pk: uuid.UUID | str) -> OwnedModel:
    """A row of this owner. Raises NotFound, also for what belongs to someone else."""
    try:
        return model.objects.owned_by(owner).get(pk=pk)
    except (model.DoesNotExist, ValidationError, ValueError, TypeError):
        raise NotFound(
            _("This %(thing)s does not exist, or was deleted.") % {"thing": model._meta.verbose_name}
        ) from None


def get_photo(*, owner: Owner, pk: uuid.UUID | str) -> Photo:
    """A photo this owner may use: their own, or a stock garment. Raises NotFound."""
    try:
        stock = stock_photos().filter(pk=pk).first()
    except (ValidationError, ValueError, TypeError):
        raise NotFound(_("This photo does not exist, or was deleted.")) from None
    return stock or get_owned(Photo, owner=owner, pk=pk)


def stock_photos() -> QuerySet[Photo]:
    return Photo.objects.stock().prefetch_related("garments").order_by("stock_slug")


def finished_patterns(*, owner: Owner) -> QuerySet[Pattern]:
    """Finished patterns, newest first, also hidden ones."""
    return (
        Pattern.objects.owned_by(owner)
        .exclude(image_key="")
        .select_related("version__category")
        .order_by("-created_at", "seed")
    )


def wall_of(*, owner: Owner, category: Category) -> QuerySet[Pattern]:
    """Prints of a category on this owner's wall, also those that are still being drawn, newest first."""
    return (
        Pattern.objects.owned_by(owner)
        .filter(version__category=category, is_hidden=False)
        .select_related("version__category")
        .order_by("-created_at", "seed")
    )


def prints_among(*, owner: Owner, keys: Iterable[str]) -> list[Pattern]:
    """Those of these prints that are this owner's. Raises NotFound for what is no key at all."""
    try:
        return list(Pattern.objects.owned_by(owner).filter(pk__in=list(keys)).select_related("version__category"))
    except (ValidationError, ValueError):
        raise NotFound(_("There is no such print.")) from None


def photos_of(*, owner: Owner) -> QuerySet[Photo]:
    return Photo.objects.owned_by(owner).filter(stock_slug=None).prefetch_related("garments").order_by("-created_at")


def designs_of(*, owner: Owner) -> QuerySet[Design]:
    """Finished designs, newest first."""
    return (
        Design.objects.owned_by(owner)
        .exclude(image_key="")
        .select_related("photo")
        .prefetch_related("layers__pattern__version__category", "layers__garment")
        .order_by("-created_at")
    )
