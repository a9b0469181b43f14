"""The admin's tables."""

from __future__ import annotations

from django.contrib import admin

from webapp import models


@admin.register(models.Category)
class CategoryAdmin(admin.ModelAdmin):
    list_display = ("name", "slug", "position", "is_published", "active_version")
    list_editable = ("position", "is_published")
    prepopulated_fields = {"slug": ("name",)}


@admin.register(models.ModelVersion)
class ModelVersionAdmin(admin.ModelAdmin):
    list_display = ("category", "number", "is_active", "weights_key", "created_at")
    list_filter = ("category", "is_active")
    readonly_fields = ("sha256", "weights_key", "header", "metrics", "created_at")


class GarmentInline(admin.TabularInline):
    model = models.Garment
    extra = 0
    readonly_fields = ("mask_key", "area", "confidence", "box")


@admin.register(models.Photo)
class PhotoAdmin(admin.ModelAdmin):
    list_display = ("original_name", "stock_slug", "width", "height", "created_at", "expires_at")
    list_filter = ("created_at",)
    readonly_fields = ("image_key", "preview_key", "clothing_mask_key", "sha256", "visitor")
    inlines = (GarmentInline,)


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


@admin.register(models.Garment)
class GarmentAdmin(admin.ModelAdmin):
    list_display = ("label", "photo", "area", "confidence")
    list_filter = ("label",)
    raw_id_fields = ("photo",)


@admin.register(models.Job)
class JobAdmin(admin.ModelAdmin):
    list_display = ("id", "kind", "state", "progress", "attempts", "queued_at", "finished_at")
    list_filter = ("kind", "state")
    raw_id_fields = ("pattern", "photo", "design")
    readonly_fields = ("params", "visitor", "heartbeat_at", "started_at", "finished_at")
