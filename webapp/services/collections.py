"""Collections, and the marks by which a history is kept in order: favourite and hidden."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from webapp.errors import BadRequest
from webapp.models import Collection, Design, Pattern
from webapp.ownership import Owner
from webapp.services.common import must_own, saved

MOST_COLLECTIONS = 100

Kept = Pattern | Design


def create_collection(*, owner: Owner, name: str) -> Collection:
    """Raises BadRequest: no name, too long a name, or too many collections."""
    if Collection.objects.owned_by(owner).count() >= MOST_COLLECTIONS:
        raise BadRequest(_("You have %d collections, which is the most. Delete one first.") % MOST_COLLECTIONS)
    return saved(Collection(**owner.fields, name=_name(name)))


def rename_collection(*, owner: Owner, collection: Collection, name: str) -> Collection:
    """Raises NotFound, BadRequest."""
    must_own(owner, collection)
    collection.name = _name(name)
    collection.save(update_fields=["name"])
    return collection


def delete_collection(*, owner: Owner, collection: Collection) -> None:
    """What is in it stays. Raises NotFound."""
    must_own(owner, collection)
    collection.delete()


def add_to_collection(*, owner: Owner, collection: Collection, rows: Sequence[Kept]) -> None:
    """Put prints and designs in; one that is in already stays once. Raises NotFound."""
    for row in (collection, *rows):
        must_own(owner, row)
    collection.patterns.add(*(row for row in rows if isinstance(row, Pattern)))
    collection.designs.add(*(row for row in rows if isinstance(row, Design)))


def remove_from_collection(*, owner: Owner, collection: Collection, rows: Sequence[Kept]) -> None:
    """Take prints and designs out; they stay in the history. Raises NotFound."""
    for row in (collection, *rows):
        must_own(owner, row)
    collection.patterns.remove(*(row for row in rows if isinstance(row, Pattern)))
    collection.designs.remove(*(row for row in rows if isinstance(row, Design)))


def mark(*, owner: Owner, rows: Sequence[Kept], favourite: bool | None = None, hidden: bool | None = None) -> None:
    """Mark prints and designs; None leaves a mark as it is. Raises NotFound."""
    marks = {"is_favourite": favourite, "is_hidden": hidden}
    changes = {name: value for name, value in marks.items() if value is not None}
    for row in rows:
        must_own(owner, row)
    for row in rows:
        for name, value in changes.items():
            setattr(row, name, value)
        row.save(update_fields=list(changes))


def _name(text: str) -> str:
    name = " ".join(text.split())
    most = Collection._meta.get_field("name").max_length
    if not 1 <= len(name) <= most:
        raise BadRequest(_("Give the collection a name of 1 to %d letters.") % most)
    return name
