"""Probes answered by address, HEAD wherever GET is, 503 for what does not answer, and a strict content security policy:
nothing inline, pictures only from our storage."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve

from webapp.errors import Unavailable

logger = logging.getLogger(__name__)


class ProbeMiddleware:
    """Stands before the check of host names: whoever probes a process knows its address, not the site's name."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            probe = resolve(request.path_info, urlconf="webapp.health")
        except Resolver404:
            return self.get_response(request)
        return probe.func(request)


class HeadMiddleware:
    """Lets views and the API name GET alone: HEAD is answered as GET is, and the server leaves the body out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method != "HEAD":
            return self.get_response(request)
        request.method = "GET"
        try:
            return self.get_response(request)
        finally:
            request.method = "HEAD"


class UnavailableMiddleware:
    """Answers with 503, a page that says why, and when to ask again, where a view needed what does not answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Unavailable):
            return None
        logger.error("%s: %s", request.path, error.message, exc_info=error)
        response = render(request, "webapp/unavailable.html", {"message": error.message}, status=error.status)
        response["Retry-After"] = str(error.retry_after)
        return response


class ContentSecurityPolicyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        pictures = ["'self'", "data:", "blob:"]
        if settings.S3_BUCKET and settings.S3_SIGNED_LINKS:
            pictures.append(default_storage.origin)
        self.policy = "; ".join(
            (
                "default-src 'self'",
                f"img-src {' '.join(pictures)}",
                "object-src 'none'",
                "base-uri 'none'",
                "form-action 'self'",
                "frame-ancestors 'none'",
            )
        )

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.policy)
        return response
