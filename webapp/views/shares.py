"""Links that show a design to whoever has them: its picture and how its prints were drawn, nothing else."""

from __future__ import annotations

import io
import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from PIL import Image

from webapp import files, selectors, services
from webapp.models import Design
from webapp.ownership import owner_of
from webapp.refusals import back_of, refusals_as_messages

SIDE = 2048
"""The longest side of a shared picture, in pixels."""


@require_POST
@refusals_as_messages
def share(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    owner = owner_of(request)
    made = services.share_design(owner=owner, design=selectors.get_owned(Design, owner=owner, pk=pk))
    address = request.build_absolute_uri(reverse("shared", args=[made.token]))
    messages.success(request, _("Whoever has this link sees the design, until you revoke it: %s") % address)
    return HttpResponseRedirect(back_of(request))


@require_POST
@refusals_as_messages
def revoke(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    owner = owner_of(request)
    services.revoke_share(owner=owner, share=selectors.get_share(owner=owner, pk=pk))
    messages.success(request, _("The link was revoked. It shows nothing any more."))
    return HttpResponseRedirect(back_of(request))


@never_cache
@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    try:
        design = selectors.shared_design(token=token)
    except services.NotFound:
        return _kept_apart(render(request, "webapp/share_gone.html", status=404))
    return _kept_apart(render(request, "webapp/shared.html", {"design": design, "token": token}))


@never_cache
@require_safe
def shared_picture(request: HttpRequest, token: str) -> HttpResponse:
    """The design encoded anew, so that it carries no metadata, under an address that tells nothing of its file."""
    try:
        data = files.read_bytes(selectors.shared_design(token=token).image_key)
    except (services.NotFound, *files.STORAGE_ERRORS):
        return _kept_apart(HttpResponse(status=404))
    with Image.open(io.BytesIO(data)) as stored:
        picture = stored.convert("RGB")
    picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=90)
    return _kept_apart(HttpResponse(buffer.getvalue(), content_type="image/jpeg"))


def _kept_apart(response: HttpResponse) -> HttpResponse:
    """Out of search engines, and its address out of the logs of sites that somebody goes to from here."""
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Referrer-Policy"] = "no-referrer"
    return response
