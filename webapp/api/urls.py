"""The addresses of the API and of the page that tells of it."""

from __future__ import annotations

from django.urls import path

from webapp.api.app import api
from webapp.api.page import developers

urlpatterns = [path("api/v1/", api.urls), path("developers/", developers, name="developers")]
