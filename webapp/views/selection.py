"""What the bar under the history does with the things that were ticked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from webapp import exports, files, selectors, services
from webapp.exports import Exportable
from webapp.forms import PrintForm
from webapp.models import Collection, Design, Job, Pattern, Photo
from webapp.ownership import Owner, owner_of
from webapp.refusals import back_of, refusals_as_messages
from webapp.views.common import refused
from webapp.views.downloads import several_response

FIELDS = {"pattern": Pattern, "design": Design, "photo": Photo, "file": Job}

Rows = Sequence[Exportable]


@require_POST
@refusals_as_messages
def selected(request: HttpRequest) -> HttpResponse:
    """`do` says what; `pattern`, `design`, `photo` and `file`, each any number of times, say with what."""
    act = ACTIONS.get(request.POST.get("do", ""))
    if act is None:
        raise services.BadRequest(_("Choose what to do with what you selected."))
    owner = owner_of(request)
    rows = selectors.selected_of(owner=owner, asked={kind: request.POST.getlist(name) for name, kind in FIELDS.items()})
    return act(request, owner, rows)


def _download(request: HttpRequest, owner: Owner, rows: Rows) -> HttpResponse:
    extension, side = request.POST.get("format", "png"), request.POST.get("side") or None
    if extension not in exports.FORMATS or (side and side not in map(str, exports.SIDES)):
        raise services.BadRequest(_("Pictures are downloaded as PNG, JPEG or TIFF, in a size that the list offers."))
    return several_response(rows, extension, int(side) if side else None)


def _make_print_files(request: HttpRequest, owner: Owner, rows: Rows) -> HttpResponse:
    form = PrintForm(request.POST)
    if not form.is_valid():
        return refused(request, form)
    prints = [row for row in rows if isinstance(row, Pattern)]
    if not prints:
        raise services.BadRequest(_("Print files are made of prints: select at least one print."))
    services.make_print_files(owner=owner, patterns=prints, **form.cleaned_data)
    return HttpResponseRedirect(reverse("history") + "#files")


def _mark(**marks: bool) -> Callable[[HttpRequest, Owner, Rows], HttpResponse]:
    def act(request: HttpRequest, owner: Owner, rows: Rows) -> HttpResponse:
        services.mark(owner=owner, rows=_kept(rows), **marks)
        return HttpResponseRedirect(back_of(request))

    return act


def _collect(request: HttpRequest, owner: Owner, rows: Rows) -> HttpResponse:
    kept, name = _kept(rows), request.POST.get("new_collection", "").strip()
    if name:
        collection = services.create_collection(owner=owner, name=name)
    elif asked := request.POST.get("collection"):
        collection = selectors.get_owned(Collection, owner=owner, pk=asked)
    else:
        raise services.BadRequest(_("Choose a collection, or write the name of a new one."))
    services.add_to_collection(owner=owner, collection=collection, rows=kept)
    said = ngettext("%(count)d thing is now in %(name)s.", "%(count)d things are now in %(name)s.", len(kept))
    messages.success(request, said % {"count": len(kept), "name": collection.name})
    return HttpResponseRedirect(back_of(request))


def _take_out(request: HttpRequest, owner: Owner, rows: Rows) -> HttpResponse:
    collection = selectors.get_owned(Collection, owner=owner, pk=request.POST.get("from_collection", ""))
    services.remove_from_collection(owner=owner, collection=collection, rows=_kept(rows))
    return HttpResponseRedirect(back_of(request))


def _delete(request: HttpRequest, owner: Owner, rows: Rows) -> HttpResponse:
    """Asks first; the form that it shows says `sure`."""
    if not request.POST.get("sure"):
        cards = [{"field": _field_of(row), "row": row, "url": _thumbnail(row)} for row in rows]
        return render(request, "webapp/delete_selected.html", {"cards": cards, "back": back_of(request)})
    services.delete_rows(owner=owner, rows=rows)
    said = ngettext("%d thing and its files were deleted.", "%d things and their files were deleted.", len(rows))
    messages.success(request, said % len(rows))
    return redirect("history")


ACTIONS: dict[str, Callable[[HttpRequest, Owner, Rows], HttpResponse]] = {
    "download": _download,
    "print": _make_print_files,
    "favourite": _mark(favourite=True),
    "unfavourite": _mark(favourite=False),
    "hide": _mark(hidden=True),
    "show": _mark(hidden=False),
    "collect": _collect,
    "take-out": _take_out,
    "delete": _delete,
}


def _kept(rows: Rows) -> list[Pattern | Design]:
    kept = [row for row in rows if isinstance(row, (Pattern, Design))]
    if not kept:
        raise services.BadRequest(_("This works with prints and designs: select at least one of them."))
    return kept


def _field_of(row: Exportable) -> str:
    return next(name for name, model in FIELDS.items() if isinstance(row, model))


def _thumbnail(row: Exportable) -> str:
    return "" if isinstance(row, Job) else files.file_url(getattr(row, "preview_key", "") or row.image_key, row)
