"""Photos, garments and the brush."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Literal

from ninja import Field, Schema

from webapp.api.schemas.base import AT, ID, OTHER_ID, SITE, example
from webapp.api.schemas.jobs import JobOut
from webapp.services.corrections import LABELS, MOST_STROKES


class GarmentOut(Schema):
    """A piece of clothing on a photo."""

    id: uuid.UUID
    label: str = Field(description="upper, lower, dress, shoes, bag or accessory; with a number for a second person.")
    name: str = Field(description="What a person would call it.")
    area: float = Field(description="Share of the photo that it covers, 0 to 1.")
    confidence: float = Field(description="How sure the network is, 0 to 1.")
    box: list[float] = Field(description="left, top, right, bottom in pixels of the photo.")
    mask: str = Field(description="Address of its mask, a greyscale PNG of the photo's size; needs the token.")

    model_config = example(
        id=OTHER_ID,
        label="upper",
        name="Top or coat",
        area=0.21,
        confidence=0.93,
        box=[120, 200, 610, 900],
        mask=f"{SITE}/api/v1/photos/{ID}/garments/{OTHER_ID}/mask",
    )


class GarmentList(Schema):
    items: list[GarmentOut]


class PhotoOut(Schema):
    id: uuid.UUID
    name: str = Field(description="The name of the file that was sent.")
    stock: str | None = Field(description="Set for the site's own garments, which everybody may use.")
    width: int
    height: int
    cm_per_px: float | None = Field(description="How many centimetres of the garment a pixel shows; a guess.")
    image: str = Field(description="Its address; needs the token.")
    ready: bool = Field(description="Whether its garments were looked for. Designs need it.")
    mask: str | None = Field(description="Address of the mask of all clothing, once it is ready.")
    garments: list[GarmentOut]
    created_at: datetime
    job: JobOut | None = Field(description="The job that looks for garments.")

    model_config = example(
        id=ID,
        name="me.jpg",
        stock=None,
        width=1200,
        height=1600,
        cm_per_px=0.11,
        image=f"{SITE}/api/v1/photos/{ID}/image",
        ready=True,
        mask=f"{SITE}/api/v1/photos/{ID}/mask",
        garments=[GarmentOut.model_config["json_schema_extra"]["examples"][0]],
        created_at=AT,
        job=None,
    )


class PhotoList(Schema):
    items: list[PhotoOut]
    count: int


class PhotosIn(Schema):
    stock: bool = Field(False, description="The site's own garments in place of your photos.")


class Stroke(Schema):
    mode: Literal["add", "erase"]
    radius: float = Field(allow_inf_nan=False, description="In pixels of the photo.")
    points: list[Annotated[list[float], Field(min_length=2, max_length=2)]] = Field(
        description="[x, y] in pixels of the photo, in the order of the brush."
    )


class CorrectionIn(Schema):
    garment: Literal["all", "new"] | uuid.UUID = Field(
        description="A garment's id; all for the mask of all clothing; new for a garment that was not found."
    )
    label: str = Field("", description=f"Of a new garment: {', '.join(LABELS)}.")
    strokes: list[Stroke] = Field(min_length=1, max_length=MOST_STROKES)

    model_config = example(
        garment=OTHER_ID, strokes=[{"mode": "erase", "radius": 24, "points": [[300, 420], [340, 450]]}]
    )


class UndoIn(Schema):
    garment: Literal["all"] | uuid.UUID = Field(description="Whose last correction to take back.")

    model_config = example(garment="all")
