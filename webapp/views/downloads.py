"""The views that hand out files: prints, designs, files for the printer, and many of them in one zip."""

from __future__ import annotations

import io
import posixpath
import uuid
from collections.abc import Sequence

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from webapp import exports, files, selectors, services
from webapp.models import Design, Job, Pattern, Photo
from webapp.ownership import known_owner_of
from webapp.refusals import refusals_as_messages


@require_GET
@refusals_as_messages
def download_pattern(request: HttpRequest, pk: uuid.UUID, extension: str) -> HttpResponse:
    return picture_response(selectors.get_owned(Pattern, owner=known_owner_of(request), pk=pk), extension)


@require_GET
@refusals_as_messages
def download_design(request: HttpRequest, pk: uuid.UUID, extension: str) -> HttpResponse:
    return picture_response(selectors.get_owned(Design, owner=known_owner_of(request), pk=pk), extension)


@require_GET
@refusals_as_messages
def download_print_file(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return print_file_response(selectors.get_owned(Job, owner=known_owner_of(request), pk=pk))


def picture_response(row: Pattern | Design, extension: str, side: int | None = None) -> HttpResponse:
    """A print or design as a file. Raises Http404, NotReady, NotFound, StorageUnavailable, Busy, OutOfMemory."""
    if extension not in exports.FORMATS:
        raise Http404(_("Downloads are PNG, JPG or TIF."))
    if not row.is_ready:
        raise services.NotReady(_("This picture is not finished yet. Wait for it."))
    try:
        data = exports.picture_as(row.image_key, extension, side)
    except FileNotFoundError as error:
        raise services.NotFound(_("The file of this picture is gone. Make it again with the same seed.")) from error
    except files.STORAGE_ERRORS as error:
        raise services.StorageUnavailable from error
    return FileResponse(io.BytesIO(data), as_attachment=True, filename=f"{exports.name_of(row)}.{extension}")


def print_file_response(job: Job) -> HttpResponse:
    """A file for the printer. Raises NotReady, NotFound, StorageUnavailable."""
    if job.kind != Job.Kind.PRINT or job.pattern is None:
        raise services.NotFound(_("This print file does not exist, or was deleted."))
    if job.state != Job.State.SUCCEEDED:
        raise services.NotReady(_("This print file is not finished yet. Wait for it."))
    return stored_response(job.file_key, exports.name_of(job), _("This print file is gone. Make it again."))


def photo_response(photo: Photo) -> HttpResponse:
    """A photo as it is kept. Raises NotFound, StorageUnavailable."""
    return stored_response(photo.image_key, exports.name_of(photo), "The file of this photo is gone. Upload it again.")


def several_response(rows: Sequence[exports.Exportable], extension: str, side: int | None) -> HttpResponse:
    """One row as its file, several as a zip, without print files that are not finished.

    Raises NotReady, NotFound, StorageUnavailable, Busy, OutOfMemory.
    """
    rows = [row for row in rows if not isinstance(row, Job) or row.state == Job.State.SUCCEEDED]
    if not rows:
        raise services.NotReady(_("These print files are not finished yet. Wait for them."))
    if len(rows) > 1:
        name = f"ai-fashion-{timezone.now():%Y-%m-%d-%H%M}.zip"
        pieces = exports.zipped(exports.members_of(rows, extension, side))
        response = StreamingHttpResponse(pieces, content_type="application/zip")
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response
    (row,) = rows
    if isinstance(row, Job):
        return print_file_response(row)
    if isinstance(row, Photo):
        return photo_response(row)
    return picture_response(row, extension, side)


def stored_response(key: str, name: str, gone: str) -> FileResponse:
    """A stored file under this name and its own extension. Raises NotFound, told in `gone`, StorageUnavailable."""
    try:
        file = files.open_file(key)
    except FileNotFoundError as error:
        raise services.NotFound(gone) from error
    except files.STORAGE_ERRORS as error:
        raise services.StorageUnavailable from error
    return FileResponse(file, as_attachment=True, filename=name + posixpath.splitext(key)[1])
