"""Categories and networks in the admin."""

from __future__ import annotations

import io

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from PIL import Image

from tests import factories, training_rows
from tests.webapp.staff import staff
from webapp import files, site_setup
from webapp.models import (
    Category,
    Job,
    ModelVersion,
    Pattern,
    SegmentationModel,
    TrainingImage,
    TrainingPoint,
    TrainingRun,
)
from workers import models_cache, tasks


def said(**changes):
    return {"name": "Camouflage", "slug": "camouflage", "description": "", "position": "3", **changes}


def test_a_new_category_with_an_uploaded_cover_is_on_the_site_once_it_has_a_version(db, client):
    curator = staff("curator")
    upload = factories.upload(factories.encoded(Image.new("RGB", (300, 200), (10, 120, 30))))
    curator.post("/admin/webapp/category/add/", said(is_published="on", new_cover=upload))
    category = Category.objects.get(slug="camouflage")
    cover = Image.open(io.BytesIO(files.read_bytes(category.cover_key)))
    assert cover.size == (400, 400) and LogEntry.objects.count() == 1
    assert "Camouflage" not in client.get("/").content.decode()
    factories.version("camouflage")
    assert category.cover in client.get("/").content.decode()
    assert client.get(category.cover).status_code == 200
    assert "Camouflage" in client.get("/studio/?category=camouflage").content.decode()


def test_a_cover_that_is_no_picture_leaves_the_old_one_and_says_why(db):
    curator, category = staff("curator"), factories.category("camouflage")
    page = curator.post(
        f"/admin/webapp/category/{category.pk}/change/", said(new_cover=factories.upload(b"words")), follow=True
    )
    category.refresh_from_db()
    assert "not a photo we can read" in page.content.decode() and category.cover_key == ""


def test_a_version_of_single_pictures_draws_no_cover_and_the_page_says_so_before_a_job_fails(db, sent):
    version = factories.version("zebra")
    version.header = {"architecture": "dcgan"}
    version.save()
    chosen = {"action": "draw_covers", "_selected_action": [version.category_id]}
    page = staff("curator").post("/admin/webapp/category/", chosen, follow=True).content.decode()
    assert "Zebra 1 draws pictures of 64 pixels, and a cover has 400: upload one instead" in page
    assert (sent, Job.objects.exists(), LogEntry.objects.exists()) == ([], False, False)


def test_a_cover_is_drawn_by_a_worker_with_the_active_version(db, sent, monkeypatch):
    import generator

    monkeypatch.setattr(models_cache, "generator_of", lambda version: None)
    monkeypatch.setattr(
        generator, "close_up", lambda loaded, *, seed, side, progress: Image.new("RGB", (side, side), (9, 9, 200))
    )
    category = factories.version("floral").category
    chosen = {"action": "draw_covers", "_selected_action": [category.pk]}
    staff("curator").post("/admin/webapp/category/", chosen)
    assert sent == ["generate"]
    tasks.serve("generate")
    category.refresh_from_db()
    assert Image.open(io.BytesIO(files.read_bytes(category.cover_key))).getpixel((5, 5))[2] > 180


def test_workers_take_the_active_network_at_once_and_the_setting_without_one(db, settings, monkeypatch):
    monkeypatch.setattr(models_cache, "segmenter_named", lambda name: name)
    settings.AIFASHION_SEGMENTER = "aifashion-unet"
    site_setup.register_segmenters()
    assert models_cache.segmenter() == "aifashion-unet"
    other = SegmentationModel.objects.get(name="Unet_2020-10-30")
    trainer = staff("trainer")
    act = {"action": "activate", "_selected_action": [other.pk]}
    refused = trainer.post("/admin/webapp/segmentationmodel/", act, follow=True).content.decode()
    assert "fetch it first" in refused and models_cache.segmenter() == "aifashion-unet"
    SegmentationModel.objects.filter(pk=other.pk).update(is_available=True)
    trainer.post("/admin/webapp/segmentationmodel/", act)
    assert models_cache.segmenter() == "Unet_2020-10-30"
    assert LogEntry.objects.get().change_message == "Made active."


def test_networks_are_compared_on_own_photos_and_drawings_only(db, sent):
    site_setup.register_segmenters()
    factories.photo(factories.visitor())
    drawing = factories.stock_photo()
    trainer = staff("trainer")
    model = SegmentationModel.objects.get(name="aifashion-unet")
    chosen = {"action": "compare", "_selected_action": [model.pk]}
    answer = trainer.post("/admin/webapp/segmentationmodel/", chosen)
    job = Job.objects.get()
    assert job.params == {"models": ["aifashion-unet"], "photos": [str(drawing.pk)]}
    tasks.serve("segment")
    page = trainer.get(answer.url).content.decode()
    assert "/files/" in page and "Dress" in page
    assert staff("trainer", "other").get(answer.url).status_code == 404


@pytest.mark.parametrize(
    ("role", "categories", "networks"),
    [("", 403, 403), ("operator", 403, 403), ("curator", 200, 403), ("trainer", 403, 200)],
)
def test_curators_keep_categories_and_trainers_the_networks(db, client, role, categories, networks):
    member = staff(role)
    assert member.get("/admin/webapp/category/add/").status_code == categories
    assert member.get("/admin/webapp/segmentationmodel/").status_code == networks
    assert client.get("/admin/webapp/category/add/").status_code == 302


def test_a_category_goes_with_the_files_of_its_images_runs_and_versions(db, stored):
    before = set(stored())
    category = training_rows.category_with_images("camouflage")
    version = factories.version("camouflage")
    keys = {name: files.store_bytes(f"versions/camouflage/{name}", b"x") for name in ("weights", "networks", "grid")}
    ModelVersion.objects.filter(pk=version.pk).update(
        **{f"{name}_key": key for name, key in keys.items()}, manifest_key=""
    )
    files.store_bytes(f"versions/{version.sha256}/drawn/1.png", b"x")
    run = TrainingRun.objects.create(category=category, asked=training_rows.TINY.stored())
    files.store_bytes(f"{run.folder}/checkpoint.pt", b"x")
    curator, address = staff("curator"), f"/admin/webapp/category/{category.pk}/delete/"
    assert curator.post(address, {"post": "yes"}).status_code == 403 and Category.objects.exists()
    keeper = staff("curator", "kim")
    get_user_model().objects.get(username="kim").groups.add(Group.objects.get(name="trainer"))
    job = Job.objects.create(**factories.account().fields, kind=Job.Kind.TRAIN, run=run)
    page = keeper.post(address, {"post": "yes"}, follow=True).content.decode()
    assert "cancel it first" in page and Category.objects.exists()
    Job.objects.filter(pk=job.pk).update(state=Job.State.CANCELLED)
    pattern = Pattern.objects.create(**factories.visitor().fields, version=version, seed=1)
    chosen = {"action": "delete_selected", "_selected_action": [category.pk], "post": "yes"}
    keeper.post("/admin/webapp/category/", chosen)
    assert Category.objects.exists()
    pattern.delete()
    keeper.post(address, {"post": "yes"})
    assert not Category.objects.exists() and not Job.objects.exists()
    assert set(stored()) == before


def test_the_page_that_asks_before_a_deletion_counts_and_says_what_is_freed(db, django_assert_max_num_queries):
    category = training_rows.category_with_images("camouflage", count=3)
    twin = category.training_images.first()
    TrainingImage.objects.create(category=factories.category("floral"), image_key=twin.image_key, width=9, height=9)
    run = TrainingRun.objects.create(category=category, asked=training_rows.TINY.stored())
    files.store_bytes(f"{run.folder}/checkpoint.pt", b"x" * 5 * 2**20)
    points = (TrainingPoint(run=run, step=n, loss_d=1, loss_g=1, d_real=1, d_fake=0, seconds=1) for n in range(2000))
    TrainingPoint.objects.bulk_create(points)
    factories.version("camouflage")
    keeper = staff("curator")
    get_user_model().objects.get(username="sam").groups.add(Group.objects.get(name="trainer"))
    with django_assert_max_num_queries(50):
        page = keeper.get(f"/admin/webapp/category/{category.pk}/delete/").content.decode()
    assert "Training points: 2,000" in page or "Training points: 2000" in page
    assert "Training images: 3" in page and "Model versions: 1" in page and "Training runs: 1" in page
    assert page.count("step 1") == 0
    assert "5.0\xa0MB in 3 files are freed." in page  # a twin in another category keeps its file
    of_run = keeper.get(f"/admin/webapp/trainingrun/{run.pk}/delete/").content.decode()
    assert "5.0\xa0MB in 1 file are freed." in of_run and "2000" in of_run
    Pattern.objects.create(**factories.visitor().fields, version=category.versions.get(), seed=1)
    forbidden = keeper.get(f"/admin/webapp/category/{category.pk}/delete/").content.decode()
    assert "Hide the category instead" in forbidden and "Yes, I" not in forbidden
