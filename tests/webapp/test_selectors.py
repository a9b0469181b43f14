from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from tests import factories
from webapp import selectors
from webapp.errors import NotFound
from webapp.models import Design, Pattern

pytestmark = pytest.mark.django_db


def test_only_published_categories_with_an_active_version_are_on_the_site() -> None:
    factories.version("floral")
    factories.version("striped", active=False)
    factories.category("zebra")
    factories.version("cheetah")
    factories.category("cheetah", published=False)
    assert [category.slug for category in selectors.published_categories()] == ["floral"]
    assert selectors.published_categories()[0].cover == "/static/categories/floral.webp"
    with pytest.raises(NotFound):
        selectors.get_category(slug="cheetah")


def test_another_s_row_is_as_absent_as_one_that_never_was() -> None:
    mine, yours = factories.visitor(), factories.visitor()
    design = factories.design(mine)
    assert selectors.get_owned(Design, owner=mine, pk=design.pk) == design
    for owner, pk in ((yours, design.pk), (mine, uuid.uuid4()), (mine, "no id")):
        with pytest.raises(NotFound):
            selectors.get_owned(Design, owner=owner, pk=pk)


def test_everybody_may_use_stock_but_only_the_owner_an_upload() -> None:
    mine, yours = factories.visitor(), factories.visitor()
    stock, photo = factories.stock_photo(), factories.photo(mine)
    assert selectors.get_photo(owner=yours, pk=stock.pk) == stock
    assert selectors.get_photo(owner=mine, pk=photo.pk) == photo
    with pytest.raises(NotFound):
        selectors.get_photo(owner=yours, pk=photo.pk)
    assert list(selectors.photos_of(owner=mine)) == [photo]
    assert list(selectors.stock_photos()) == [stock]


def test_histories_hold_what_is_finished_and_not_hidden() -> None:
    owner = factories.visitor()
    ready = factories.pattern(owner, seed=1)
    factories.pattern(owner, seed=2, ready=False)
    hidden = factories.pattern(owner, seed=3)
    Pattern.objects.filter(pk=hidden.pk).update(is_hidden=True)
    assert list(selectors.prints_in(owner=owner, narrowed=selectors.Narrowed())) == [ready]
    assert list(selectors.prints_in(owner=owner, narrowed=selectors.Narrowed(hidden=True))) == [hidden]
    factories.design(owner, ready=False)
    assert not selectors.designs_of(owner=owner).exists()


def test_queue_position_counts_those_of_the_same_kind_who_came_before() -> None:
    owner, now = factories.visitor(), timezone.now()
    first, second = (factories.job(owner, queued_at=now + timedelta(seconds=i)) for i in (0, 1))
    factories.job(owner, "segment", queued_at=now - timedelta(hours=1))
    running = factories.job(owner, state="running", queued_at=now - timedelta(hours=1))
    assert [selectors.queue_position(job=job) for job in (first, second, running)] == [1, 2, 0]
