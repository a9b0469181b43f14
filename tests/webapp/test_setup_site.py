from __future__ import annotations

import importlib
import json
import struct
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from PIL import Image

from webapp import checks, files, site_setup
from webapp.models import Category, Garment, ModelVersion, Photo, ShippedCategory

pytestmark = pytest.mark.django_db


@pytest.fixture
def weights(settings, tmp_path: Path) -> Path:
    folder = tmp_path / "weights"
    folder.mkdir()
    settings.AIFASHION_GENERATOR_WEIGHTS_DIR = str(folder)
    return folder


@pytest.fixture
def stock(settings, tmp_path: Path) -> Path:
    settings.BASE_DIR = tmp_path
    folder = tmp_path / "static" / "stock"
    folder.mkdir(parents=True)
    Image.new("RGB", (100, 200), "ivory").save(folder / "dress.png")
    mask = Image.new("L", (100, 200), 0)
    mask.paste(255, (10, 50, 90, 150))
    mask.save(folder / "dress-mask.png")
    entry = {"slug": "dress", "name": "Dress", "label": "dress", "image": "dress.png", "mask": "dress-mask.png"}
    (folder / "manifest.json").write_text(json.dumps([{**entry, "width": 100, "height": 200, "height_cm": 60}]))
    return folder


def write_weights(folder: Path, slug: str, version: int = 1) -> None:
    header = json.dumps({"__metadata__": {"category": slug, "metrics": json.dumps({"distance": version})}}).encode()
    (folder / f"{slug}.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)


def test_fifteen_categories_and_only_those_with_weights_are_published(weights, stock) -> None:
    write_weights(weights, "floral")
    call_command("setup_site")
    assert Category.objects.count() == 15
    assert [category.slug for category in Category.objects.published()] == ["floral"]
    version = ModelVersion.objects.get()
    assert (version.is_active, version.is_shipped, len(version.sha256)) == (True, True, 64)
    assert files.read_bytes(version.weights_key) == (weights / "floral.safetensors").read_bytes()
    assert version.metrics == {"distance": 1}


def test_a_second_run_changes_nothing_not_even_an_admin_s_choice(weights, stock) -> None:
    write_weights(weights, "floral")
    call_command("setup_site")
    Category.objects.filter(slug="floral").update(is_published=False, name="Blossoms")
    call_command("setup_site")
    assert (Category.objects.count(), ModelVersion.objects.count()) == (15, 1)
    assert (Photo.objects.count(), Garment.objects.count()) == (1, 1)
    category = Category.objects.get(slug="floral")
    assert (category.is_published, category.name) == (False, "Blossoms")


def test_newer_shipped_weights_become_active_but_a_promoted_version_stays(weights, stock) -> None:
    write_weights(weights, "floral", 1)
    call_command("setup_site")
    write_weights(weights, "floral", 2)
    call_command("setup_site")
    assert ModelVersion.objects.get(is_active=True).number == 2
    ModelVersion.objects.update(is_active=False)
    trained = ModelVersion.objects.create(
        category=Category.objects.get(slug="floral"), number=3, sha256="b", weights_key="versions/b", is_active=True
    )
    write_weights(weights, "floral", 3)
    call_command("setup_site")
    assert ModelVersion.objects.get(is_active=True) == trained


def test_an_update_keeps_the_files_of_the_versions_before(weights, stock) -> None:
    write_weights(weights, "floral", 1)
    old = (weights / "floral.safetensors").read_bytes()
    call_command("setup_site")
    write_weights(weights, "floral", 2)
    call_command("setup_site")
    assert files.read_bytes(ModelVersion.objects.get(number=1).weights_key) == old
    assert files.read_bytes(ModelVersion.objects.get(number=2).weights_key) != old


def test_versions_from_before_files_were_kept_get_theirs_where_it_is_still_there(weights, stock) -> None:
    write_weights(weights, "floral", 2)
    call_command("setup_site")
    ModelVersion.objects.update(weights_key="shipped:floral", number=2)
    ModelVersion.objects.create(
        category=Category.objects.get(slug="floral"), number=1, sha256="a" * 64, weights_key="shipped:floral"
    )
    Category.objects.filter(slug="floral").update(slug="blossoms")
    call_command("setup_site")
    gone, there = ModelVersion.objects.order_by("number")
    assert (gone.is_lost, there.is_lost) == (True, False)
    assert files.read_bytes(there.weights_key) == (weights / "floral.safetensors").read_bytes()


def test_a_kept_file_that_the_storage_lost_is_kept_again(weights, stock) -> None:
    write_weights(weights, "floral")
    call_command("setup_site")
    key = ModelVersion.objects.get().weights_key
    files.delete_keys(key)
    call_command("setup_site")
    assert files.exists(key)


def test_a_category_that_an_admin_hid_stays_hidden_when_new_weights_come(weights, stock) -> None:
    write_weights(weights, "floral", 1)
    call_command("setup_site")
    Category.objects.update(is_published=False)
    write_weights(weights, "floral", 2)
    call_command("setup_site")
    assert ModelVersion.objects.get(is_active=True).number == 2
    assert not Category.objects.published().exists()


def test_a_category_that_an_admin_deleted_stays_deleted_and_one_that_is_new_comes(weights, stock, monkeypatch) -> None:
    call_command("setup_site")
    Category.objects.get(slug="zebra").delete()
    monkeypatch.setitem(site_setup.CATEGORIES, "ikat", ("Ikat", "Threads dyed before they are woven"))
    call_command("setup_site")
    slugs = set(Category.objects.values_list("slug", flat=True))
    assert "zebra" not in slugs
    assert len(slugs) == 15
    assert "ikat" in slugs


def test_categories_that_an_older_site_has_are_known_as_set_up(weights, stock) -> None:
    call_command("setup_site")
    ShippedCategory.objects.all().delete()
    importlib.import_module("webapp.migrations.0012_kept_weights").remember_categories(apps, None)
    Category.objects.get(slug="zebra").delete()
    call_command("setup_site")
    assert not Category.objects.filter(slug="zebra").exists()


def test_stock_garments_come_with_their_exact_mask(weights, stock) -> None:
    call_command("setup_site")
    photo = Photo.objects.stock().get()
    garment = photo.garments.get()
    assert (photo.width, photo.height, photo.user, photo.visitor) == (100, 200, None, None)
    assert garment.area == pytest.approx(0.4)
    assert garment.box == [10, 50, 90, 150]
    assert files.read_bytes(garment.mask_key) == (stock / "dress-mask.png").read_bytes()
    assert photo.garments_state == "ready"


def test_a_redrawn_garment_replaces_the_old_one_in_place(weights, stock) -> None:
    call_command("setup_site")
    before, garment = Photo.objects.get(), Garment.objects.get()
    Image.new("RGB", (100, 200), "grey").save(stock / "dress.png")
    call_command("setup_site")
    after = Photo.objects.get()
    assert (after.pk, after.garments.get().pk) == (before.pk, garment.pk)
    assert after.image_key != before.image_key


def test_a_weight_file_that_is_none_is_named(weights, stock) -> None:
    (weights / "floral.safetensors").write_bytes(b"nonsense that is not a header")
    with pytest.raises(CommandError, match=r"floral\.safetensors"):
        call_command("setup_site")


def test_the_system_check_names_missing_weights(weights) -> None:
    assert [message.id for message in checks.shipped_weights_are_there(None)] == ["webapp.W001"]
    write_weights(weights, "floral")
    assert checks.shipped_weights_are_there(None) == []


def test_the_header_is_read_as_plain_bytes(weights) -> None:
    write_weights(weights, "zebra")
    assert site_setup.safetensors_metadata(weights / "zebra.safetensors")["category"] == "zebra"


def test_stock_garments_know_their_true_size_and_rows_from_before_learn_it(weights, stock) -> None:
    call_command("setup_site")
    assert Photo.objects.get().cm_per_px == 60 / 100
    Photo.objects.update(cm_per_px=None)
    call_command("setup_site")
    assert Photo.objects.get().cm_per_px == 60 / 100
