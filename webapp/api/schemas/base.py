"""What the shapes share: example values, types, refusals."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal

from ninja import Field, Schema
from pydantic import ConfigDict, StringConstraints

ID = "6f1f7c1e-52a7-4be5-8f8a-0d3f4f6a9a10"
OTHER_ID = "0b9d7a52-3f0e-4d5c-9d55-4f2f6f6d2c11"
AT = "2026-11-25T09:30:00Z"
SITE = "https://fashion.example"

Slug = Annotated[str, StringConstraints(pattern=r"^[-a-zA-Z0-9_]{1,50}$")]
Colour = Annotated[str, StringConstraints(pattern="^#[0-9a-fA-F]{6}$")]
Repeat = Literal["basic", "half-drop", "half-brick", "mirror"]
FileFormat = Literal["png", "jpg", "tif"]
State = Literal["queued", "running", "succeeded", "failed", "cancelled"]
Kind = Literal["generate", "segment", "preview", "compose", "print"]


def example(**values: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [values]})


class Row(Schema):
    id: uuid.UUID


class NarrowIn(Schema):
    """What prints and designs are narrowed down to."""

    collection: uuid.UUID | None = Field(None, description="Only those in this collection.")
    favourite: bool | None = Field(None, description="Only favourites, or only others.")
    hidden: bool | None = Field(None, description="Only hidden ones, or only others.")


class ErrorDetail(Schema):
    code: str = Field(description="One word for programs; it stays when the message is worded better.")
    message: str = Field(description="What is wrong and what to do, for a person.")
    fields: list[dict[str, str]] | None = Field(
        None, description="With 422: each value that does not fit: field and message."
    )


class ErrorOut(Schema):
    error: ErrorDetail

    model_config = example(
        error={"code": "not_ready", "message": "A pattern of this design is not finished yet. Wait for it."}
    )
