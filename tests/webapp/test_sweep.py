from __future__ import annotations

import os
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from tests import factories, training_rows
from webapp import files, sweep
from webapp.models import Garment, Job, TrainingRun
from webapp.services.covers import set_cover
from webapp.services.segmenters import overlay_key
from webapp.services.training_images import report_key
from webapp.services.versions import drawn_key

pytestmark = pytest.mark.django_db

DAYS = 2 * 24 * 60 * 60


def grow_old(own_folder: Path) -> None:
    """Make every file in storage two days old."""
    then = time.time() - DAYS
    for path in (own_folder / "media").rglob("*"):
        os.utime(path, (then, then))


def one_of_everything() -> None:
    """A row of each kind that has files, with its files."""
    owner = factories.visitor()
    design = factories.design(owner)
    files.store_bytes(design.shared_key, b"what a link shows")
    photo = design.photo
    folder = f"masks/{photo.sha256}/fake-1"
    files.store_bytes(f"{folder}/garments.json", b"{}")
    files.store_bytes(f"{folder}/shoes.png", b"a mask that was found, which no garment shows")
    corrected = files.store_bytes(f"masks/{photo.sha256}/corrected/1.png", b"mask")
    maps = files.store_bytes(f"previews/{photo.sha256}/1.png", b"maps")
    Garment.objects.create(photo=photo, label="bag", mask_key=corrected, maps_key=maps, area=0.1)
    factories.printed(owner, factories.pattern(owner, seed=3))
    factories.stock_photo()
    category = training_rows.category_with_images(count=2)
    set_cover(category=category, picture=factories.encoded(factories.picture()))
    run = TrainingRun.objects.create(category=category)
    files.store_bytes(f"{run.folder}/checkpoint.pt", b"networks")
    taken, compared = (factories.job(owner, kind, state=Job.State.SUCCEEDED) for kind in ("intake", "compare"))
    files.store_bytes(report_key(taken), b"[]")
    files.store_bytes(overlay_key(compared, str(photo.pk), "aifashion-unet"), b"overlay")
    files.store_bytes(drawn_key(factories.version(), 1), b"print")
    files.store_bytes(factories.version().weights_key, b"weights")
    key = files.store_bytes(f"versions/incoming/{uuid.uuid4()}.safetensors", b"weights")
    factories.job(owner, "import", state=Job.State.FAILED, params={"key": key})
    files.store_bytes("models/Unet_2020-10-30.json", b"{}")  # belongs to the site, of which no row knows


def ownerless(sha256: str = "f" * 64) -> list[str]:
    """What workers and servers that died leave, one of each folder."""
    some = uuid.uuid4()
    keys = (
        *(f"comparisons/{some}/photo.webp", "covers/7-abc.webp", f"designs/{sha256}.png", f"intakes/{some}/0.zip"),
        *(f"masks/{sha256}/fake-1/clothing.png", f"masks/{sha256}/corrected/2.png", f"patterns/{sha256}/7-64.png"),
        *(f"photos/{some}/photo.jpg", f"photos/{some}/.abc.part", f"previews/{sha256}/2.png", f"prints/{some}.tif"),
        *("prints/words.tif", f"runs/{some}/samples/000001.png", "stock/dress/old.webp", f"training/1/{sha256}.jpg"),
        *(f"designs/{sha256}-shared.jpg", f"shipped/plaid/{sha256}.safetensors"),
        *(f"versions/{sha256}/drawn/1.png", f"versions/plaid/{sha256}.safetensors", "versions/incoming/x.safetensors"),
    )
    for key in keys:
        files.store_bytes(key, b"left")
    return sorted(keys)


def test_files_of_nothing_are_listed_then_removed_and_no_other(
    own_folder: Path, stored: Any, capsys: pytest.CaptureFixture
) -> None:
    one_of_everything()
    kept = stored()
    left = ownerless()
    grow_old(own_folder)
    everything = stored()
    assert {key.partition("/")[0] for key in kept} == {*sweep.FOLDERS, "models"}
    call_command("sweep_files", "--dry-run")
    *lines, total = capsys.readouterr().out.splitlines()
    assert sorted(line.split()[-1] for line in lines) == left
    assert total == f"{len(left)} files of {4 * len(left)} bytes belong to nothing"
    assert stored() == everything
    call_command("sweep_files")
    assert capsys.readouterr().out == f"{len(left)} files removed\n"
    assert stored() == kept


def test_a_corrected_mask_of_a_photo_that_is_there_goes_when_no_row_names_it(own_folder: Path, stored: Any) -> None:
    photo = factories.segmented_photo(factories.visitor())
    kept = stored()
    files.store_bytes(f"masks/{photo.sha256}/corrected/lost.png", b"mask")
    grow_old(own_folder)
    assert sweep.sweep() == 1
    assert stored() == kept


def test_young_files_stay(stored: Any) -> None:
    ownerless()
    before = stored()
    assert sweep.sweep() == 0
    assert stored() == before


def test_a_site_where_jobs_wait_and_run_all_the_time_is_swept_too(own_folder: Path, stored: Any) -> None:
    for kind in Job.Kind:
        for state in ("queued", "running"):
            factories.job(factories.visitor(), kind, state=state)
    kept = stored()
    left = ownerless()
    grow_old(own_folder)
    assert sweep.sweep() == len(left)
    assert stored() == kept


def test_an_old_file_that_a_job_takes_for_its_own_stays_until_its_row_is_there(own_folder: Path, stored: Any) -> None:
    key, other = (files.store_bytes(f"patterns/abc/{seed}-64.png", b"print") for seed in (7, 8))
    grow_old(own_folder)
    assert files.taken(key)
    assert sweep.sweep() == 1
    assert stored() == [key]
    assert files.read_bytes(key) == b"print"
    assert not files.taken(other)


@pytest.mark.parametrize("row_comes", [True, False], ids=["row", "job"])
def test_a_row_or_a_job_that_comes_between_the_list_and_the_removal_keeps_its_file(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch, row_comes: bool
) -> None:
    pattern = factories.pattern(factories.visitor(), ready=False)
    key = files.store_bytes("patterns/abc/7-64.png", b"print")
    grow_old(own_folder)
    real = sweep.ownerless_files

    def comes() -> Any:
        for file in real():
            if row_comes:
                type(pattern).objects.filter(pk=pattern.pk).update(image_key=key)
            else:
                assert files.taken(file.key)
            yield file

    monkeypatch.setattr(sweep, "ownerless_files", comes)
    assert sweep.sweep() == 0
    assert files.exists(key)
