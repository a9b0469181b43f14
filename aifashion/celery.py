"""The Celery app. Tasks are sent by name, so whoever sends one need not import what runs it."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aifashion.settings")

app = Celery("aifashion", include=["workers.tasks", "workers.watch"])
app.config_from_object("django.conf:settings", namespace="CELERY")
