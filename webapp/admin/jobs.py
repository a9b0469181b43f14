"""Jobs in the admin: by state, kind and age; tried again or cancelled."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from webapp import models, services
from webapp.admin.owners import OwnerActions
from webapp.admin.pages import log_change
from webapp.services import training_images
from webapp.services.blocks import owner_of_row
from webapp.services.patterns import remove_print_file

State = models.Job.State


@admin.register(models.Job)
class JobAdmin(OwnerActions):
    list_display = ("id", "kind", "state", "percent_done", "age", "took", "attempts", "owner", "error")
    list_filter = ("state", "kind", "queued_at")
    list_select_related = ("user",)
    date_hierarchy = "queued_at"
    search_fields = ("id", "error", "user__username", "visitor")
    ordering = ("-queued_at",)
    actions = ("retry", "cancel", *OwnerActions.actions)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [field.name for field in self.opts.fields]  # a job's columns are the worker's; staff have the actions

    @admin.display(description=gettext_lazy("progress"), ordering="progress")
    def percent_done(self, row: models.Job) -> str:
        return f"{row.percent} %"

    @admin.display(description=gettext_lazy("age"), ordering="-queued_at")
    def age(self, row: models.Job) -> str:
        return timesince(row.queued_at, depth=1)

    @admin.display(description=gettext_lazy("took"))
    def took(self, row: models.Job) -> str:
        if row.started_at is None:
            return ""
        return f"{((row.finished_at or timezone.now()) - row.started_at).total_seconds():.1f} s"

    @admin.display(description=gettext_lazy("owner"))
    def owner(self, row: models.Job) -> str:
        return str(row.user or row.visitor)

    @admin.action(description=gettext_lazy("Try again"), permissions=["change"])
    def retry(self, request: HttpRequest, queryset: QuerySet[models.Job]) -> None:
        again = []
        try:
            for job in queryset.filter(state__in=(State.FAILED, State.CANCELLED)):
                with suppress(services.NotAllowed, services.TooManyJobs):  # worded for the owner, who is someone else
                    again.append(services.retry_job(owner=owner_of_row(job), job=job))
        finally:  # also where the queue goes down in the middle
            log_change(request, again, _("Tried again."))
        done = ngettext("%(count)d job waits again.", "%(count)d jobs wait again.", len(again))
        why = _(
            "only what failed or was cancelled can be tried again, of owners who are not blocked and have fewer than "
            "%(most)d jobs that wait or run; a training is resumed on the page of its run"
        )
        self._say(request, queryset, len(again), done, why % {"most": settings.AIFASHION_MAX_ACTIVE_JOBS})

    @admin.action(description=gettext_lazy("Cancel"), permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[models.Job]) -> None:
        stopped = [services.cancel_job(owner=owner_of_row(job), job=job) for job in queryset.active()]
        stopped = [job for job in stopped if job.state == State.CANCELLED]
        log_change(request, stopped, _("Cancelled."))
        done = ngettext("%(count)d job is cancelled.", "%(count)d jobs are cancelled.", len(stopped))
        self._say(request, queryset, len(stopped), done, _("only what waits or runs can be cancelled"))

    def _say(self, request: HttpRequest, chosen: QuerySet, count: int, done: str, why: str) -> None:
        messages.success(request, done % {"count": count})
        if left := self._asked(request, chosen) - count:
            words = ngettext("%(left)d stays as it is: %(why)s.", "%(left)d stay as they are: %(why)s.", left)
            messages.warning(request, words % {"left": left, "why": why})

    def _asked(self, request: HttpRequest, chosen: QuerySet) -> int:
        if request.POST.get("select_across") == "1":
            return chosen.count()
        return len(request.POST.getlist(admin.helpers.ACTION_CHECKBOX_NAME))

    def delete_model(self, request: HttpRequest, obj: models.Job) -> None:
        if obj.kind == models.Job.Kind.PRINT:
            remove_print_file(obj)
        elif obj.kind == models.Job.Kind.INTAKE:
            training_images.remove_intake(obj)
        else:
            obj.delete()
