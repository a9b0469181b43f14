"""What comes with a request: the account, the body, the page of a list."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NoReturn

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from ninja import Field, Schema
from ninja.parser import Parser
from ninja.security import HttpBearer

from webapp import selectors, services
from webapp.api.errors import WrongMediaType
from webapp.api.schemas.base import NarrowIn
from webapp.models import Collection
from webapp.ownership import Owner
from webapp.selectors import listing

MOST_ROWS = 100


class Token(HttpBearer):
    """A token of an account. The session cookie of the pages counts for nothing here, so no page elsewhere can make a
    browser ask for anything."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        return services.use_token(text=token.strip())


def owner_of(request: HttpRequest) -> Owner:
    """The account whose token came with the request."""
    return Owner(user=request.auth)


class StrictParser(Parser):
    """Reads JSON where JSON was sent and forms where forms were; anything else is refused in words."""

    def parse_body(self, request: HttpRequest) -> Any:
        if request.content_type != "application/json":
            raise WrongMediaType(_("Send JSON, and say so: “Content-Type: application/json”."))
        try:
            return json.loads(request.body, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise services.BadRequest(_("The body is not JSON: %s.") % error) from error

    def parse_querydict(self, data: MultiValueDict, list_fields: list[str], request: HttpRequest) -> Any:
        if data is not request.GET and request.content_type != "multipart/form-data":
            raise WrongMediaType(_("Send the file as a form: “Content-Type: multipart/form-data”."))
        return super().parse_querydict(data, list_fields, request)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")


class PageIn(Schema):
    """Which part of a list."""

    limit: int = Field(24, ge=1, le=MOST_ROWS, description="How many at most.")
    offset: int = Field(0, ge=0, le=1_000_000, description="How many to leave out at its start.")


def page_of(rows: QuerySet, page: PageIn, described: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """A part of a list, and how long the list is."""
    part = rows[page.offset : page.offset + page.limit]
    return {"items": [described(row) for row in listing.with_places(part)], "count": rows.count()}


def narrowed(request: HttpRequest, rows: QuerySet, asked: NarrowIn) -> QuerySet:
    """Prints or designs with these marks, in this collection. Raises NotFound: there is no such collection."""
    marks = {"is_favourite": asked.favourite, "is_hidden": asked.hidden}
    rows = rows.filter(**{name: value for name, value in marks.items() if value is not None})
    if asked.collection is None:
        return rows
    return rows.filter(collections=selectors.get_owned(Collection, owner=owner_of(request), pk=asked.collection))
