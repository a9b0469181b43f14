"""Jobs: asked for, cancelled, tried again."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from webapp import services
from webapp.api.openapi import extra, starts
from webapp.api.requests import PageIn, owner_of, page_of
from webapp.api.rows import job_out
from webapp.api.schemas.jobs import JobList, JobOut, JobsIn
from webapp.models import Job
from webapp.selectors import listing

router = Router(tags=["Jobs"])


@router.get("/jobs", response=JobList)
def list_jobs(request: HttpRequest, asked: Query[JobsIn], page: Query[PageIn]) -> Any:
    """Your jobs, newest first."""
    narrowed = asked.model_dump(exclude_none=True)
    return page_of(listing.jobs_of(owner=owner_of(request)).filter(**narrowed), page, job_out)


@router.get("/jobs/{uuid:job}", response=JobOut, openapi_extra=extra(404))
def get_job(request: HttpRequest, job: uuid.UUID) -> Any:
    """How far a job is. Once a second is often enough to ask."""
    return job_out(_job(request, job))


@router.post("/jobs/{uuid:job}/cancel", response=JobOut, openapi_extra=extra(404))
def cancel_job(request: HttpRequest, job: uuid.UUID) -> Any:
    """Stop a job that waits or runs; one that has ended stays as it ended."""
    return job_out(services.cancel_job(owner=owner_of(request), job=_job(request, job)))


@router.post("/jobs/{uuid:job}/retry", response={202: JobOut}, openapi_extra=starts(404))
def retry_job(request: HttpRequest, job: uuid.UUID) -> Any:
    """Queue a job again that failed or was cancelled."""
    return job_out(services.retry_job(owner=owner_of(request), job=_job(request, job)))


def _job(request: HttpRequest, pk: uuid.UUID) -> Job:
    return listing.pick(listing.jobs_of(owner=owner_of(request)), pk)
