"""What the history reads: rows narrowed down, collections, what was ticked."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from webapp.errors import BadRequest, NotFound
from webapp.exports import Exportable
from webapp.models import Collection, Design, Job, Owned, Pattern
from webapp.ownership import Owner
from webapp.selectors.owned import designs_of, finished_patterns
from webapp.selectors.shares import live_shares

MOST_SELECTED = 200
"""Things in one selection: a zip of more would keep a thread of the web server for minutes."""


@dataclass(frozen=True)
class Narrowed:
    """What of a history is asked for; the defaults are all of it that is not hidden."""

    category: str = ""
    favourite: bool = False
    hidden: bool = False
    collection: Collection | None = None

    @property
    def is_all(self) -> bool:
        return self == Narrowed()


def prints_in(*, owner: Owner, narrowed: Narrowed) -> QuerySet[Pattern]:
    """Finished prints, newest first."""
    rows = _marked(finished_patterns(owner=owner), narrowed)
    return rows.filter(version__category__slug=narrowed.category) if narrowed.category else rows


def designs_in(*, owner: Owner, narrowed: Narrowed) -> QuerySet[Design]:
    """Finished designs, newest first. Each has its `.live_shares`."""
    rows = _marked(designs_of(owner=owner), narrowed).prefetch_related(live_shares())
    if narrowed.category:
        rows = rows.filter(layers__pattern__version__category__slug=narrowed.category).distinct()
    return rows


def _marked(rows: QuerySet, narrowed: Narrowed) -> QuerySet:
    rows = rows.filter(is_hidden=narrowed.hidden)
    if narrowed.favourite:
        rows = rows.filter(is_favourite=True)
    return rows.filter(collections=narrowed.collection) if narrowed.collection else rows


def print_files_of(*, owner: Owner) -> QuerySet[Job]:
    """Files for the printer, made or in the making, newest first."""
    rows = Job.objects.owned_by(owner).filter(kind=Job.Kind.PRINT).select_related("pattern__version__category")
    return rows.order_by("-queued_at")


def collections_of(*, owner: Owner) -> QuerySet[Collection]:
    """Collections by name. Each has `.prints` and `.made`, how many prints and designs are in it."""
    prints, made = Count("patterns", distinct=True), Count("designs", distinct=True)
    return Collection.objects.owned_by(owner).annotate(prints=prints, made=made).order_by("name", "pk")


def selected_of(*, owner: Owner, asked: dict[type[Owned], Iterable[str]]) -> Sequence[Exportable]:
    """The rows that a person ticked, without those that have gone since.

    Raises BadRequest when nothing or too much was ticked, NotFound when none of it is this owner's.
    """
    ids = {model: _uuids(texts) for model, texts in asked.items()}
    count = sum(map(len, ids.values()))
    if not 1 <= count <= MOST_SELECTED:
        raise BadRequest(
            _("Select 1 to %(most)s things first, then say what to do with them.") % {"most": MOST_SELECTED}
        )
    rows: list[Exportable] = []
    for model, keys in ids.items():
        found = model.objects.owned_by(owner).filter(pk__in=keys)
        if model is Pattern:
            found = found.select_related("version__category").exclude(image_key="")
        elif model is Design:
            found = found.exclude(image_key="")
        elif model is Job:
            found = found.select_related("pattern__version__category").filter(kind=Job.Kind.PRINT)
        rows += found
    if not rows:
        raise NotFound(_("What was selected does not exist, or was deleted."))
    return rows


def _uuids(texts: Iterable[str]) -> set[uuid.UUID]:
    try:
        return {uuid.UUID(text) for text in texts}
    except ValueError:
        raise NotFound(_("What was selected does not exist, or was deleted.")) from None
