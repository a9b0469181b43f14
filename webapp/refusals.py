"""How pages say no: what a service refuses becomes a message on the page that asked."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from webapp import services

View = Callable[..., HttpResponse]


def refusals_as_messages(view: View) -> View:
    """Turn what a service refuses into a message on the page that asked; what is not there into a 404."""

    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except services.NotFound as error:
            raise Http404(error.message) from error
        except services.ServiceError as error:
            messages.error(request, error.message)
            return HttpResponseRedirect(back_of(request))

    return wrapped


def refusals_as_json(view: View) -> View:
    """Turn what a service refuses into {"error": a sentence} with a fitting status, for scripts of our pages."""

    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except services.ServiceError as error:
            headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
            return JsonResponse({"error": error.message}, status=error.status, headers=headers)

    return wrapped


def back_of(request: HttpRequest) -> str:
    """The page of this site that a form came from; the studio where that is unknown or elsewhere."""
    wanted = request.POST.get("next") or request.META.get("HTTP_REFERER", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else reverse("studio")
