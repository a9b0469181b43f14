"""What every page needs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(_request: HttpRequest) -> dict[str, Any]:
    return {
        "max_upload_mb": settings.AIFASHION_MAX_UPLOAD_BYTES // (1024 * 1024),
        "anonymous_days": settings.AIFASHION_ANONYMOUS_DAYS,
    }
