"""Categories in the admin."""

from __future__ import annotations

from django.contrib import admin

from webapp import models


@admin.register(models.Category)
class CategoryAdmin(admin.ModelAdmin):
    list_display = ("name", "slug", "position", "is_published", "active_version")
    list_editable = ("position", "is_published")
    prepopulated_fields = {"slug": ("name",)}
