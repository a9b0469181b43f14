"""What the views share: cards, pages of a list, addresses of the studio, and saying no to a form."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from webapp import files, selectors
from webapp.models import Design, Job, Pattern, Photo
from webapp.refusals import back_of

SLOW = timedelta(seconds=20)
"""After so long the page says why a job is not done yet."""
LONGEST_POLL_S = 5
WALL = 24
"""Prints shown on the studio's wall; the rest are in the history."""
PAGE = 24
"""Prints, designs and photos on one page of the history."""


def print_cards(patterns: Iterable[Pattern]) -> list[dict[str, Any]]:
    """What the wall and the history show of each print, with the job that draws it where it is not drawn yet."""
    patterns = list(patterns)
    jobs = selectors.jobs_of_patterns(pattern for pattern in patterns if not pattern.is_ready)
    for pattern in patterns:
        catch_up(pattern, jobs.get(pattern.pk))
    return [
        {"pattern": pattern, "job": jobs.get(pattern.pk), "url": files.file_url(pattern.image_key, pattern)}
        for pattern in patterns
    ]


def poll_of(cards: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """What the page asks next of the prints that are not drawn yet, and when; nothing once all are."""
    active = [card for card in cards if card["job"] and card["job"].is_active]
    if not active:
        return {}
    query = urlencode([("print", card["pattern"].pk) for card in active])
    return {"query": query, "seconds": min(card["job"].poll_s for card in active)}


def photo_card(photo: Photo) -> dict[str, Any]:
    return {"photo": photo, "url": files.file_url(photo.preview_key, photo)}


def page_of(request: HttpRequest, name: str, rows: QuerySet) -> Page:
    """The page that ?name asks for (the nearest that there is), with the addresses of its neighbours."""
    page = Paginator(rows, PAGE).get_page(request.GET.get(name))

    def address(number: int) -> str:
        query = request.GET.copy()
        query[name] = str(number)
        return f"?{query.urlencode()}#{name}"

    page.newer = address(page.number - 1) if page.has_previous() else ""
    page.older = address(page.number + 1) if page.has_next() else ""
    return page


def catch_up(row: Pattern | Photo | Design | None, job: Job | None) -> None:
    """Read a row again whose job has succeeded: that may have happened after the row was read, before the job was."""
    if row is not None and job is not None and job.state == Job.State.SUCCEEDED:
        row.refresh_from_db()


def place_in_line(*jobs: Job | None) -> None:
    """Give each job what pages say of it while it is active: `.place` (0 where it does not wait), `.is_slow`, and
    `.poll_s`, the seconds until it is worth asking again: those far behind in line need not ask every second."""
    known = [job for job in jobs if job is not None]
    places = selectors.places_in_line(known)
    for job in known:
        job.place = places.get(job.pk, 0)
        job.poll_s = min(LONGEST_POLL_S, 1 + job.place // 4)
        job.is_slow = job.is_active and timezone.now() - job.queued_at > SLOW


def keep_of(request: HttpRequest, **chosen: Any) -> str:
    """The hidden fields of the studio's forms: what is chosen, for the page that follows. A wall has 48 such forms."""
    return render_to_string("webapp/_keep.html", chosen, request)


def studio_address(request: HttpRequest, **changes: Any) -> str:
    """The studio's address with what was chosen before, and the changes; None takes a choice away."""
    kept = {name: request.POST.get(f"keep_{name}", "") for name in ("category", "pattern", "photo", "design")}
    chosen = {**kept, **changes}
    return f"{reverse('studio')}?{urlencode({name: value for name, value in chosen.items() if value})}"


def refused(request: HttpRequest, form: Any) -> HttpResponse:
    for name, errors in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        for error in errors:
            messages.error(request, f"{label}: {error}" if label else error)
    return HttpResponseRedirect(back_of(request))
