from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests import factories
from webapp import errors, previews, services
from webapp.models import Correction, Job, Photo
from webapp.ownership import SESSION_KEY, Owner
from webapp.services.corrections import LABELS

pytestmark = pytest.mark.django_db

STROKE = {"mode": "add", "radius": 8, "points": [[20, 20], [60.04, 30]]}


@pytest.fixture
def owner() -> Owner:
    return factories.visitor()


@pytest.fixture
def photo(owner: Owner, sent: list) -> Photo:
    return factories.segmented_photo(owner)


def client_of(owner: Owner) -> Client:
    client = Client()
    session = client.session
    session[SESSION_KEY] = str(owner.visitor)
    session.save()
    return client


def post(owner: Owner, name: str, photo: Photo, body: Any) -> Any:
    return client_of(owner).post(reverse(name, args=[photo.pk]), json.dumps(body), content_type="application/json")


def test_strokes_are_kept_and_queue_one_job(owner, photo, sent) -> None:
    garment = photo.garments.get()
    answer = post(owner, "correct_photo", photo, {"garment": str(garment.pk), "strokes": [STROKE]})
    assert answer.status_code == 202
    job = Job.objects.get(pk=answer.json()["job"])
    assert (job.kind, job.photo) == ("preview", photo)
    assert sent[-1] == "segment"
    kept = Correction.objects.get()
    assert (kept.garment, kept.label) == (garment, "")
    assert kept.strokes == [{"mode": "add", "radius": 8.0, "points": [[20.0, 20.0], [60.0, 30.0]]}]
    garment.refresh_from_db()
    assert garment.found_mask_key == garment.mask_key


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ([], 400, "Expected an object"),
        ({"garment": "all", "strokes": []}, 400, "1 to 100 strokes"),
        ({"garment": "all", "strokes": [STROKE] * 101}, 400, "1 to 100 strokes"),
        ({"garment": "all", "strokes": [{**STROKE, "mode": "smudge"}]}, 400, "mode"),
        ({"garment": "all", "strokes": [{**STROKE, "radius": 0}]}, 400, "radius of a stroke is from 1 to 40"),
        ({"garment": "all", "strokes": [{**STROKE, "radius": 41}]}, 400, "radius"),
        ({"garment": "all", "strokes": [{**STROKE, "radius": True}]}, 400, "radius"),
        ({"garment": "all", "strokes": [{**STROKE, "points": [[1, float("nan")]]}]}, 400, "pairs of numbers"),
        ({"garment": "all", "strokes": [{**STROKE, "points": [[1e9, 1]]}]}, 400, "pairs of numbers"),
        ({"garment": "all", "strokes": [{**STROKE, "points": [[1, 2, 3]]}]}, 400, "pairs of numbers"),
        ({"garment": "all", "strokes": [{**STROKE, "points": [[1, 2]] * 5001}]}, 400, "at most 5000 points"),
        ({"garment": "all", "strokes": [{**STROKE, "points": [[1.123456, 2]] * 40000}]}, 400, "512 kB"),
        ({"garment": "new", "label": "cape", "strokes": [STROKE]}, 400, "one of upper"),
        ({"garment": "new", "label": "bag", "strokes": [{**STROKE, "mode": "erase"}]}, 400, "stroke that adds"),
        ({"garment": str(uuid.uuid4()), "strokes": [STROKE]}, 404, "not on this photo"),
        ({"garment": ["all"], "strokes": [STROKE]}, 404, "not on this photo"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words_and_keeps_nothing(owner, photo, body, status, words) -> None:
    answer = post(owner, "correct_photo", photo, body)
    assert (answer.status_code, words in answer.json()["error"]) == (status, True), answer.content
    assert not Correction.objects.exists()
    assert not Job.objects.exists()


def test_only_the_owner_paints_and_nobody_on_our_own_drawings(owner, photo) -> None:
    body = {"garment": "all", "strokes": [STROKE]}
    assert post(factories.visitor(), "correct_photo", photo, body).status_code == 404
    refused = post(owner, "correct_photo", factories.stock_photo(), body)
    assert refused.status_code == 403
    assert "exact masks" in refused.json()["error"]
    assert post(owner, "correct_photo", factories.photo(owner), body).status_code == 409


def test_undo_takes_back_the_last_of_that_garment_alone(owner, photo) -> None:
    garment = photo.garments.get()
    for target in (garment, garment, "all"):
        services.correct_garment(owner=owner, photo=photo, target=target, strokes=[STROKE])
    assert post(owner, "undo_correction", photo, {"garment": str(garment.pk)}).status_code == 202
    assert photo.corrections.filter(garment=garment).count() == 1
    assert post(owner, "undo_correction", photo, {"garment": "all"}).status_code == 202
    refused = post(owner, "undo_correction", photo, {"garment": "all"})
    assert (refused.status_code, refused.json()["error"]) == (400, "There is no correction to take back.")


def test_a_queue_that_is_down_loses_no_stroke_and_keeps_none_half(owner, photo, broker_down) -> None:
    with pytest.raises(errors.QueueUnavailable):
        services.correct_garment(owner=owner, photo=photo, target="all", strokes=[STROKE])
    assert not Correction.objects.exists()
    Correction.objects.create(photo=photo, strokes=[STROKE])
    answer = post(owner, "undo_correction", photo, {"garment": "all"})
    assert answer.status_code == 503
    assert "queue is not reachable" in answer.json()["error"]
    assert Correction.objects.get().strokes == [STROKE]
    assert not Job.objects.exists()


def test_asking_for_a_preview_has_it_made_once_and_says_how_far_it_is(owner, photo, sent) -> None:
    client, address = client_of(owner), reverse("photo_preview", args=[photo.pk])
    first, second = client.get(address).json(), client.get(address).json()
    assert (first["state"], first["width"], first["height"], first["garments"]) == ("working", 120, 160, [])
    assert first["job"] == second["job"] == str(Job.objects.get().pk)
    Job.objects.update(state=Job.State.FAILED, error="The machine ran out of memory.")
    failed = client.get(address).json()
    assert (failed["state"], failed["error"]) == ("failed", "The machine ran out of memory.")
    assert Job.objects.count() == 1
    assert Client().get(address).status_code == 404


@pytest.mark.parametrize("make", [factories.segmented_photo, lambda owner: factories.stock_photo()])
def test_a_preview_that_failed_is_made_anew_when_asked_or_a_minute_later(owner, sent, make) -> None:
    client, address = client_of(owner), reverse("photo_preview", args=[make(owner).pk])
    first = client.get(address).json()["job"]
    Job.objects.update(state=Job.State.FAILED, error="The machine ran out of memory.", finished_at=timezone.now())
    assert client.get(address).json()["error"] == "The machine ran out of memory."
    asked = client.post(address).json()
    assert (asked["state"], asked["error"], asked["job"] == first) == ("working", "", False)
    assert client.post(address).json()["job"] == asked["job"]
    Job.objects.update(state=Job.State.FAILED, error="Again.", finished_at=timezone.now() - previews.AGAIN_AFTER)
    anew = client.get(address).json()
    assert anew["state"] == "working"
    assert anew["job"] not in (first, asked["job"])
    assert sent == ["segment"] * 3


def test_a_photo_whose_clothes_are_still_looked_for_says_so(owner, sent) -> None:
    photo = factories.photo(owner)
    client, address = client_of(owner), reverse("photo_preview", args=[photo.pk])
    assert client.get(address).json()["state"] == "failed"
    job = factories.job(owner, "segment", photo=photo)
    answer = client.get(address).json()
    assert (answer["state"], answer["job"]) == ("working", str(job.pk))


def test_the_site_and_the_workers_agree_on_sizes_and_names() -> None:
    import segmentation
    from segmentation.models import CLASSES

    assert set(LABELS) == set(CLASSES) - {"background", "skin", "hair"}
    assert (previews.REPEAT_CM, previews.BEND_MOST) == (segmentation.REPEAT_CM, segmentation.BEND_MOST)
    assert previews.PREVIEW_SIDE == segmentation.PREVIEW_SIDE
