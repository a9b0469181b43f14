"""Links that show a design to whoever has them: its picture and how its prints were drawn, nothing else."""

from __future__ import annotations

import hashlib
import uuid

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_POST, require_safe

from webapp import exports, files, selectors, services
from webapp.errors import Unavailable
from webapp.models import Design
from webapp.ownership import owner_of
from webapp.refusals import back_of, refusals_as_messages


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


@cache_control(no_cache=True)
@require_safe
def shared_picture(request: HttpRequest, token: str) -> HttpResponse:
    """The design's picture without metadata, under an address that tells nothing of its file.

    Browsers keep it and ask each time whether they may still show it: so it ends with its link.
    """
    try:
        design = selectors.shared_design(token=token)
        tag = f'"{hashlib.sha256(design.shared_key.encode()).hexdigest()[:32]}"'
        response = get_conditional_response(request, etag=tag)
        if response is None:
            response = FileResponse(exports.open_shared(design), content_type="image/jpeg")
    except Unavailable as error:
        response = _refusal(error)
    except (services.NotFound, FileNotFoundError):
        response = HttpResponse(status=404)
    except files.STORAGE_ERRORS:
        response = _refusal(services.StorageUnavailable())
    else:
        response["ETag"] = tag
    return _kept_apart(response)


def _refusal(error: Unavailable) -> HttpResponse:
    """In text alone, where a picture was asked for."""
    headers = {"Retry-After": str(error.retry_after)}
    return HttpResponse(error.message, status=error.status, content_type="text/plain; charset=utf-8", headers=headers)


def _kept_apart(response: HttpResponse) -> HttpResponse:
    """Out of search engines, and its address out of the logs of sites that somebody goes to from here."""
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Referrer-Policy"] = "no-referrer"
    return response
