"""Model versions in the admin."""

from __future__ import annotations

from django.contrib import admin

from webapp import models


@admin.register(models.ModelVersion)
class ModelVersionAdmin(admin.ModelAdmin):
    list_display = ("category", "number", "is_active", "weights_key", "created_at")
    list_filter = ("category", "is_active")
    readonly_fields = ("sha256", "weights_key", "header", "metrics", "created_at")
