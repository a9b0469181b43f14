"""Whose token it is, and the categories of the site."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Router

from webapp import selectors, services
from webapp.api.openapi import extra
from webapp.api.schemas.account import AccountOut, CategoryList, CategoryOut
from webapp.api.schemas.base import Slug
from webapp.models import Category

router = Router()


@router.get("/account", response=AccountOut, tags=["Account"])
def get_account(request: HttpRequest) -> Any:
    """The account of this token, and the limits of one request."""
    return {
        "name": request.auth.get_username(),
        "limits": {
            "upload_megabytes": settings.AIFASHION_MAX_UPLOAD_BYTES // (1024 * 1024),
            "upload_pixels": settings.AIFASHION_MAX_UPLOAD_PIXELS,
            "print_file_pixels": settings.AIFASHION_MAX_PRINT_PIXELS,
            "jobs_at_once": settings.AIFASHION_MAX_ACTIVE_JOBS,
            "patterns_at_once": services.MOST_PATTERNS,
            "layers": services.MOST_LAYERS,
        },
    }


@router.get("/categories", response=CategoryList, tags=["Categories"])
def list_categories(request: HttpRequest) -> Any:
    """The categories that prints can be drawn of, in the order of the site."""
    return {"items": [_category_out(request, row) for row in selectors.published_categories()]}


@router.get("/categories/{slug}", response=CategoryOut, tags=["Categories"], openapi_extra=extra(404))
def get_category(request: HttpRequest, slug: Slug) -> Any:
    """One category."""
    return _category_out(request, selectors.get_category(slug=slug))


def _category_out(request: HttpRequest, category: Category) -> dict[str, Any]:
    return {
        "slug": category.slug,
        "name": category.name,
        "description": category.description,
        "cover": request.build_absolute_uri(category.cover),
    }
