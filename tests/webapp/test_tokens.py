"""Tokens on the account page: made, shown once, told apart, revoked."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories
from webapp import services
from webapp.models import ApiToken

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def logged_in(name: str = "dana") -> tuple[Client, Any]:
    client, owner = Client(), factories.account(name)
    client.force_login(owner.user)
    return client, owner.user


def test_a_token_is_shown_once_works_and_is_kept_as_its_hash_alone() -> None:
    client, user = logged_in()
    made = client.post(reverse("create_token"), {"name": "  Sewing   room "})
    assert "no-store" in made["Cache-Control"]
    (text,) = re.findall(r'value="(aif_[^"]+)"', made.content.decode())
    assert services.use_token(text=text) == user
    assert text not in str(list(ApiToken.objects.values()))
    page = client.get(reverse("account")).content.decode()
    assert "Sewing room" in page
    assert "last used" in page
    assert text not in page + client.get(reverse("create_token"), follow=True).content.decode()
    assert text not in str(dict(client.session)) + str(client.cookies)


def test_a_token_is_revoked_by_its_account_alone() -> None:
    client, user = logged_in()
    stranger, _other = logged_in("noor")
    token, text = services.create_token(user=user, name="script")
    assert stranger.post(reverse("revoke_token", args=[token.pk])).status_code == 404
    assert services.use_token(text=text) == user
    page = client.post(reverse("revoke_token", args=[token.pk]), follow=True).content.decode()
    assert "was revoked" in page
    assert services.use_token(text=text) is None


def test_an_account_has_so_many_tokens_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.services.tokens.MOST_TOKENS", 2)
    client, user = logged_in()
    for name in ("one", "two"):
        services.create_token(user=user, name=name)
    page = client.post(reverse("create_token"), {"name": "three"}, follow=True).content.decode()
    assert "Revoke one first" in page
    assert ApiToken.objects.count() == 2
    with pytest.raises(services.BadRequest):
        services.create_token(user=factories.account("noor").user, name="   ")


@pytest.mark.parametrize("name", ["", " ", "x" * 81, "a\x00b"])
def test_a_name_that_is_none_is_refused_on_the_page(name: str) -> None:
    client, _user = logged_in()
    page = client.post(reverse("create_token"), {"name": name}, follow=True).content.decode()
    assert 'class="error"' in page
    assert not ApiToken.objects.exists()


def test_tokens_are_for_accounts_and_go_with_them() -> None:
    assert Client().post(reverse("create_token"), {"name": "x"})["Location"].startswith(reverse("login"))
    _client, user = logged_in()
    services.create_token(user=user, name="script")
    services.delete_account(user=user)
    assert not ApiToken.objects.exists()
