"""Prints and designs in the admin."""

from __future__ import annotations

from django.contrib import admin

from webapp import models


@admin.register(models.Pattern)
class PatternAdmin(admin.ModelAdmin):
    list_display = ("version", "seed", "size", "is_favourite", "is_hidden", "created_at")
    list_filter = ("version__category", "is_hidden")
    list_select_related = ("version__category",)
    readonly_fields = ("image_key", "visitor")


class LayerInline(admin.TabularInline):
    model = models.DesignLayer
    extra = 0
    raw_id_fields = ("garment", "pattern")


@admin.register(models.Design)
class DesignAdmin(admin.ModelAdmin):
    list_display = ("id", "photo", "created_at")
    list_select_related = ("photo",)
    raw_id_fields = ("photo",)
    readonly_fields = ("image_key", "preview_key", "visitor")
    inlines = (LayerInline,)
