"""Collections, and many things in one zip."""

from __future__ import annotations

import uuid
from datetime import datetime

from ninja import Field, Schema

from webapp.api.schemas.base import AT, ID, OTHER_ID, Row, example
from webapp.api.schemas.patterns import PictureIn
from webapp.selectors.history import MOST_SELECTED


class CollectionOut(Row):
    """Prints and designs put together under a name; what is in it stays where it is."""

    name: str
    patterns: int = Field(description="How many are in it.")
    designs: int = Field(description="How many are in it.")
    created_at: datetime

    model_config = example(id=ID, name="Spring", patterns=12, designs=3, created_at=AT)


class CollectionList(Schema):
    items: list[CollectionOut]
    count: int


class CollectionIn(Schema):
    name: str = Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")

    model_config = example(name="Spring")


class KeptIn(Schema):
    patterns: list[uuid.UUID] = Field(default_factory=list, max_length=MOST_SELECTED)
    designs: list[uuid.UUID] = Field(default_factory=list, max_length=MOST_SELECTED)

    model_config = example(patterns=[OTHER_ID], designs=[])


class DownloadIn(PictureIn):
    patterns: list[uuid.UUID] = Field(default_factory=list)
    designs: list[uuid.UUID] = Field(default_factory=list)
    photos: list[uuid.UUID] = Field(default_factory=list, description="As they are kept, whatever the format.")
    print_files: list[uuid.UUID] = Field(default_factory=list, description="As they are; unfinished ones are left out.")

    model_config = example(patterns=[OTHER_ID], designs=[ID], format="jpg", side=2048)
