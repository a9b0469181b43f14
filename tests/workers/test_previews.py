from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from tests import factories
from webapp import files, previews, services
from webapp.models import Job, Photo
from webapp.services import LayerInput
from workers import jobs, tasks

pytestmark = pytest.mark.django_db

DOT = {"mode": "add", "radius": 12, "points": [[60, 130]]}


def run(job: Job) -> None:
    """As the worker that got this job, whatever its turn."""
    jobs.run_job(jobs.claim(job.pk), tasks.update_previews)
    job.refresh_from_db()
    assert (job.state, job.error) == ("succeeded", "")


def mask_of(row) -> np.ndarray:
    key = row.clothing_mask_key if isinstance(row, Photo) else row.mask_key
    return np.array(Image.open(io.BytesIO(files.read_bytes(key))))


@pytest.fixture
def owner(sent):
    return factories.visitor()


@pytest.fixture
def photo(owner) -> Photo:
    return factories.segmented_photo(owner)


def correct(owner, photo, target, stroke=DOT, **options) -> None:
    run(services.correct_garment(owner=owner, photo=photo, target=target, strokes=[stroke], **options))
    photo.refresh_from_db()


def test_maps_are_made_of_every_mask_and_asking_again_makes_nothing(owner, photo, stored) -> None:
    run(services.request_preview(owner=owner, photo=photo))
    photo.refresh_from_db()
    shown = previews.preview_of(photo, owner=owner)
    assert shown["state"] == "ready"
    assert [one["id"] for one in shown["garments"]] == ["all", str(photo.garments.get().pk)]
    assert shown["garments"][0]["box"] == [0, 0, 120, 80]
    assert shown["cm_per_px"] == pytest.approx(80 / 160)
    assert not any(one["corrected"] for one in shown["garments"])
    maps = Image.open(io.BytesIO(files.read_bytes(photo.clothing_maps_key)))
    assert (maps.size, maps.mode) == ((120, 480), "RGB")
    before = stored()
    run(services.request_preview(owner=owner, photo=photo))
    assert stored() == before


def test_a_stock_garment_s_maps_are_made_for_any_visitor(owner) -> None:
    photo = factories.stock_photo()
    run(services.request_preview(owner=owner, photo=photo))
    photo.refresh_from_db()
    assert previews.preview_of(photo, owner=factories.visitor())["state"] == "ready"
    assert photo.garments.get().area == 1


def test_a_correction_changes_its_garment_and_all_clothing_and_undo_brings_both_back(
    owner, photo, stored, django_capture_on_commit_callbacks
) -> None:
    garment = photo.garments.get()
    run(services.request_preview(owner=owner, photo=photo))
    before, area = stored(), garment.area
    with django_capture_on_commit_callbacks(execute=True):
        correct(owner, photo, garment)
    garment.refresh_from_db()
    assert mask_of(garment)[130, 60] == mask_of(photo)[130, 60] == 255
    assert garment.area > area
    shown = previews.preview_of(photo, owner=owner)
    assert (shown["state"], [one["corrected"] for one in shown["garments"]]) == ("ready", [True, True])
    with django_capture_on_commit_callbacks(execute=True):
        run(services.undo_correction(owner=owner, photo=photo, target=garment))
    photo.refresh_from_db()
    garment.refresh_from_db()
    assert mask_of(garment)[130, 60] == mask_of(photo)[130, 60] == 0
    assert garment.area == area
    assert previews.preview_of(photo, owner=owner)["state"] == "ready"
    assert stored() == before


def test_strokes_on_all_clothing_leave_the_garments_alone_and_may_erase_everything(owner, photo) -> None:
    correct(owner, photo, "all", {"mode": "erase", "radius": 40, "points": [[x, 40] for x in range(0, 121, 20)]})
    assert mask_of(photo).max() < 128
    assert mask_of(photo.garments.get())[20, 60] == 255
    assert photo.clothing_area < 0.02


def test_a_painted_garment_is_made_once_is_designed_on_and_goes_with_its_strokes(
    owner, photo, stored, django_capture_on_commit_callbacks
) -> None:
    run(services.request_preview(owner=owner, photo=photo))
    photo.refresh_from_db()
    before = stored()
    with django_capture_on_commit_callbacks(execute=True):
        correct(owner, photo, "new", label="bag")
        tasks.serve("segment")
    bag = photo.garments.get(label="bag")
    assert mask_of(bag)[130, 60] == mask_of(photo)[130, 60] == 255
    assert bag.box[0] < 60 < bag.box[2]
    correct(owner, photo, bag, {**DOT, "points": [[90, 130]]})
    assert photo.garments.count() == 2
    job = services.create_design(owner=owner, photo=photo, layers=[LayerInput(factories.pattern(owner), bag)])
    tasks.serve("compose")
    assert files.exists(Job.objects.get(pk=job.pk).design.image_key)
    services.delete_design(owner=owner, design=Job.objects.get(pk=job.pk).design)
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            run(services.undo_correction(owner=owner, photo=photo, target=bag))
    assert [garment.label for garment in photo.garments.all()] == ["upper"]
    photo.refresh_from_db()
    assert mask_of(photo)[130, 60] == 0
    assert [key for key in stored() if not key.startswith("patterns/")] == before


def test_corrections_survive_a_second_search_and_die_with_the_photo(owner, photo, models, stored) -> None:
    garment = photo.garments.get()
    correct(owner, photo, garment)
    from workers import pipeline

    found = {"clothing": photo.found_clothing_key, "cm_per_px": 0.3, "garments": []}
    found["garments"].append({"label": "upper", "mask_key": photo.garments.get().found_mask_key})
    pipeline.store_garments(photo, found)
    photo.refresh_from_db()
    assert photo.garments.count() == 1
    assert mask_of(photo)[130, 60] == 255
    twin = factories.segmented_photo(owner)
    services.delete_photo(owner=owner, photo=photo)
    assert mask_of(twin).shape == (160, 120)
    assert not [key for key in stored() if "corrected" in key or "previews" in key]
    services.delete_photo(owner=owner, photo=twin)
    assert stored() == []


def test_strokes_that_come_while_others_are_applied_are_not_lost(owner, photo) -> None:
    first = services.correct_garment(owner=owner, photo=photo, target="all", strokes=[DOT])
    second = services.correct_garment(owner=owner, photo=photo, target="all", strokes=[{**DOT, "points": [[20, 130]]}])
    run(second)
    run(first)
    photo.refresh_from_db()
    assert mask_of(photo)[130, 60] == mask_of(photo)[130, 20] == 255
