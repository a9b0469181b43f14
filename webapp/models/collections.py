"""Prints and designs that people put together."""

from __future__ import annotations

from django.db import models

from webapp.models.owned import Owned, one_owner


class Collection(Owned):
    """Prints and designs that somebody put together under a name; what is in it stays where it is."""

    name = models.CharField(max_length=80)
    patterns = models.ManyToManyField("webapp.Pattern", related_name="collections", blank=True)
    designs = models.ManyToManyField("webapp.Design", related_name="collections", blank=True)

    class Meta(Owned.Meta):
        ordering = ("name", "created_at")
        constraints = (one_owner("collection_one_owner"),)

    def __str__(self) -> str:
        return self.name
