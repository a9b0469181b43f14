"""How the site is: queues, workers and their devices, disk, owners with their storage, what expires when."""

from __future__ import annotations

import shutil
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.files.storage import default_storage
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _

from aifashion.celery import app
from webapp import files
from webapp.admin.pages import must_have
from webapp.errors import QueueUnavailable
from webapp.health import CHECKS
from webapp.models import Block, Design, Job, Pattern, Photo
from webapp.queue import QUEUES, kinds_in, waiting_in

OWNERS = 20
"""Owners listed: those with the most photos, prints and designs."""

MOST_FILES = 400
"""Files of one owner whose sizes are asked for: a storage elsewhere answers one by one."""

ANSWER_S = 1.0
"""Seconds in which a worker must answer to count as alive."""


def health(request: HttpRequest) -> HttpResponse:
    must_have(request, "webapp.view_job")
    context = {
        **admin.site.each_context(request),
        "title": _("Health"),
        "checks": _checks(),
        "queues": _queues(),
        "workers": _workers(),
        "disk": shutil.disk_usage(settings.VAR_DIR),
        "owners": _owners(),
        "days": settings.AIFASHION_ANONYMOUS_DAYS,
        "session_days": settings.SESSION_COOKIE_AGE // (24 * 60 * 60),
        "link_s": settings.FILE_LINK_SECONDS,
        "states": Job.objects.order_by("state").values("state").annotate(count=Count("pk")),
    }
    return TemplateResponse(request, "admin/health.html", context)


def _checks() -> list[tuple[str, str]]:
    found = []
    for name, check in CHECKS.items():
        try:
            check()
        except Exception as error:
            found.append((name, str(error) or type(error).__name__))
        else:
            found.append((name, ""))
    return found


def _queues() -> list[dict[str, Any]]:
    """Each queue: messages that wait, jobs that wait and run by the database, and since when the oldest waits."""
    rows = []
    for queue in sorted(set(QUEUES.values())):
        its = kinds_in(queue)
        jobs = Job.objects.filter(kind__in=its)
        waiting = jobs.filter(state=Job.State.QUEUED)
        try:
            messages: int | None = waiting_in(queue)
        except QueueUnavailable:
            messages = None
        rows.append(
            {
                "name": queue,
                "kinds": ", ".join(its),
                "messages": messages,
                "waiting": waiting.count(),
                "running": jobs.filter(state=Job.State.RUNNING).count(),
                "oldest": waiting.aggregate(oldest=Min("queued_at"))["oldest"],
            }
        )
    return rows


def _workers() -> list[dict[str, Any]]:
    """Workers that answer within ANSWER_S, each with its queues and what it says of its machine."""
    try:
        inspect = app.control.inspect(timeout=ANSWER_S)
        queues = inspect.active_queues() or {}
        machines = inspect._request("machine") or {} if queues else {}
    except Exception:  # a broker that is away is told by the checks
        return []
    return [
        {"name": name, "queues": ", ".join(queue["name"] for queue in its), **machines.get(name, {})}
        for name, its in sorted(queues.items())
    ]


def _owners() -> list[dict[str, Any]]:
    """Those who have the most, with the bytes of their files."""
    counts: dict[tuple[Any, Any], dict[str, int]] = {}
    for name, model in (("photos", Photo), ("patterns", Pattern), ("designs", Design)):
        for row in (
            model.objects.exclude(user=None, visitor=None)
            .order_by()
            .values("user", "visitor")
            .annotate(count=Count("pk"))
        ):
            counts.setdefault((row["user"], row["visitor"]), {})[name] = row["count"]
    largest = sorted(counts.items(), key=lambda entry: -sum(entry[1].values()))[:OWNERS]
    names = dict(get_user_model().objects.in_bulk([user for (user, _v), _c in largest if user]).items())
    blocked = set(Block.objects.values_list("user", "visitor"))
    return [
        {
            "name": str(names.get(user, visitor)),
            "is_account": user is not None,
            "blocked": (user, visitor) in blocked,
            **count,
            **_bytes_of(user, visitor),
        }
        for (user, visitor), count in largest
    ]


def _bytes_of(user: Any, visitor: Any) -> dict[str, Any]:
    keys: set[str] = set()
    for model, fields in (
        (Photo, ("image_key", "preview_key")),
        (Pattern, ("image_key",)),
        (Design, ("image_key", "preview_key")),
    ):
        for row in model.objects.filter(user=user, visitor=visitor).values_list(*fields)[:MOST_FILES]:
            keys.update(key for key in row if key)
    total = 0
    for key in sorted(keys)[:MOST_FILES]:
        try:
            total += default_storage.size(key)
        except files.STORAGE_ERRORS:
            continue
    return {"bytes": total, "is_more": len(keys) > MOST_FILES}


def add_health_page() -> None:
    """Put the page beside the admin's own addresses."""
    own = admin.site.get_urls
    admin.site.get_urls = lambda: [  # type: ignore[method-assign]
        path("health/", admin.site.admin_view(health), name="health"),
        *own(),
    ]


add_health_page()
