"""What somebody made: shown, marked, deleted."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from webapp import files, selectors, services
from webapp.models import Design, Pattern, Photo
from webapp.ownership import owner_of
from webapp.refusals import back_of, refusals_as_messages
from webapp.views.common import page_of, photo_card, print_card


@require_GET
def history(request: HttpRequest) -> HttpResponse:
    owner = owner_of(request)
    pages = {
        "prints": page_of(request, "prints", selectors.patterns_of(owner=owner)),
        "designs": page_of(request, "designs", selectors.designs_of(owner=owner)),
        "photos": page_of(request, "photos", selectors.photos_of(owner=owner)),
    }
    context = {
        "pages": pages,
        "prints": [print_card(entry) for entry in pages["prints"]],
        "designs": [
            {"design": entry, "url": files.file_url(entry.preview_key or entry.image_key, entry)}
            for entry in pages["designs"]
        ],
        "photos": [photo_card(entry) for entry in pages["photos"]],
    }
    return render(request, "webapp/history.html", context)


@require_POST
@refusals_as_messages
def favourite(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    owner = owner_of(request)
    services.toggle_favourite(owner=owner, pattern=selectors.get_owned(Pattern, owner=owner, pk=pk))
    return HttpResponseRedirect(back_of(request))


DELETABLE = {
    "patterns": (Pattern, lambda owner, row: services.delete_pattern(owner=owner, pattern=row)),
    "photos": (Photo, lambda owner, row: services.delete_photo(owner=owner, photo=row)),
    "designs": (Design, lambda owner, row: services.delete_design(owner=owner, design=row)),
}


@require_http_methods(["GET", "POST"])
@refusals_as_messages
def delete(request: HttpRequest, kind: str, pk: uuid.UUID) -> HttpResponse:
    """GET asks, POST deletes, files too."""
    if kind not in DELETABLE:
        raise Http404("There is no such page.")
    model, delete_row = DELETABLE[kind]
    owner = owner_of(request)
    row = selectors.get_owned(model, owner=owner, pk=pk)
    if request.method == "GET":
        picture = files.file_url(getattr(row, "preview_key", "") or row.image_key, row)
        return render(request, "webapp/delete.html", {"row": row, "kind": kind, "url": picture})
    delete_row(owner, row)
    messages.success(request, f"The {model._meta.verbose_name} and its files were deleted.")
    return redirect("history")
