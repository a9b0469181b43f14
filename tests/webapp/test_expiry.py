from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

from tests import factories
from tests.site_calls import browser
from tests.webapp.staff import staff
from webapp import expiry, services
from webapp.models import Collection, Design, DesignLayer, Pattern, Photo
from webapp.ownership import Owner

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor() -> Owner:
    """A visitor whose browser has a session."""
    owner = factories.visitor()
    browser(owner)
    return owner


def age(*rows: Any, days: int = 8) -> None:
    for row in rows:
        type(row).objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(days=days))


def end_sessions() -> None:
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))


def design_on_stock(owner: Owner, seed: int) -> Design:
    photo = Photo.objects.filter(stock_slug="dress").first() or factories.stock_photo()
    design = Design.objects.create(**owner.fields, photo=photo, image_key=f"designs/{seed}.png")
    DesignLayer.objects.create(design=design, pattern=factories.pattern(owner, seed=seed))
    return design


def test_old_prints_and_designs_of_visitors_go_with_their_files(visitor: Owner, stored: Any) -> None:
    old, young = (factories.pattern(visitor, seed=seed) for seed in (1, 2))
    design = design_on_stock(visitor, seed=3)
    age(old, design, design.layers.get().pattern)
    assert expiry.expire_made() == 3
    assert list(Pattern.objects.all()) == [young]
    assert not Design.objects.exists()
    assert [key for key in stored() if key.startswith(("patterns/", "designs/"))] == [young.image_key]
    assert Photo.objects.filter(stock_slug="dress").exists()


def test_what_is_marked_collected_shared_or_still_worn_stays_as_long_as_the_session(visitor: Owner) -> None:
    favourite, collected, plain = (factories.pattern(visitor, seed=seed) for seed in (1, 2, 3))
    shared, liked = (design_on_stock(visitor, seed=seed) for seed in (4, 5))
    services.mark(owner=visitor, rows=[favourite, liked], favourite=True)
    collection = services.create_collection(owner=visitor, name="Spring")
    services.add_to_collection(owner=visitor, collection=collection, rows=[collected])
    share = services.share_design(owner=visitor, design=shared)
    worn = [design.layers.get().pattern for design in (shared, liked)]
    age(favourite, collected, plain, shared, liked, collection, *worn)
    assert expiry.expire_made() == 1
    assert set(Pattern.objects.all()) == {favourite, collected, *worn}
    assert set(Design.objects.all()) == {shared, liked}
    services.revoke_share(owner=visitor, share=share)
    assert expiry.expire_made() == 2  # the design and the print that it alone showed
    assert list(Design.objects.all()) == [liked]
    end_sessions()
    assert expiry.expire_made() == 5
    assert not any(model.objects.exists() for model in (Pattern, Design, Collection))


def test_an_account_and_young_work_of_a_session_that_is_over_lose_nothing(visitor: Owner) -> None:
    account = factories.account()
    rows = [factories.pattern(account, seed=1), design_on_stock(account, seed=2)]
    age(*rows, rows[1].layers.get().pattern, days=800)
    factories.pattern(visitor, seed=3)
    end_sessions()
    assert expiry.expire_made() == 0
    assert Pattern.objects.count() == 3


def test_a_session_without_a_visitor_or_with_words_for_one_keeps_nothing_and_breaks_nothing(visitor: Owner) -> None:
    for value in ("", "words", 7, None):
        session = browser(Owner(visitor=uuid.UUID(int=9))).session
        session["visitor"] = value
        session.save()
    assert expiry.living_visitors() == {visitor.visitor}


def test_one_run_takes_so_many_and_the_next_the_rest(visitor: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "MOST_AT_ONCE", 2)
    age(*(factories.pattern(visitor, seed=seed) for seed in range(3)))
    assert [expiry.expire_made() for _ in range(3)] == [2, 1, 0]


def test_the_command_says_how_many_of_what_it_removed(visitor: Owner, capsys: pytest.CaptureFixture) -> None:
    age(factories.pattern(visitor))
    end_sessions()
    call_command("expire")
    said = capsys.readouterr().out.splitlines()
    assert "prints, designs and collections: 1 removed" in said
    assert "sessions: 1 removed" in said
    assert not Session.objects.exists()


def test_the_privacy_and_health_pages_say_it_from_the_settings(
    settings: Any, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.AIFASHION_ANONYMOUS_DAYS, settings.SESSION_COOKIE_AGE = 23, 41 * 24 * 60 * 60
    privacy = client.get("/privacy/").content.decode()
    assert "Without one they are deleted after 23 days" in privacy
    assert "known here, 41 days" in privacy
    monkeypatch.setattr("webapp.admin.health._workers", list)
    health = staff("operator").get("/admin/health/").content.decode()
    assert "with their session, 41 days after its start" in health
