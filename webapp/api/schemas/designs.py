"""Designs and the links that show them."""

from __future__ import annotations

import uuid
from datetime import datetime

from ninja import Field, Schema

from webapp.api.schemas.base import AT, ID, OTHER_ID, SITE, example
from webapp.api.schemas.jobs import JobOut
from webapp.api.schemas.patterns import RECIPE, Recipe
from webapp.models import FIRST_REPEAT_CM, REPEAT_CM
from webapp.services import MOST_LAYERS


class LayerIn(Schema):
    pattern: uuid.UUID
    garment: uuid.UUID | None = Field(None, description="A garment of the photo; null for all clothing.")
    repeat_cm: float | None = Field(
        None,
        ge=0.05 * REPEAT_CM,
        le=20 * REPEAT_CM,
        allow_inf_nan=False,
        description="Width of one repeat on the cloth; left out, the one that the studio begins with.",
    )
    rotation: float = Field(0, ge=-360, le=360, allow_inf_nan=False, description="Degrees.")
    offset_x: float = Field(0, ge=-1, le=1, allow_inf_nan=False, description="Shift to the right, in repeats.")
    offset_y: float = Field(0, ge=-1, le=1, allow_inf_nan=False, description="Shift down, in repeats.")


class DesignIn(Schema):
    photo: uuid.UUID = Field(description="A photo of yours, or a stock garment.")
    layers: list[LayerIn] = Field(min_length=1, max_length=MOST_LAYERS)

    model_config = example(
        photo=ID, layers=[{"pattern": OTHER_ID, "garment": None, "repeat_cm": FIRST_REPEAT_CM, "rotation": 0}]
    )


class LayerOut(Recipe):
    """A print as it was laid on a garment. The recipe stays when the pattern is deleted."""

    pattern: uuid.UUID | None = Field(description="null once the pattern was deleted.")
    garment: uuid.UUID | None = Field(description="null for all clothing.")
    label: str = Field(description="Of the garment; all for all clothing.")
    repeat_cm: float
    rotation: float
    offset_x: float
    offset_y: float


class ShareOut(Schema):
    url: str = Field(description="Whoever has this address sees the design, until the link is revoked.")
    created_at: datetime

    model_config = example(url=f"{SITE}/s/Zk3…/", created_at=AT)


class DesignOut(Schema):
    """Prints on the garments of a photo."""

    id: uuid.UUID
    photo: uuid.UUID
    layers: list[LayerOut]
    ready: bool
    image: str | None = Field(description="Its address once it is ready; needs the token.")
    share: ShareOut | None = Field(description="The link that shows it to others, if there is one.")
    favourite: bool
    hidden: bool
    created_at: datetime
    job: JobOut | None = Field(description="The job that composes it.")

    model_config = example(
        id=ID,
        photo=OTHER_ID,
        layers=[
            {
                **RECIPE,
                "pattern": OTHER_ID,
                "garment": None,
                "label": "all",
                "repeat_cm": FIRST_REPEAT_CM,
                "rotation": 0,
                "offset_x": 0,
                "offset_y": 0,
            }
        ],
        ready=True,
        image=f"{SITE}/api/v1/designs/{ID}/image",
        share=None,
        favourite=False,
        hidden=False,
        created_at=AT,
        job=None,
    )


class DesignList(Schema):
    items: list[DesignOut]
    count: int
