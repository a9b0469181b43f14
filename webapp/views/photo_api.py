"""What the studio's scripts ask about a photo, as JSON: preview maps, and the brush."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.core.exceptions import RequestDataTooBig, ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from webapp import errors, previews, selectors, services
from webapp.models import Garment, Photo
from webapp.ownership import known_owner_of, owner_of
from webapp.refusals import refusals_as_json

MOST_BYTES = 512 * 1024


@require_http_methods(["GET", "POST"])
@refusals_as_json
def preview(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The photo's preview maps; asking for what is missing has it made, and posting what failed, too."""
    owner = known_owner_of(request)
    photo = selectors.get_photo(owner=owner, pk=pk)
    found = previews.preview_of(photo, owner=owner)
    again = request.method == "POST" and found["state"] == "failed"
    if photo.clothing_mask_key and (again or found["state"] == "working"):
        job = services.request_preview(owner=owner_of(request), photo=photo)
        found = {**found, "state": "working", "error": "", "job": str(job.pk)}
    response = JsonResponse(found)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@refusals_as_json
def correct(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    owner = owner_of(request)
    photo = selectors.get_photo(owner=owner, pk=pk)
    asked = _body_of(request)
    target = _target_of(photo, asked, ("all", "new"))
    label = asked.get("label", "")
    job = services.correct_garment(owner=owner, photo=photo, target=target, strokes=asked.get("strokes"), label=label)
    return JsonResponse({"job": str(job.pk)}, status=202)


@require_POST
@refusals_as_json
def undo(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    owner = owner_of(request)
    photo = selectors.get_photo(owner=owner, pk=pk)
    target = _target_of(photo, _body_of(request), ("all",))
    job = services.undo_correction(owner=owner, photo=photo, target=target)
    return JsonResponse({"job": str(job.pk)}, status=202)


def _body_of(request: HttpRequest) -> dict[str, Any]:
    try:
        body = request.body
    except RequestDataTooBig:
        body = b" " * (MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise errors.BadRequest(
            _("This is more than %(most)s kB of strokes. Send it in two parts.") % {"most": MOST_BYTES // 1024}
        )
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        raise errors.BadRequest(_("The strokes did not come as JSON. Reload the page and try again.")) from None
    if not isinstance(asked, dict):
        raise errors.BadRequest(_('Expected an object with "garment" and "strokes".'))
    return asked


def _target_of(photo: Photo, asked: dict[str, Any], words: tuple[str, ...]) -> Any:
    target = asked.get("garment")
    if target in words:
        return target
    try:
        return Garment.objects.get(photo=photo, pk=target)
    except (Garment.DoesNotExist, ValidationError, ValueError, TypeError):
        raise errors.NotFound(_("This garment is not on this photo, or is gone by now.")) from None
