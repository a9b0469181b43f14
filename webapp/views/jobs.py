"""Jobs: polled, cancelled, tried again."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from webapp import selectors, services
from webapp.models import Job
from webapp.ownership import known_owner_of, owner_of
from webapp.refusals import back_of, refusals_as_messages
from webapp.views.common import place_in_line


@require_GET
@refusals_as_messages
def job(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The fragment that a page polls. When a search or a design ends it says so, and the page shows the result."""
    found = selectors.get_owned(Job, owner=known_owner_of(request), pk=pk)
    place_in_line(found)
    response = render(request, "webapp/_job.html", {"job": found})
    if found.state == Job.State.SUCCEEDED:
        response["HX-Trigger"] = "job-done"
    return response


@require_POST
@refusals_as_messages
def cancel(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    owner = owner_of(request)
    services.cancel_job(owner=owner, job=selectors.get_owned(Job, owner=owner, pk=pk))
    return HttpResponseRedirect(back_of(request))


@require_POST
@refusals_as_messages
def retry(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    owner = owner_of(request)
    services.retry_job(owner=owner, job=selectors.get_owned(Job, owner=owner, pk=pk))
    return HttpResponseRedirect(back_of(request))
