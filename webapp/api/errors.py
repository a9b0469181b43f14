"""How the API says no: always as {"error": {"code", "message", "fields"}}, with the status that fits."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from webapp.errors import ServiceError

PREFIX = "/api/"
"""Below this address nothing answers with a page."""


class WrongMediaType(ServiceError):
    """The body came as something else than this address takes."""

    code = "unsupported_media_type"
    status = 415


MESSAGES = {
    400: gettext_lazy("This request cannot be read."),
    401: gettext_lazy("Send a token that works: “Authorization: Bearer …”. They are made on the account page."),
    404: gettext_lazy("There is nothing at this address."),
    405: gettext_lazy("This address does not take this method."),
    413: gettext_lazy("This is more than one request may bring."),
    500: gettext_lazy("Something went wrong on our side. It was noted; try again later."),
}


def error_response(
    status: int,
    message: str = "",
    *,
    code: str = "",
    fields: Sequence[dict[str, str]] = (),
    retry_after: int | None = None,
) -> HttpResponse:
    """A refusal as the API sends it; without `code` and `message` in the words that fit the status."""
    known = HTTPStatus(status)
    error: dict[str, Any] = {
        "code": code or known.name.lower(),
        "message": message or MESSAGES.get(status, f"{known.phrase}."),
    }
    if fields:
        error["fields"] = list(fields)
    response = JsonResponse({"error": error}, status=status)
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="AI Fashion"'
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def add_handlers(api: NinjaAPI) -> None:
    """What services and the framework refuse with. Anything else is a fault: Django notes it and answers 500."""

    @api.exception_handler(ServiceError)
    def refused(_request: HttpRequest, error: ServiceError) -> HttpResponse:
        return error_response(error.status, error.message, code=error.code, retry_after=error.retry_after)

    @api.exception_handler(AuthenticationError)
    def no_token(_request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
        return error_response(401)

    @api.exception_handler(HttpError)
    def not_read(request: HttpRequest, error: HttpError) -> HttpResponse:
        # The framework wraps what reading a body raises.
        if isinstance(error.__cause__, ServiceError):
            return refused(request, error.__cause__)
        return error_response(error.status_code)

    @api.exception_handler(ValidationError)
    def wrong_shape(_request: HttpRequest, error: ValidationError) -> HttpResponse:
        fields = [{"field": _name_of(one["loc"]), "message": one["msg"]} for one in error.errors]
        said = "; ".join(f"{one['field']}: {one['message']}" for one in fields)
        return error_response(422, _("Some values do not fit. %s.") % said, fields=fields)

    @api.exception_handler(RequestDataTooBig)
    def too_big(_request: HttpRequest, _error: RequestDataTooBig) -> HttpResponse:
        return error_response(413)

    @api.exception_handler(SuspiciousOperation)
    @api.exception_handler(MultiPartParserError)
    def odd(_request: HttpRequest, _error: Exception) -> HttpResponse:
        return error_response(400)


def _name_of(place: Sequence[Any]) -> str:
    """("body", "asked", "layers", 0, "rotation") is layers.0.rotation to whoever sent it."""
    source, *names = place
    if source == "body":
        names = names[1:]
    return ".".join(map(str, names)) or "body"


class ApiErrorsMiddleware:
    """Gives what Django itself answers below /api/ (no such address, no such host, a fault) the API's shape.

    It stands before the rest, since any of them may answer.
    """

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path.startswith(PREFIX) or response.status_code < 400:
            return response
        if response["Content-Type"].startswith("application/json"):
            return response
        told = error_response(response.status_code)
        response.content, response["Content-Type"] = told.content, told["Content-Type"]
        response["Content-Length"] = str(len(told.content))
        return response
