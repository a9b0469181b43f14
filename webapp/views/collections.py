"""Collections: made, renamed. The history shows what is in them; the page that deletes asks first."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from webapp import selectors, services
from webapp.models import Collection
from webapp.ownership import owner_of
from webapp.refusals import refusals_as_messages


@require_POST
@refusals_as_messages
def create_collection(request: HttpRequest) -> HttpResponse:
    return _shown(services.create_collection(owner=owner_of(request), name=request.POST.get("name", "")))


@require_POST
@refusals_as_messages
def rename_collection(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    owner = owner_of(request)
    collection = selectors.get_owned(Collection, owner=owner, pk=pk)
    return _shown(services.rename_collection(owner=owner, collection=collection, name=request.POST.get("name", "")))


def _shown(collection: Collection) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('history')}?collection={collection.pk}")
