"""Pages about the site and about an account: what they say, and that deleting takes one person's things and no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from tests import factories
from tests.site_calls import browser
from webapp import files, services
from webapp.models import Collection, Design, Job, Pattern, Photo, TrainingRun
from webapp.ownership import Owner
from webapp.services.blocks import block_owner

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough password"
NEW = "quite another password"


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def visitor() -> tuple[Client, Owner]:
    owner = factories.visitor()
    return browser(owner), owner


def logged_in(name: str = "dana") -> tuple[Client, Owner]:
    client, owner = Client(), factories.account(name)
    client.force_login(owner.user)
    return client, owner


def fill(owner: Owner) -> None:
    design = factories.design(owner)
    factories.printed(owner, Pattern.objects.owned_by(owner).get())
    factories.job(owner, "segment", photo=design.photo)
    services.create_collection(owner=owner, name="Spring")


def rows_of(owner: Owner) -> list[int]:
    return [model.objects.owned_by(owner).count() for model in (Photo, Design, Pattern, Job, Collection)]


def text_of(client: Client, name: str) -> str:
    response = client.get(reverse(name))
    assert response.status_code == 200
    return response.content.decode()


def test_how_it_works_shows_the_recorded_figures_and_sources_of_versions_in_use() -> None:
    version = factories.version()
    version.metrics = {"frechet_distance": 1359.1, "frechet_floor": 214.1, "coverage": 0.617, "coverage_real": 0.721}
    version.header = {
        "sources": ["cloth, CC BY 4.0"],
        "started_from": {"sources": ["drawings, MIT", "cloth, CC BY 4.0"]},
    }
    version.save()
    old = factories.version(number=2, active=False)
    old.metrics = {"frechet_distance": 8888.0}
    old.save()
    factories.version("striped")
    kept_out = factories.version("dotted")
    kept_out.metrics = {"frechet_distance": 90, "held_out": True}
    kept_out.save()
    page = text_of(Client(), "how")
    for figure in ("1,359", "214", "0.62", "0.72"):
        assert f"<td>{figure}</td>" in page
    assert "8,888" not in page
    assert "no photo was kept out" in page
    assert "Only for Dotted the swatches" in page
    assert page.count("cloth, CC BY 4.0") == 1
    assert "drawings, MIT" in page
    assert page.count("not measured") == 1


def test_how_it_works_shows_a_coverage_of_zero_and_says_nothing_of_photos_seen_where_some_were_kept_out() -> None:
    version = factories.version()
    version.metrics = {"frechet_distance": 90, "coverage": 0.0, "held_out": True}
    version.save()
    page = text_of(Client(), "how")
    assert "<td>0.00</td>" in page
    assert "no photo was kept out" not in page


def test_how_it_works_answers_without_any_generator_and_with_an_absent_garment_network(settings: Any) -> None:
    settings.AIFASHION_SEGMENTER = "absent"
    page = text_of(Client(), "how")
    assert "No category has a trained generator yet" in page
    assert "tried on" not in page


def test_the_data_of_the_shipped_garment_network_are_named() -> None:
    page = text_of(Client(), "how")
    assert "Clothing Co-Parsing" in page
    assert "tried on 84 photos" in page


def test_privacy_says_the_days_that_the_settings_say(settings: Any) -> None:
    settings.AIFASHION_ANONYMOUS_DAYS, settings.FILE_LINK_SECONDS = 23, 1260
    page = text_of(Client(), "privacy")
    assert "deleted after 23 days" in page
    assert "after 21 minutes" in page
    assert reverse("delete_mine") in page


@pytest.mark.parametrize("person", [visitor, logged_in])
def test_delete_everything_asks_first_then_takes_rows_and_files_of_this_person_only(
    person: Callable[[], tuple[Client, Owner]], sent: list, stored: Callable
) -> None:
    _, other = visitor()
    fill(other)
    kept_files, kept_rows = stored(), rows_of(other)
    client, owner = person()
    fill(owner)
    before = rows_of(owner)
    assert all(before)
    assert len(stored()) > len(kept_files)
    assert "for good?" in text_of(client, "delete_mine")
    assert rows_of(owner) == before
    response = client.post(reverse("delete_mine"), follow=True)
    assert "Everything of yours was deleted." in response.content.decode()
    assert rows_of(owner) == [0] * len(before)
    assert rows_of(other) == kept_rows
    assert stored() == kept_files
    if owner.user:
        assert get_user_model().objects.filter(pk=owner.user.pk).exists()


def test_deleting_an_account_asks_first_takes_all_of_it_and_logs_out(sent: list, stored: Callable) -> None:
    _, other = logged_in("noor")
    fill(other)
    kept_files, kept_rows = stored(), rows_of(other)
    client, owner = logged_in()
    fill(owner)
    assert "dana" in text_of(client, "delete_account")
    assert all(rows_of(owner))
    response = client.post(reverse("delete_account"), follow=True)
    assert "Your account was deleted" in response.content.decode()
    assert reverse("login") in response.content.decode()
    assert list(get_user_model().objects.values_list("username", flat=True)) == ["noor"]
    assert [model.objects.count() for model in (Photo, Design, Pattern, Job, Collection)] == kept_rows
    assert stored() == kept_files


def site_work(owner: Owner) -> tuple[TrainingRun, Job]:
    """A paused training and images that wait, both asked for by a member of the staff."""
    run = TrainingRun.objects.create(category=factories.category(), is_paused=True, started_by=owner.user)
    factories.job(owner, "train", run=run, state=Job.State.CANCELLED)
    return run, factories.job(owner, "intake")


def test_the_site_s_own_work_stays_when_the_one_who_asked_for_it_deletes_everything(sent: list) -> None:
    client, owner = logged_in()
    fill(owner)
    run, intake = site_work(owner)
    block_owner(owner=owner, by=None)
    client.post(reverse("delete_mine"), follow=True)
    assert set(Job.objects.owned_by(owner).values_list("kind", "state")) == {
        ("train", "cancelled"),
        ("intake", "queued"),
    }
    assert TrainingRun.objects.get().state == "paused"
    services.delete_account(user=owner.user)
    assert not get_user_model().objects.filter(username="dana").exists()
    assert Job.objects.get(pk=intake.pk).state == "queued"
    run.refresh_from_db()
    assert (run.state, run.started_by) == ("paused", None)
    assert run.job is not None


def test_with_the_storage_away_the_account_stays_and_the_page_says_so(
    sent: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*keys: str) -> None:
        raise OSError("The disk is away.")

    client, owner = logged_in()
    fill(owner)
    monkeypatch.setattr(files, "delete_keys", refuse)
    back = reverse("delete_account")
    response = client.post(back, headers={"referer": f"http://testserver{back}"})
    assert (response.status_code, response["Location"]) == (302, f"http://testserver{back}")
    assert 'class="error"' in text_of(client, "delete_account")
    assert get_user_model().objects.filter(username="dana").exists()
    assert Photo.objects.owned_by(owner).exists()


@pytest.mark.parametrize("name", ["account", "delete_account"])
def test_pages_of_an_account_send_others_to_the_login(name: str) -> None:
    for response in (Client().get(reverse(name)), Client().post(reverse(name))):
        assert response.status_code == 302
        assert response["Location"] == f"{reverse('login')}?next={reverse(name)}"


def test_the_password_changes_with_the_old_one_only_and_the_person_stays_logged_in() -> None:
    client, _ = logged_in()
    page = text_of(client, "account")
    assert f'href="{reverse("account")}"' in page
    assert "dana" in page
    data = {"old_password": "wrong", "new_password1": NEW, "new_password2": NEW}
    assert client.post(reverse("account"), data).status_code == 200
    assert not Client().login(username="dana", password=NEW)
    response = client.post(reverse("account"), data | {"old_password": PASSWORD}, follow=True)
    assert "Your password was changed." in response.content.decode()
    assert Client().login(username="dana", password=NEW)
    assert text_of(client, "account")
