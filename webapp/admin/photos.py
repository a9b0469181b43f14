"""Photos and their garments in the admin."""

from __future__ import annotations

from django.contrib import admin

from webapp import models


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


@admin.register(models.Garment)
class GarmentAdmin(admin.ModelAdmin):
    list_display = ("label", "photo", "area", "confidence")
    list_filter = ("label",)
    raw_id_fields = ("photo",)
