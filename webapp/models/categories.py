"""Kinds of print, as the site's pages name them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from webapp.models.versions import ModelVersion


class CategoryQuerySet(models.QuerySet):
    def published(self) -> CategoryQuerySet:
        return self.filter(is_published=True)


class ShippedCategory(models.Model):
    """A category that came with the site and was set up once: one that an admin deletes does not come back."""

    slug = models.SlugField(primary_key=True)

    def __str__(self) -> str:
        return self.slug


class Category(models.Model):
    slug = models.SlugField(unique=True, help_text="Used in addresses and as the name of the weight file.")
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=300, blank=True, help_text="One line shown under the name.")
    position = models.PositiveIntegerField(default=0, help_text="Smaller numbers come first.")
    is_published = models.BooleanField(default=False, help_text="Shown on the site.")
    cover_key = models.CharField(max_length=300, blank=True, editable=False)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        ordering = ("position", "name")
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name

    @property
    def cover(self) -> str:
        """Where the sample picture of the category is: its own, else the one that came with the site, else none."""
        from django.contrib.staticfiles import finders
        from django.templatetags.static import static

        from webapp import files

        if self.cover_key:
            return files.file_url(self.cover_key, self)
        name = f"categories/{self.slug}.webp"
        return static(name if finders.find(name) else "categories/none.svg")

    @property
    def holder(self) -> str:
        """Covers are everybody's."""
        return ""

    @property
    def active_version(self) -> ModelVersion | None:
        return self.versions.filter(is_active=True).first()
