"""Accounts and categories."""

from __future__ import annotations

from ninja import Field, Schema

from webapp.api.schemas.base import SITE, example
from webapp.services import MOST_LAYERS, MOST_PATTERNS


class LimitsOut(Schema):
    upload_megabytes: int = Field(description="Of one photo.")
    upload_pixels: int = Field(description="Of one photo.")
    print_file_pixels: int = Field(description="Of one print file.")
    jobs_at_once: int = Field(description="That wait or run, of all kinds together.")
    patterns_at_once: int = Field(description="In one request.")
    layers: int = Field(description="Of one design.")


class AccountOut(Schema):
    name: str
    limits: LimitsOut

    model_config = example(
        name="dana",
        limits={
            "upload_megabytes": 25,
            "upload_pixels": 64_000_000,
            "print_file_pixels": 150_000_000,
            "jobs_at_once": 60,
            "patterns_at_once": MOST_PATTERNS,
            "layers": MOST_LAYERS,
        },
    )


class CategoryOut(Schema):
    slug: str = Field(description="Its name in requests.")
    name: str
    description: str
    cover: str = Field(description="Address of a sample picture, which needs no token.")

    model_config = example(
        slug="floral",
        name="Floral",
        description="Blossoms and stems.",
        cover=f"{SITE}/static/categories/floral.webp",
    )


class CategoryList(Schema):
    items: list[CategoryOut]
