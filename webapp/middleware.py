"""A strict content security policy: nothing inline, nothing from elsewhere but pictures from the configured storage."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class ContentSecurityPolicyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        pictures = ["'self'", "data:", "blob:"]
        if settings.S3_BUCKET:
            endpoint = urlsplit(settings.S3_ENDPOINT_URL or "https://*.amazonaws.com")
            pictures.append(f"{endpoint.scheme}://{endpoint.netloc}")
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
