from __future__ import annotations

import pytest
from django.contrib.auth import login
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.test import RequestFactory

from tests import factories
from webapp.models import Design, Job, Pattern, Photo
from webapp.ownership import Owner, owner_of

pytestmark = pytest.mark.django_db


def browser(user=None, session=None):
    request = RequestFactory().get("/")
    request.user = user or AnonymousUser()
    request.session = session if session is not None else SessionStore()
    return request


def test_a_browser_keeps_its_visitor_id_and_another_has_its_own() -> None:
    request = browser()
    assert owner_of(request) == owner_of(request)
    assert owner_of(request) != owner_of(browser())


def test_a_forged_visitor_id_is_replaced() -> None:
    session = SessionStore()
    session["visitor"] = "not an id"
    assert owner_of(browser(session=session)).visitor is not None


def test_an_account_owns_by_itself() -> None:
    user = factories.account().user
    assert owner_of(browser(user)) == Owner(user=user)


def test_login_adopts_what_the_visitor_made_and_keeps_it_from_expiring() -> None:
    request = browser()
    visitor = owner_of(request)
    factories.design(visitor)
    factories.job(visitor)
    other = factories.design(factories.visitor())
    account = factories.account()
    login(request, account.user, backend="django.contrib.auth.backends.ModelBackend")
    for model in (Photo, Pattern, Design, Job):
        assert model.objects.owned_by(account).count() == 1
        assert not model.objects.owned_by(visitor).exists()
    assert Photo.objects.owned_by(account).get().expires_at is None
    other.refresh_from_db()
    assert other.user is None


def test_an_owner_is_not_two_and_nobody_owns_nothing() -> None:
    with pytest.raises(ValueError, match="not both"):
        Owner(user=factories.account().user, visitor=factories.visitor().visitor)
    with pytest.raises(ValueError, match="Nobody"):
        _ = Owner().fields
