"""What the site is, what it keeps of a person, and letting all of it go."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_http_methods

from webapp import services
from webapp.ownership import owner_of
from webapp.refusals import refusals_as_messages
from webapp.selectors import about, curves


@require_GET
@gzip_page  # the lines of the curves are digits that compress well
def how(request: HttpRequest) -> HttpResponse:
    figures = about.figures()
    context = {
        "figures": figures,
        "has_seen": any(row.distance is not None and not row.is_held_out for row in figures),
        "kept_out": [row.category for row in figures if row.is_held_out],
        "sources": about.data_sources(),
        "finder": about.finder(),
        "runs": curves.generator_runs(),
        "finder_run": curves.finder_run(),
    }
    return render(request, "webapp/how.html", context)


@require_GET
def privacy(request: HttpRequest) -> HttpResponse:
    context = {
        "cookie_days": settings.SESSION_COOKIE_AGE // (24 * 60 * 60),
        "link_minutes": max(1, settings.FILE_LINK_SECONDS // 60),
    }
    return render(request, "webapp/privacy.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@refusals_as_messages
def delete_mine(request: HttpRequest) -> HttpResponse:
    """Everything of this visitor or account, at once; an account itself stays."""
    if request.method == "POST":
        services.delete_everything_of(owner_of(request))
        messages.success(request, _("Everything of yours was deleted."))
        return redirect("privacy")
    return render(request, "webapp/delete_mine.html")
