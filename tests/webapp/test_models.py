from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from tests import factories
from webapp.models import Job, ModelVersion, Pattern, Photo
from workers.messages import STORAGE_DOWN

pytestmark = pytest.mark.django_db


def test_a_row_has_exactly_one_owner() -> None:
    both = {**factories.account().fields, "visitor": factories.visitor().visitor}
    for fields in ({}, both):
        with pytest.raises(IntegrityError), transaction.atomic():
            Job.objects.create(kind="generate", **fields)
        with pytest.raises(IntegrityError), transaction.atomic():
            Pattern.objects.create(version=factories.version(), seed=1, **fields)


def test_only_a_stock_photo_has_no_owner() -> None:
    columns = {"image_key": "a", "width": 9, "height": 9, "sha256": "0"}
    Photo.objects.create(stock_slug="dress", **columns)
    for fields in ({}, {"stock_slug": "coat", **factories.visitor().fields}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Photo.objects.create(**fields, **columns)


def test_a_category_has_one_active_version() -> None:
    factories.version(number=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelVersion.objects.create(category=factories.category(), number=2, is_active=True, weights_key="x")
    ModelVersion.objects.create(category=factories.category(), number=3, is_active=False, weights_key="x")


def test_owned_by_gives_each_owner_their_own_rows_and_nobody_none() -> None:
    from webapp.ownership import Owner

    mine, yours, account = factories.visitor(), factories.visitor(), factories.account()
    job = factories.job(mine)
    factories.job(account)
    assert list(Job.objects.owned_by(mine)) == [job]
    assert not Job.objects.owned_by(yours).exists()
    assert Job.objects.owned_by(account).count() == 1
    assert not Job.objects.owned_by(Owner()).exists()
    assert job.is_owned_by(mine)
    assert not job.is_owned_by(yours)
    assert not job.is_owned_by(account)
    assert not job.is_owned_by(Owner())


def test_a_photo_tells_how_far_the_search_for_garments_is() -> None:
    owner = factories.visitor()
    photo = factories.photo(owner)
    assert photo.garments_state == "none"
    factories.job(owner, "segment", photo=photo)
    assert photo.garments_state == "queued"
    assert factories.segmented_photo(owner).garments_state == "ready"


def test_why_a_job_failed_is_said_in_the_language_of_whoever_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    german = {STORAGE_DOWN: "Der Speicher ist nicht erreichbar."}
    monkeypatch.setattr("webapp.models.jobs.gettext", lambda text: german.get(text, text))
    assert Job(error=STORAGE_DOWN).problem == "Der Speicher ist nicht erreichbar."
    assert Job(error="A sentence of before.").problem == "A sentence of before."
    assert Job().problem == ""  # gettext says of an empty text who translated the site
