"""What the admin's own pages share: the right to see them, refusals as messages, and the log."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from webapp.errors import ServiceError
from webapp.models import Job


def in_words(values: Mapping[str, Any]) -> dict[str, str]:
    """Names and values out of JSON as a person reads them: what lies within others is named after them."""
    found = {}
    for name, value in values.items():
        label = str(name).replace("_", " ")
        if isinstance(value, dict):
            found |= {f"{label}, {part}": text for part, text in in_words(value).items()}
        elif isinstance(value, bool):
            found[label] = _("yes") if value else _("no")
        elif isinstance(value, float):
            found[label] = f"{value:.4g}" if abs(value) < 1000 else f"{value:,.0f}"
        elif value not in (None, "", []):
            found[label] = f"{value:,}" if isinstance(value, int) else str(value)
    return found


def log_change(request: HttpRequest, rows: Iterable[Any], message: str) -> None:
    """Write to the admin's log that someone changed these rows."""
    rows = list(rows)
    if rows:
        LogEntry.objects.log_actions(
            user_id=request.user.pk, queryset=rows, action_flag=CHANGE, change_message=message, single_object=False
        )


def log_added(request: HttpRequest, row: Any, message: str) -> None:
    """Write to the admin's log that someone made this row."""
    LogEntry.objects.log_actions(
        user_id=request.user.pk, queryset=[row], action_flag=ADDITION, change_message=message, single_object=True
    )


def must_have(request: HttpRequest, permission: str) -> None:
    """Raises PermissionDenied for whoever has not this right, such as "webapp.add_trainingimage"."""
    if not request.user.has_perm(permission):
        raise PermissionDenied


def own_page(
    model_admin: ModelAdmin, request: HttpRequest, name: str, *, title: str, job: Job | None = None, **context: Any
) -> TemplateResponse:
    """A page of our own from templates/admin/webapp/<model>/<name>.html; it follows its job, if it has one."""
    opts = model_admin.opts
    context |= {**model_admin.admin_site.each_context(request), "opts": opts, "media": model_admin.media}
    template = f"admin/webapp/{opts.model_name}/{name}.html"
    response = TemplateResponse(request, template, {**context, "title": title, "job": job})
    if job is not None and job.is_active:
        response["Refresh"] = "2"
    return response


def refused_as_message(view: Callable[..., Any]) -> Callable[..., Any]:
    """What a service refuses when something is posted becomes a message on the page that the address shows."""

    @functools.wraps(view)
    def wrapped(model_admin: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(model_admin, request, *args, **kwargs)
        except ServiceError as error:
            if request.method != "POST":
                raise  # the same address would be refused again, for ever
            messages.error(request, error.message)
            return HttpResponseRedirect(request.get_full_path())

    return wrapped


class Refusing:
    """Before ModelAdmin, for rows that services change: refused actions, forms and deletions end in a message.

    Of several rows that are deleted at once, each is logged with its own deletion: where the storage fails in the
    middle, the log tells of those that are gone and of no other.
    """

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        return None if isinstance(queryset, QuerySet) else super().log_deletions(request, queryset)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        rows = list(queryset)
        for number, row in enumerate(rows):
            if not type(row).objects.filter(pk=row.pk).exists():  # a design may have gone with its photo
                continue
            try:
                with transaction.atomic():
                    self.log_deletions(request, [row])
                    self.delete_model(request, row)
            except ServiceError:
                if number:
                    said = ngettext("%(count)d of %(all)d was deleted.", "%(count)d of %(all)d were deleted.", number)
                    messages.warning(request, said % {"count": number, "all": len(rows)})
                raise

    @refused_as_message
    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().changelist_view(request, *args, **kwargs)

    @refused_as_message
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().changeform_view(request, *args, **kwargs)

    @refused_as_message
    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().delete_view(request, *args, **kwargs)
