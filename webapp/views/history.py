"""What somebody made: shown, narrowed down, marked, deleted."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from webapp import files, selectors, services
from webapp.exports import FORMATS, SIDES
from webapp.forms import PrintForm
from webapp.models import Category, Collection, Design, Pattern, Photo
from webapp.ownership import Owner, known_owner_of, owner_of
from webapp.refusals import back_of, refusals_as_messages
from webapp.selectors import Narrowed
from webapp.views.common import page_of, photo_card, place_in_line, print_cards


@require_GET
@refusals_as_messages
def history(request: HttpRequest) -> HttpResponse:
    """?category, ?favourite, ?hidden and ?collection narrow it down; then photos and print files, which have none of
    these, are left out."""
    owner = known_owner_of(request)
    narrowed = _narrowed(request, owner)
    pages = {
        "prints": page_of(request, "prints", selectors.prints_in(owner=owner, narrowed=narrowed)),
        "designs": page_of(request, "designs", selectors.designs_in(owner=owner, narrowed=narrowed)),
    }
    if narrowed.is_all:
        pages["photos"] = page_of(request, "photos", selectors.photos_of(owner=owner))
        pages["files"] = page_of(request, "files", selectors.print_files_of(owner=owner))
    place_in_line(*pages.get("files", ()))
    context = {
        "narrowed": narrowed,
        "categories": Category.objects.filter(versions__patterns__in=Pattern.objects.owned_by(owner)).distinct(),
        "collections": selectors.collections_of(owner=owner),
        "pages": pages,
        "prints": print_cards(pages["prints"]),
        "designs": [
            {"design": entry, "url": files.file_url(entry.preview_key or entry.image_key, entry)}
            for entry in pages["designs"]
        ],
        "photos": [photo_card(entry) for entry in pages.get("photos", ())],
        "formats": FORMATS,
        "sides": SIDES,
        "print_form": PrintForm(auto_id="bulk-%s"),
    }
    return render(request, "webapp/history.html", context)


def _narrowed(request: HttpRequest, owner: Owner) -> Narrowed:
    asked = request.GET.get("collection")
    return Narrowed(
        category=request.GET.get("category", ""),
        favourite=bool(request.GET.get("favourite")),
        hidden=bool(request.GET.get("hidden")),
        collection=selectors.get_owned(Collection, owner=owner, pk=asked) if asked else None,
    )


@require_POST
@refusals_as_messages
def favourite(request: HttpRequest, pk: uuid.UUID, model: type[Pattern] | type[Design]) -> HttpResponse:
    """Mark a print or a design as a favourite, or no longer."""
    owner = owner_of(request)
    row = selectors.get_owned(model, owner=owner, pk=pk)
    services.mark(owner=owner, rows=[row], favourite=not row.is_favourite)
    return HttpResponseRedirect(back_of(request))


DELETABLE = {
    "patterns": (Pattern, lambda owner, row: services.delete_pattern(owner=owner, pattern=row)),
    "photos": (Photo, lambda owner, row: services.delete_photo(owner=owner, photo=row)),
    "designs": (Design, lambda owner, row: services.delete_design(owner=owner, design=row)),
    "collections": (Collection, lambda owner, row: services.delete_collection(owner=owner, collection=row)),
}


@require_http_methods(["GET", "POST"])
@refusals_as_messages
def delete(request: HttpRequest, kind: str, pk: uuid.UUID) -> HttpResponse:
    """GET asks, POST deletes, files too."""
    if kind not in DELETABLE:
        raise Http404(_("There is no such page."))
    model, delete_row = DELETABLE[kind]
    owner = known_owner_of(request)
    row = selectors.get_owned(model, owner=owner, pk=pk)
    if request.method == "GET":
        key = getattr(row, "preview_key", "") or getattr(row, "image_key", "")
        return render(request, "webapp/delete.html", {"row": row, "kind": kind, "url": files.file_url(key, row)})
    delete_row(owner, row)
    if kind == "collections":
        messages.success(request, _("The collection was deleted. What was in it is still here."))
    else:
        what = {"patterns": _("print"), "photos": _("photo"), "designs": _("design")}[kind]
        messages.success(request, _("The %s and its files were deleted.") % what)
    return redirect("history")
