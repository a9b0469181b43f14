"""Jobs."""

from __future__ import annotations

import uuid
from datetime import datetime

from ninja import Field, Schema

from webapp.api.schemas.base import AT, ID, OTHER_ID, Kind, State, example
from webapp.models import Job


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
