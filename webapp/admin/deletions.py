"""What the pages that ask before a deletion say where rows hang on the row by the thousand: how many, not which."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.utils import quote
from django.core.files.storage import default_storage
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from webapp import files

Deleted = tuple[list[Any], dict[str, int], set[str], list[Any]]
"""What ModelAdmin.get_deleted_objects returns: rows in words, counts by kind, rights that lack, what forbids it."""


def counted(
    rows: Iterable[Model], kinds: Iterable[QuerySet], keys: set[str], *, lacking: set[str], forbidding: list[str]
) -> Deleted:
    """The rows themselves, how many of each kind go with them, and the files that are freed."""
    rows = list(rows)
    counts = {str(rows[0]._meta.verbose_name_plural): len(rows)} if rows else {}
    for kind in kinds:
        if number := kind.count():
            counts[str(kind.model._meta.verbose_name_plural)] = number
    return [*map(_link, rows), _freed(keys)], counts, lacking, forbidding


def lacking_rights(request: HttpRequest, kinds: Iterable[QuerySet]) -> set[str]:
    """The kinds of row that are there and that this member of the staff may not delete."""
    return {
        str(kind.model._meta.verbose_name)
        for kind in kinds
        if not request.user.has_perm(f"webapp.delete_{kind.model._meta.model_name}") and kind.exists()
    }


def _link(row: Model) -> str:
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[quote(row.pk)])
    return format_html('{}: <a href="{}">{}</a>', capfirst(row._meta.verbose_name), address, row)


def _freed(keys: set[str]) -> str:
    """How much storage the files of these keys take, read from lists of their folders."""
    below = {"/".join(key.split("/")[:-1][:2]) for key in keys if "/" in key}
    try:
        sizes = {file.key: file.size for folder in below for file in default_storage.walk(folder)}
    except files.STORAGE_ERRORS:
        return _("Their files, whose size the storage does not tell just now, go too.")
    found = [sizes[key] for key in keys if key in sizes]
    said = ngettext("%(size)s in %(count)d file are freed.", "%(size)s in %(count)d files are freed.", len(found))
    return said % {"size": filesizeformat(sum(found)), "count": len(found)}
