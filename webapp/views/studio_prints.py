"""What the print side of the studio asks for: prints drawn, varied, mixed, recoloured, hidden, made into files."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from webapp import selectors, services
from webapp.forms import GenerateForm, MixForm, PrintForm, VaryForm
from webapp.models import Pattern
from webapp.ownership import Owner, known_owner_of, owner_of
from webapp.refusals import back_of, refusals_as_messages
from webapp.views.common import WALL, keep_of, place_in_line, poll_of, print_cards, refused, studio_address


@require_POST
@refusals_as_messages
def generate(request: HttpRequest) -> HttpResponse:
    form = GenerateForm(request.POST)
    if not form.is_valid():
        return refused(request, form)
    category = selectors.get_category(slug=form.cleaned_data["category"])
    services.generate_patterns(
        owner=owner_of(request),
        category=category,
        count=form.cleaned_data["count"],
        seed=form.cleaned_data["seed"],
    )
    return redirect(studio_address(request, category=category.slug) + "#prints")


@require_GET
@refusals_as_messages
def arriving(request: HttpRequest) -> HttpResponse:
    """?print, any number of times, are prints that were not drawn yet: what is to be seen of them now."""
    asked = request.GET.getlist("print")[:WALL]
    rows = selectors.prints_among(owner=known_owner_of(request), keys=asked)
    cards = print_cards(rows)
    place_in_line(*(card["job"] for card in cards))
    gone = set(asked) - {str(row.pk) for row in rows}
    context = {"cards": cards, "poll": poll_of(cards), "gone": gone, "keep": keep_of(request)}
    return render(request, "webapp/_arriving.html", context)


@require_POST
@refusals_as_messages
def vary(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    form = VaryForm(request.POST)
    if not form.is_valid():
        return refused(request, form)
    owner, pattern = _asked_for(request, pk)
    services.vary_pattern(owner=owner, pattern=pattern, share=form.cleaned_data["share"])
    return _beside(request, pattern)


@require_POST
@refusals_as_messages
def mix(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    owner, pattern = _asked_for(request, pk)
    form = MixForm(request.POST)
    if not form.is_valid():
        return refused(request, form)
    other = selectors.get_owned(Pattern, owner=owner, pk=form.cleaned_data["other"])
    services.mix_patterns(owner=owner, pattern=pattern, other=other, share=form.cleaned_data["share"])
    return _beside(request, pattern)


@require_POST
@refusals_as_messages
def recolour(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    owner, pattern = _asked_for(request, pk)
    services.recolour_pattern(owner=owner, pattern=pattern, palette=request.POST.getlist("colour"))
    return _beside(request, pattern)


@require_POST
@refusals_as_messages
def hide(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Hide a print, or with `show` put it back. The address then says which was hidden, so that it can be undone."""
    owner, pattern = _asked_for(request, pk)
    hidden = "show" not in request.POST
    services.mark(owner=owner, rows=[pattern], hidden=hidden)
    changes = {"category": pattern.category.slug, "hidden": pattern.pk if hidden else None}
    if hidden and request.POST.get("keep_pattern") == str(pattern.pk):
        changes["pattern"] = None
    return redirect(studio_address(request, **changes) + "#prints")


@require_POST
@refusals_as_messages
def make_print_file(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    form = PrintForm(request.POST)
    if not form.is_valid():
        return refused(request, form)
    owner, pattern = _asked_for(request, pk)
    services.make_print_file(owner=owner, pattern=pattern, **form.cleaned_data)
    return _beside(request, pattern, "#print-file")


@require_POST
@refusals_as_messages
def cancel_prints(request: HttpRequest) -> HttpResponse:
    services.cancel_prints(owner=owner_of(request))
    return HttpResponseRedirect(back_of(request))


def _asked_for(request: HttpRequest, pk: uuid.UUID) -> tuple[Owner, Pattern]:
    """Who asks, and the print of theirs that they ask for. Raises NotFound."""
    owner = owner_of(request)
    return owner, selectors.get_owned(Pattern, owner=owner, pk=pk)


def _beside(request: HttpRequest, pattern: Pattern, place: str = "#prints") -> HttpResponse:
    """The studio with this print chosen, at the place where what was asked for appears."""
    return redirect(studio_address(request, category=pattern.category.slug, pattern=pattern.pk) + place)
