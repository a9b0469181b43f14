"""The shapes of what comes and goes. What the values mean is for the services; here are types, ranges and examples."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Field, Schema
from pydantic import ConfigDict, StringConstraints

from webapp.models import FIRST_REPEAT_CM, REPEAT_CM, Job
from webapp.services import LARGEST_SEED, MOST_COLOURS, MOST_LAYERS, MOST_PATTERNS
from webapp.services.corrections import LABELS, MOST_STROKES

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


class ErrorDetail(Schema):
    code: str = Field(description="One word for programs; it stays when the message is worded better.")
    message: str = Field(description="What is wrong and what to do, for a person.")
    fields: list[dict[str, str]] | None = Field(
        None, description="With 422: each value that does not fit, as `field` and `message`."
    )


class ErrorOut(Schema):
    error: ErrorDetail

    model_config = example(
        error={"code": "not_ready", "message": "A pattern of this design is not finished yet. Wait for it."}
    )


# Account and categories


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


# Jobs


class JobOut(Schema):
    id: uuid.UUID
    kind: Kind
    state: State = Field(description="The last three are final; ask again while it is one of the first two.")
    progress: float = Field(description="Of a running job, 0 to 1.")
    place: int = Field(description="Place in line: 1 is next, 0 waits no longer.")
    error: str = Field(description="Why it failed, and what to do.")
    attempts: int
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    pattern: uuid.UUID | None = Field(description="What it draws, or makes a file of.")
    photo: uuid.UUID | None = Field(description="Whose garments it finds.")
    design: uuid.UUID | None = Field(description="What it composes.")

    model_config = example(
        id=ID,
        kind=Job.Kind.GENERATE.value,
        state=Job.State.RUNNING.value,
        progress=0.4,
        place=0,
        error="",
        attempts=1,
        queued_at=AT,
        started_at=AT,
        finished_at=None,
        pattern=OTHER_ID,
        photo=None,
        design=None,
    )


JOB_EXAMPLE = JobOut.model_config["json_schema_extra"]["examples"][0]


class JobList(Schema):
    items: list[JobOut]
    count: int


class JobsIn(Schema):
    state: State | None = Field(None, description="Only these.")
    kind: Kind | None = Field(None, description="Only these.")


# Patterns


class Mix(Schema):
    seed: int
    share: float = Field(description="How far the print goes to this seed's, 0 to 1.")


class Row(Schema):
    id: uuid.UUID


class Recipe(Schema):
    """What it takes to draw a print again."""

    category: str
    version: int = Field(description="Of the category's generator.")
    seed: int = Field(description="Up to 2^63 - 1: more digits than a JavaScript number holds.")
    size: int = Field(description="Width and height in pixels. The print repeats without a seam.")
    mixes: list[Mix] = Field(description="Other seeds mixed in, in this order.")
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


class PatternsIn(Schema):
    category: Slug | None = Field(None, description="Only of this category.")
    favourite: bool | None = Field(None, description="Only favourites, or only others.")
    hidden: bool | None = Field(None, description="Only hidden ones, or only others.")


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


# Print files


class PrintFileIn(Schema):
    repeat: Repeat = "basic"
    tile_cm: float = Field(
        FIRST_REPEAT_CM, ge=0.5, le=300, allow_inf_nan=False, description="Width of one tile on the cloth."
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


# Photos


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


# Designs


class LayerIn(Schema):
    pattern: uuid.UUID
    garment: uuid.UUID | None = Field(None, description="A garment of the photo; null for all clothing.")
    repeat_cm: float = Field(
        FIRST_REPEAT_CM,
        ge=0.05 * REPEAT_CM,
        le=20 * REPEAT_CM,
        allow_inf_nan=False,
        description="Width of one repeat on the cloth.",
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


class DesignsIn(Schema):
    favourite: bool | None = Field(None, description="Only favourites, or only others.")
    hidden: bool | None = Field(None, description="Only hidden ones, or only others.")
