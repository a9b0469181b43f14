"""The views that hand out files: prints, designs, and files for the printer."""

from __future__ import annotations

import io
import uuid

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET
from PIL import Image

from webapp import files, selectors, services
from webapp.models import Design, Job, Pattern
from webapp.ownership import owner_of
from webapp.refusals import refusals_as_messages


@require_GET
@refusals_as_messages
def download_pattern(request: HttpRequest, pk: uuid.UUID, extension: str) -> HttpResponse:
    pattern = selectors.get_owned(Pattern, owner=owner_of(request), pk=pk)
    apart = f"-{str(pattern.pk)[:8]}" if pattern.latent else ""
    return _download(pattern.image_key, f"{pattern.category.slug}-{pattern.seed}{apart}-{pattern.size}px", extension)


@require_GET
@refusals_as_messages
def download_design(request: HttpRequest, pk: uuid.UUID, extension: str) -> HttpResponse:
    design = selectors.get_owned(Design, owner=owner_of(request), pk=pk)
    return _download(design.image_key, f"design-{str(design.pk)[:8]}", extension)


@require_GET
@refusals_as_messages
def download_print_file(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    found = selectors.get_owned(Job, owner=owner_of(request), pk=pk)
    if found.kind != Job.Kind.PRINT or found.pattern is None:
        raise services.NotFound("This print file does not exist, or was deleted.")
    if found.state != Job.State.SUCCEEDED:
        raise services.NotReady("This print file is not finished yet. Wait for it.")
    asked = found.params
    name = (
        f"{found.pattern.category.slug}-{found.pattern.seed}-{asked['repeat']}-{asked['tile_cm']:g}cm-{asked['dpi']}dpi"
    )
    try:
        file = files.open_file(found.file_key)
    except FileNotFoundError as error:
        raise services.NotFound("This print file is gone. Make it again.") from error
    except files.STORAGE_ERRORS as error:
        raise services.StorageUnavailable from error
    return FileResponse(file, as_attachment=True, filename=f"{name}.{asked['extension']}")


def _download(key: str, name: str, extension: str) -> HttpResponse:
    if extension not in {"png", "jpg"}:
        raise Http404("Downloads are PNG or JPG.")
    if not key:
        raise services.NotReady("This picture is not finished yet. Wait for it.")
    try:
        data = files.read_bytes(key)
    except FileNotFoundError as error:
        raise services.NotFound("The file of this picture is gone. Make it again with the same seed.") from error
    except files.STORAGE_ERRORS as error:
        raise services.StorageUnavailable from error
    if not key.endswith(f".{extension}"):
        data = _converted(data, extension)
    return FileResponse(io.BytesIO(data), as_attachment=True, filename=f"{name}.{extension}")


def _converted(data: bytes, extension: str) -> bytes:
    picture, buffer = Image.open(io.BytesIO(data)), io.BytesIO()
    if extension == "png":
        picture.save(buffer, "PNG")
    else:
        # JPEG knows no transparency: what is see-through lies on white, as on a page.
        flat = Image.new("RGB", picture.size, "white")
        rgba = picture.convert("RGBA")
        flat.paste(rgba, mask=rgba.getchannel("A"))
        flat.save(buffer, "JPEG", quality=95, subsampling=0)
    return buffer.getvalue()
