"""Jobs in the admin."""

from __future__ import annotations

from django.contrib import admin

from webapp import models


@admin.register(models.Job)
class JobAdmin(admin.ModelAdmin):
    list_display = ("id", "kind", "state", "progress", "attempts", "queued_at", "finished_at")
    list_filter = ("kind", "state")
    raw_id_fields = ("pattern", "photo", "design")
    readonly_fields = ("params", "visitor", "heartbeat_at", "started_at", "finished_at")
