"""Training images in the admin: upload, report, moving, describing, deleting, and who may."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from tests.factories import account, category, encoded, job
from tests.webapp.staff import staff
from webapp.models import Job, TrainingImage, TrainingRun
from webapp.queue import kinds_in
from webapp.services.training_images import report_of
from workers import jobs, tasks

UPLOAD = "/admin/webapp/trainingimage/upload/"


def cloth(seed: int, side: int = 96) -> bytes:
    """A print of its own: coarse blocks in random colours."""
    blocks = np.random.default_rng(seed).integers(0, 255, (6, 6, 3), np.uint8)
    return encoded(Image.fromarray(blocks).resize((side, side), Image.Resampling.NEAREST), "PNG")


def zipped(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), data)
    return buffer.getvalue()


def bring(client: Client, *uploads: tuple[str, bytes], slug: str = "floral", **said: str) -> Any:
    sent_files = [SimpleUploadedFile(name, data) for name, data in uploads]
    return client.post(UPLOAD, {"category": category(slug).pk, "files": sent_files, **said})


@pytest.fixture
def curator(db: None, sent: list) -> Client:
    return staff("curator")


def run(job: Job) -> list[dict[str, str]]:
    tasks.serve("intake")
    job.refresh_from_db()
    assert job.state == "succeeded", job.error
    return report_of(job)


def test_files_wait_for_no_training_and_hold_up_no_designer(curator, sent):
    training = TrainingRun.objects.create(category=category("zebra"))
    job(account(), "train", run=training, state=Job.State.RUNNING)
    report = bring(curator, ("one.png", cloth(1))).url
    page = curator.get(report).content.decode()
    assert "are being looked at" in page and "Zebra" not in page
    assert (sent, kinds_in("intake")) == (["intake"], ["intake"])
    assert [line["outcome"] for line in run(Job.objects.get(kind="intake"))] == ["taken"]


def test_files_that_waited_in_the_trainers_queue_before_an_update_get_a_ticket_in_their_own(curator, sent, monkeypatch):
    bring(curator, ("one.png", cloth(1)))
    Job.objects.update(sent_at=timezone.now() - timedelta(seconds=60))
    sent.clear()
    tasks.serve("train")  # the ticket of before is taken, and finds nothing
    assert Job.objects.get(kind="intake").state == "queued"
    monkeypatch.setattr(jobs, "waiting_in", lambda queue: 0)
    assert (jobs.replace_tickets(), sent) == (1, ["intake"])


def test_files_and_zips_are_judged_one_by_one_and_the_report_says_why(curator, stored):
    good = cloth(1)
    archive = zipped(
        a_png=cloth(2), again_png=good, small_png=cloth(3, 32), words_txt=b"not a picture", up__words_png=b"x"
    )
    answer = bring(
        curator,
        ("one.png", good),
        ("torn.jpg", encoded(Image.new("RGB", (90, 90)))[:300]),
        ("all.zip", archive),
        source="shelf",
    )
    job = Job.objects.get()
    assert answer.url == reverse("admin:webapp_trainingimage_report", args=[job.pk])
    lines = {line["file"]: line for line in run(job)}
    assert {name: line["kind"] or "taken" for name, line in lines.items()} == {
        "one.png": "taken",
        "torn.jpg": "broken",
        "all.zip/a.png": "taken",
        "all.zip/again.png": "near-duplicate",
        "all.zip/small.png": "too small",
        "all.zip/words.txt": "wrong type",
        "all.zip/up/words.png": "wrong type",
    }
    assert "one.png" in lines["all.zip/again.png"]["reason"]
    rows = TrainingImage.objects.all()
    assert {(row.original_name, row.source, row.uploaded_by.username) for row in rows} == {
        ("one.png", "shelf", "sam"),
        ("a.png", "shelf", "sam"),
    }
    kept = set(stored())
    assert {key for row in rows for key in (row.image_key, row.thumbnail_key)} <= kept
    assert not [key for key in kept if key.startswith("intakes/") and key.endswith(".zip")]
    page = curator.get(answer.url).content.decode()
    assert "near-duplicate" in page and "Training wants 100 or more" in page


@pytest.mark.parametrize("before_looks", [False, True], ids=["with its look", "taken before looks were kept"])
def test_what_a_category_has_already_is_refused_by_name(curator, before_looks):
    bring(curator, ("first.png", cloth(1)))
    run(Job.objects.get())
    look = TrainingImage.objects.get().look
    if before_looks:
        TrainingImage.objects.update(look=b"")
    bring(curator, ("second.png", cloth(1, 120)))
    (line,) = run(Job.objects.exclude(state="succeeded").get())
    assert line["kind"] == "near-duplicate" and "first.png, which this category has already" in line["reason"]
    assert len(look) == len(TrainingImage.objects.get().look) == 438


def test_more_files_than_any_other_form_may_bring_go_through_the_upload_only(curator):
    many = [(f"{number}.png", b"x") for number in range(130)]
    assert bring(curator, *many).status_code == 302
    assert len(run(Job.objects.get())) == 130
    refused = curator.post("/studio/upload/", {"photo": [SimpleUploadedFile(name, data) for name, data in many]})
    assert refused.status_code == 400


def test_a_zip_that_is_none_and_a_zip_in_a_zip_are_lines_of_the_report(curator):
    inner = zipped(a_png=cloth(1))
    bring(curator, ("torn.zip", inner[:60]), ("outer.zip", zipped(inner_zip=inner)))
    assert {line["file"]: line["kind"] for line in run(Job.objects.get())} == {
        "torn.zip": "broken zip",
        "outer.zip/inner.zip": "nested archive",
    }


def test_nothing_is_kept_without_a_queue(broker_down, db, stored):
    answer = bring(staff("curator"), ("one.png", cloth(1)))
    assert "queue is not reachable" in answer.content.decode()
    assert not Job.objects.exists() and stored() == []


def test_the_token_of_the_form_is_checked_although_files_are_read_first(db, sent):
    client = staff("curator")
    client.handler.enforce_csrf_checks = True
    assert bring(client, ("one.png", cloth(1))).status_code == 403
    assert sent == []


def brought(*seeds: int, slug: str = "floral") -> list[TrainingImage]:
    from webapp import files

    rows = []
    for seed in seeds:
        data = cloth(seed)
        key = f"training/x/{slug}-{seed}"
        files.store_bytes(key + ".jpg", data)
        files.store_bytes(key + ".webp", data)
        rows.append(
            TrainingImage.objects.create(
                category=category(slug),
                image_key=key + ".jpg",
                thumbnail_key=key + ".webp",
                sha256=f"{seed:064d}",
                width=96,
                height=120,
                original_name=f"{seed}.png",
            )
        )
    return rows


def act(client: Client, action: str, rows: list[TrainingImage], **said: Any) -> Any:
    chosen = [str(row.pk) for row in rows]
    return client.post(
        "/admin/webapp/trainingimage/", {"action": action, "_selected_action": chosen, **said}, follow=True
    )


def test_images_move_unless_the_other_category_has_them(curator):
    first, second = brought(1, 2)
    brought(2, slug="striped")
    striped = category("striped")
    page = act(curator, "move", [first, second], apply="1", category=striped.pk).content.decode()
    assert "1 image moved" in page and "1 stayed" in page
    assert striped.training_images.count() == 2
    assert LogEntry.objects.filter(change_message__contains="Moved").count() == 2


def test_source_and_licence_are_written_to_many_at_once_and_an_empty_field_changes_nothing(curator):
    rows = brought(1, 2)
    TrainingImage.objects.update(source="shelf")
    assert "A field left empty" in act(curator, "describe", rows).content.decode()
    act(curator, "describe", rows, apply="1", licence="CC0", source="")
    assert set(TrainingImage.objects.values_list("source", "licence")) == {("shelf", "CC0")}
    assert LogEntry.objects.count() == 2


def test_deleting_images_deletes_their_files(curator, stored):
    rows = brought(1, 2)
    act(curator, "delete_selected", rows, post="yes")
    assert not TrainingImage.objects.exists() and stored() == []
    assert LogEntry.objects.count() == 2


def test_the_grid_draws_the_square_that_training_takes(curator):
    (row,) = brought(1)
    page = curator.get("/admin/webapp/trainingimage/").content.decode()
    assert "M0 0h96v120H0zM0 12v96h96v-96z" in page
    assert "bright square of 96 px" in curator.get(f"/admin/webapp/trainingimage/{row.pk}/change/").content.decode()


@pytest.mark.parametrize(("role", "allowed"), [("", False), ("operator", False), ("trainer", False), ("curator", True)])
def test_only_curators_bring_images(db, role, allowed):
    assert staff(role).get(UPLOAD).status_code == (200 if allowed else 403)


def test_whoever_is_not_staff_is_sent_to_log_in(db, client):
    assert client.get(UPLOAD).status_code == 302
    assert client.get("/admin/webapp/trainingimage/").status_code == 302
