"""Addresses of the site. Pages live in webapp.urls, health checks in webapp.health."""

from __future__ import annotations

from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path

urlpatterns = [path("admin/", admin.site.urls), path("", include("webapp.files"))]
for module in ("webapp.health", "webapp.api.urls", "webapp.urls"):
    if find_spec(module) is not None:
        urlpatterns.append(path("", include(module)))
