"""Prints, and files of them for the printer."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Literal

from ninja import Field, Schema

from webapp.api.schemas.base import AT, ID, OTHER_ID, SITE, Colour, FileFormat, NarrowIn, Repeat, Row, Slug, example
from webapp.api.schemas.jobs import JOB_EXAMPLE, JobOut
from webapp.services import LARGEST_SEED, MOST_COLOURS, MOST_PATTERNS


class Mix(Schema):
    seed: int
    share: float = Field(description="How far the print goes to this seed's, 0 to 1.")


class Recipe(Schema):
    """What it takes to draw a print again."""

    category: str
    version: int = Field(description="Of the category's generator.")
    seed: int = Field(description="Up to 2^63 - 1: more digits than a JavaScript number holds.")
    size: int = Field(description="Width and height in pixels. The print repeats without a seam.")
    mixes: list[Mix] = Field(
        description="Other seeds mixed in, in this order. The last one of a variation is settled once it is drawn."
    )
    palette: list[str] = Field(description="Its colours, where it was recoloured.")


RECIPE = {"category": "floral", "version": 1, "seed": 7, "size": 512, "mixes": [], "palette": []}


class PatternOut(Recipe, Row):
    """A print: one tile that repeats without a seam."""

    ready: bool = Field(description="Whether it is drawn.")
    image: str | None = Field(description="Its address once it is ready; needs the token.")
    colours: list[str] = Field(description="Its main colours, from dark to light.")
    favourite: bool
    hidden: bool
    created_at: datetime
    job: JobOut | None = Field(description="The job that draws it.")

    model_config = example(
        id=OTHER_ID,
        **RECIPE,
        ready=True,
        image=f"{SITE}/api/v1/patterns/{OTHER_ID}/image",
        colours=["#1d2b53", "#ff77a8"],
        favourite=False,
        hidden=False,
        created_at=AT,
        job={**JOB_EXAMPLE, "state": "succeeded", "progress": 1.0, "finished_at": AT},
    )


class PatternList(Schema):
    items: list[PatternOut]
    count: int


class NewPatterns(Schema):
    items: list[PatternOut]


class PatternsIn(NarrowIn):
    category: Slug | None = Field(None, description="Only of this category.")


class GenerateIn(Schema):
    category: Slug = Field(description="The slug of a category.")
    count: int = Field(1, ge=1, le=MOST_PATTERNS, description="How many; their seeds follow each other.")
    seed: int | None = Field(
        None, ge=0, le=LARGEST_SEED, description="The same seed draws the same print; leave it out for new ones."
    )

    model_config = example(category="floral", count=2, seed=7)


class VaryIn(Schema):
    count: int = Field(4, ge=1, le=MOST_PATTERNS)
    share: float = Field(0.3, ge=0.05, le=0.9, description="How different: near 0 the print itself, near 1 another.")

    model_config = example(count=4, share=0.3)


class MixIn(Schema):
    other: uuid.UUID = Field(description="Another pattern of yours, of the same category and version.")
    share: float = Field(0.5, ge=0.05, le=0.95, description="How far it goes to the other.")

    model_config = example(other=OTHER_ID, share=0.5)


class RecolourIn(Schema):
    palette: list[Colour] = Field(min_length=1, max_length=MOST_COLOURS, description="Each as #rrggbb.")

    model_config = example(palette=["#1d2b53", "#ff77a8"])


class MarksIn(Schema):
    favourite: bool | None = Field(None, description="Leave out what is to stay as it is.")
    hidden: bool | None = Field(None, description="Hidden rows are left out of the pages, and not deleted.")

    model_config = example(favourite=True)


class PictureIn(Schema):
    format: FileFormat = "png"
    side: int | None = Field(None, ge=16, le=8192, description="Make its longest side no longer than this.")


class PrintFileIn(Schema):
    repeat: Repeat = "basic"
    tile_cm: float | None = Field(
        None,
        ge=0.5,
        le=300,
        allow_inf_nan=False,
        description="Width of one tile on the cloth; left out, the one that the studio begins with.",
    )
    dpi: Literal[72, 150, 300, 600] = 150
    format: FileFormat = "png"

    model_config = example(repeat="half-drop", tile_cm=20, dpi=150, format="tif")


class PrintFileOut(Schema):
    """One repeat of a print as a file of a true size."""

    id: uuid.UUID
    pattern: uuid.UUID
    repeat: str
    tile_cm: float
    dpi: int
    format: str
    ready: bool
    file: str | None = Field(description="Its address once it is ready; needs the token. It is kept for some days.")
    job: JobOut

    model_config = example(
        id=ID,
        pattern=OTHER_ID,
        repeat="half-drop",
        tile_cm=20,
        dpi=150,
        format="tif",
        ready=False,
        file=None,
        job={**JOB_EXAMPLE, "kind": "print"},
    )


class PrintFileList(Schema):
    items: list[PrintFileOut]
    count: int
