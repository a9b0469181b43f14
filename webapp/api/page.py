"""The page of the site that tells of the API."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from webapp import selectors
from webapp.api import reference


@require_GET
@gzip_page  # of some forty operations with much the same words
def developers(request: HttpRequest) -> HttpResponse:
    first = selectors.published_categories().first()
    context = {
        "sections": reference.sections(),
        "refusal": reference.refusal(),
        "site": f"{request.scheme}://{request.get_host()}",
        "category": first.slug if first else "floral",
    }
    return render(request, "webapp/developers.html", context)
