"""Files of prints for the printer."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from webapp import selectors, services
from webapp.api.openapi import PICTURES, extra, starts
from webapp.api.requests import PageIn, owner_of, page_of
from webapp.api.rows import print_file_out
from webapp.api.schemas.patterns import PrintFileIn, PrintFileList, PrintFileOut
from webapp.models import Job
from webapp.selectors import listing
from webapp.views import downloads

router = Router(tags=["Print files"])


@router.post(
    "/patterns/{uuid:pattern}/print-files",
    response={202: PrintFileOut},
    openapi_extra=starts(404, 409),
)
def make_print_file(request: HttpRequest, pattern: uuid.UUID, asked: PrintFileIn) -> Any:
    """Make one repeat of a print into a file of a true size, with finer detail where it is large."""
    row = listing.pick(listing.patterns_of(owner=owner_of(request)), pattern)
    job = services.make_print_file(
        owner=owner_of(request),
        pattern=row,
        repeat=asked.repeat,
        tile_cm=asked.tile_cm or row.first_repeat_cm,
        dpi=asked.dpi,
        extension=asked.format,
    )
    return print_file_out(request, job)


@router.get("/print-files", response=PrintFileList)
def list_print_files(request: HttpRequest, page: Query[PageIn]) -> Any:
    """Your print files, newest first."""
    return page_of(_print_files(request), page, lambda row: print_file_out(request, row))


@router.get("/print-files/{uuid:print_file}", response=PrintFileOut, openapi_extra=extra(404))
def get_print_file(request: HttpRequest, print_file: uuid.UUID) -> Any:
    """What one print file is, and whether it is ready."""
    return print_file_out(request, listing.pick(_print_files(request), print_file))


@router.get("/print-files/{uuid:print_file}/file", openapi_extra=extra(404, 409, 503, sends=PICTURES))
def download_print_file(request: HttpRequest, print_file: uuid.UUID) -> HttpResponse:
    """The file itself."""
    return downloads.print_file_response(listing.pick(_print_files(request), print_file))


@router.delete("/print-files/{uuid:print_file}", response={204: None}, openapi_extra=extra(404))
def delete_print_file(request: HttpRequest, print_file: uuid.UUID) -> Any:
    """Delete a print file for good. Its print stays and can make it again."""
    services.delete_rows(owner=owner_of(request), rows=[listing.pick(_print_files(request), print_file)])


def _print_files(request: HttpRequest) -> QuerySet[Job]:
    return selectors.print_files_of(owner=owner_of(request))
