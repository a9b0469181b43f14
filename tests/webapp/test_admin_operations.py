"""Jobs, health, blocking and deleting in the admin, and who may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from tests import factories
from tests.webapp.staff import staff
from webapp import files, services
from webapp.admin import health
from webapp.models import Block, Design, Job, Pattern, Photo, TrainingRun
from webapp.ownership import Owner, adopt_visitor
from webapp.services.blocks import block_owner


@pytest.fixture
def operator(db: None, sent: list) -> Client:
    return staff("operator")


def act(client: Client, model: str, action: str, *rows: Any, **said: Any) -> str:
    chosen = [str(row.pk) for row in rows]
    answer = client.post(f"/admin/webapp/{model}/", {"action": action, "_selected_action": chosen, **said}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_failed_jobs_are_tried_again_and_waiting_ones_cancelled(operator, sent):
    owner = factories.visitor()
    failed = factories.job(owner, pattern=factories.pattern(owner), state=Job.State.FAILED, error="No memory.")
    waiting = factories.job(owner)
    page = act(operator, "job", "retry", failed, waiting)
    assert "1 job waits again" in page and "1 stays as it is" in page
    assert sent == ["generate"]
    act(operator, "job", "cancel", failed, waiting)
    assert set(Job.objects.values_list("state", flat=True)) == {"cancelled"}
    assert LogEntry.objects.count() == 3


def test_jobs_of_owners_who_may_have_no_more_stay_and_the_others_are_tried_again(operator, sent, settings):
    settings.AIFASHION_MAX_ACTIVE_JOBS = 1
    full, blocked, free = factories.visitor(), factories.visitor(), factories.visitor()
    factories.job(full)
    failed = [factories.job(owner, state=Job.State.FAILED) for owner in (full, blocked, free)]
    block_owner(owner=blocked, by=None)
    page = act(operator, "job", "retry", *failed)
    assert "1 job waits again" in page and "2 stay as they are" in page and "fewer than 1 jobs" in page
    assert "your prints" not in page and "Your access" not in page
    assert [Job.objects.get(pk=job.pk).state for job in failed] == ["failed", "failed", "queued"]
    assert [entry.object_id for entry in LogEntry.objects.all()] == [str(failed[2].pk)]


def test_a_training_is_not_tried_again_but_resumed_on_the_page_of_its_run(operator, sent):
    owner = factories.account()
    run = TrainingRun.objects.create(category=factories.category(), finished_at=timezone.now())
    paused = factories.job(owner, "train", run=run, state=Job.State.CANCELLED)
    page = act(operator, "job", "retry", paused)
    assert "0 jobs wait again" in page and "a training is resumed on the page of its run" in page
    with pytest.raises(services.NotAllowed, match="from the page of its run"):
        services.retry_job(owner=owner, job=paused)
    paused.refresh_from_db()
    assert (paused.state, sent) == ("cancelled", [])


def test_a_retry_without_a_queue_says_so_and_changes_nothing(broker_down, db):
    hour_ago = timezone.now() - timedelta(hours=1)
    failed = factories.job(factories.visitor(), state=Job.State.FAILED, queued_at=hour_ago, started_at=hour_ago)
    before = Job.objects.values().get()
    assert "queue is not reachable" in act(staff("operator"), "job", "retry", failed)
    assert Job.objects.values().get() == before


def test_a_blocked_owner_is_refused_all_that_costs_and_keeps_what_they_have(db, sent):
    owner = factories.visitor()
    pattern, photo = factories.pattern(owner), factories.segmented_photo(owner)
    failed = factories.job(owner, pattern=pattern, state=Job.State.FAILED)
    block_owner(owner=owner, by=None)
    costly = (
        lambda: services.generate_patterns(owner=owner, category=pattern.category),
        lambda: services.vary_pattern(owner=owner, pattern=pattern),
        lambda: services.recolour_pattern(owner=owner, pattern=pattern, palette=["#112233"]),
        lambda: services.make_print_file(
            owner=owner, pattern=pattern, repeat="basic", tile_cm=1, dpi=72, extension="png"
        ),
        lambda: services.upload_photo(owner=owner, file=factories.upload()),
        lambda: services.segment_photo(owner=owner, photo=photo),
        lambda: services.create_design(owner=owner, photo=photo, layers=[services.LayerInput(pattern)]),
        lambda: services.retry_job(owner=owner, job=failed),
    )
    for ask in costly:
        with pytest.raises(services.NotAllowed, match="blocked"):
            ask()
    assert (Pattern.objects.count(), Photo.objects.count(), Design.objects.count(), Job.objects.count()) == (1, 1, 0, 1)
    assert sent == []


def test_a_block_follows_a_visitor_into_their_account_and_is_lifted_by_deleting_it(operator):
    owner = factories.visitor()
    block_owner(owner=owner, by=None, reason="floods")
    user = factories.account().user
    adopt_visitor(user=user, visitor=owner.visitor)
    block = Block.objects.get(user=user)
    assert block.reason == "floods"
    operator.post(f"/admin/webapp/block/{block.pk}/delete/", {"post": "yes"})
    category = factories.version().category
    assert services.generate_patterns(owner=Owner(user=user), category=category)


def test_an_operator_blocks_by_name_and_stops_what_waits(operator):
    owner = factories.visitor()
    waiting = factories.job(owner)
    operator.post("/admin/webapp/block/add/", {"visitor": str(owner.visitor), "user": "", "reason": "floods"})
    waiting.refresh_from_db()
    assert waiting.state == "cancelled"
    assert Block.objects.get().created_by.username == "sam"
    assert LogEntry.objects.get().object_id == str(Block.objects.get().pk)
    both = operator.post("/admin/webapp/block/add/", {"visitor": "", "user": ""})
    assert "not both" in both.content.decode()


def test_deleting_all_of_an_owner_leaves_nothing_of_theirs_and_all_of_others(operator, stored):
    owner, other = factories.visitor(), factories.visitor()
    factories.photo(other, image=factories.picture(200, 100))
    others = stored()
    design = factories.design(owner)
    job = factories.job(owner, design=design)
    act(operator, "job", "delete_all_of_owners", job)
    assert stored() == others
    assert not Design.objects.exists() and Photo.objects.count() == 1
    assert Block.objects.get().visitor == owner.visitor
    assert LogEntry.objects.count() == 1


@pytest.mark.parametrize("model", ["photo", "pattern", "design"])
def test_deleting_in_the_admin_deletes_files(operator, stored, model):
    owner = factories.visitor()
    design = factories.design(owner)
    row = {"photo": design.photo, "pattern": design.layers.get().pattern, "design": design}[model]
    before = set(stored())
    act(operator, model, "delete_selected", row, post="yes")
    assert not type(row).objects.filter(pk=row.pk).exists()
    gone = before - set(stored())
    assert row.image_key in gone
    assert LogEntry.objects.count() == 1


@pytest.mark.parametrize("chosen", [False, True], ids=["its own page", "the list"])
@pytest.mark.parametrize("model", ["photo", "pattern", "design"])
def test_with_the_storage_away_nothing_is_deleted_and_the_page_says_so(operator, monkeypatch, model, chosen):
    def refuse(*keys: str) -> None:
        raise OSError("The disk is away.")

    design = factories.design(factories.visitor())
    row = {"photo": design.photo, "pattern": design.layers.get().pattern, "design": design}[model]
    monkeypatch.setattr(files, "delete_keys", refuse)
    if chosen:
        page = act(operator, model, "delete_selected", row, post="yes")
    else:
        answer = operator.post(f"/admin/webapp/{model}/{row.pk}/delete/", {"post": "yes"}, follow=True)
        page = answer.content.decode()
    assert "The file storage is not reachable" in page
    assert type(row).objects.filter(pk=row.pk).exists()


def test_where_the_storage_fails_in_the_middle_the_log_tells_of_what_is_gone_alone(operator, monkeypatch):
    rows = [factories.pattern(factories.visitor(), seed=seed) for seed in range(3)]
    real, asked = files.delete_keys, []

    def fails_at_the_second(*keys: str) -> None:
        asked.extend(key for key in keys if key)
        if keys and len(asked) == 2:
            raise OSError("The disk is away.")
        real(*keys)

    monkeypatch.setattr(files, "delete_keys", fails_at_the_second)
    chosen = {"action": "delete_selected", "_selected_action": [row.pk for row in rows], "post": "yes"}
    page = operator.post("/admin/webapp/pattern/", chosen, follow=True).content.decode()
    assert "1 of 3 was deleted" in page and "The file storage is not reachable" in page
    left = {str(pk) for pk in Pattern.objects.values_list("pk", flat=True)}
    (entry,) = LogEntry.objects.all()
    assert len(left) == 2 and entry.object_id not in left and entry.is_deletion()
    operator.post("/admin/webapp/pattern/", {**chosen, "_selected_action": list(left)})
    assert not Pattern.objects.exists() and LogEntry.objects.count() == 3


def test_nobody_blocks_themselves_and_the_form_says_so(operator):
    me = get_user_model().objects.get(username="sam")
    page = operator.post("/admin/webapp/block/add/", {"user": me.pk, "visitor": "", "reason": ""}, follow=True)
    assert "You cannot block yourself." in page.content.decode()
    assert not Block.objects.exists()


def test_deleting_an_account_deletes_its_files(admin_client, stored):
    owner = factories.account()
    factories.design(owner)
    assert stored()
    admin_client.post(f"/admin/auth/user/{owner.user.pk}/delete/", {"post": "yes"})
    assert not get_user_model().objects.filter(pk=owner.user.pk).exists()
    assert stored() == []


def test_the_health_page_counts_what_waits_and_what_owners_keep(operator, monkeypatch):
    monkeypatch.setattr(health, "waiting_in", lambda queue: 3)
    monkeypatch.setattr(health, "_workers", lambda: [])
    owner = factories.visitor()
    photo = factories.photo(owner)
    waiting = factories.job(owner, "segment", photo=photo)
    factories.job(owner, "segment", photo=photo, state=Job.State.RUNNING)
    answer = operator.get("/admin/health/")
    segment = next(queue for queue in answer.context["queues"] if queue["name"] == "segment")
    assert [segment[name] for name in ("messages", "waiting", "running")] == [3, 1, 1]
    assert segment["oldest"] == waiting.queued_at
    block_owner(owner=owner, by=None)
    answer = operator.get("/admin/health/")
    segment = next(queue for queue in answer.context["queues"] if queue["name"] == "segment")
    assert (segment["waiting"], segment["oldest"]) == (0, None)
    (row,) = answer.context["owners"]
    assert (row["name"], row["photos"], row["blocked"]) == (str(owner.visitor), 1, True) and row["bytes"] > 0
    page = answer.content.decode()
    assert "No worker answers" in page and str(owner.visitor) in page


@pytest.mark.parametrize(("role", "allowed"), [("", 403), ("curator", 403), ("trainer", 403), ("operator", 200)])
def test_only_operators_see_jobs_health_and_blocks(db, monkeypatch, role, allowed):
    monkeypatch.setattr(health, "_workers", lambda: [])
    monkeypatch.setattr(health, "CHECKS", {})
    monkeypatch.setattr(health, "waiting_in", lambda queue: 0)
    client = staff(role)
    pages = ("/admin/health/", "/admin/webapp/job/", "/admin/webapp/block/add/")
    assert [client.get(page).status_code for page in pages] == [allowed] * 3
    assert [Client().get(page).status_code for page in pages] == [302] * 3
