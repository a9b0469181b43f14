"""The first page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from webapp import selectors


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "webapp/home.html", {"categories": selectors.published_categories()})
