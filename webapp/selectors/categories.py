"""The categories that the site shows."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from webapp.errors import NotFound
from webapp.models import Category, ModelVersion


def published_categories() -> QuerySet[Category]:
    """Categories on the site: published, with a version to generate with. Each has `.cover`."""
    active = ModelVersion.objects.filter(category=OuterRef("pk"), is_active=True)
    return Category.objects.published().filter(Exists(active))


def get_category(*, slug: str) -> Category:
    """A published category. Raises NotFound."""
    category = published_categories().filter(slug=slug).first()
    if category is None:
        raise NotFound(_("There is no such category."))
    return category
