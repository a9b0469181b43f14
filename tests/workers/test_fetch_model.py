from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

import segmentation
from segmentation import WeightsError
from segmentation.published import PublishedSegmenter
from tests import factories
from tests.segmentation.published_file import write_published
from tests.servers import free_ports
from tests.webapp.staff import staff
from webapp import files, services, site_setup
from webapp.models import Job, SegmentationModel
from webapp.services.segmenters import overlay_key
from workers import models_cache, published, tasks

pytestmark = pytest.mark.django_db
NAME = "Unet_2020-10-30"


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_published(tmp_path_factory.mktemp("release") / "weights.zip", zipped=True)  # as it is released


@pytest.fixture
def address(tmp_path: Path, weights: Path) -> Iterator[str]:
    """Where a publisher's server gives the file, until a test replaces it."""
    folder = tmp_path / "release"
    folder.mkdir()
    (folder / "weights.zip").write_bytes(weights.read_bytes())

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args, **options) -> None:
            super().__init__(*args, directory=str(folder), **options)

        def log_message(self, *args) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/weights.zip"
    server.shutdown()
    server.server_close()


def test_the_network_is_fetched_once_recorded_and_used_by_its_name(address, settings, stored, capsys):
    site_setup.register_segmenters()
    settings.AIFASHION_SEGMENTER = NAME
    models_cache.forget()
    with pytest.raises(WeightsError, match="fetch_model"):
        models_cache.segmenter()
    call_command("fetch_model", NAME, "--from", address)
    assert "recorded" in capsys.readouterr().out
    record = published.record_of(NAME)
    assert record is not None
    assert stored() == sorted([record.key, f"models/{NAME}.json"])
    assert SegmentationModel.objects.get(name=NAME).is_available
    segmenter = models_cache.segmenter()
    assert isinstance(segmenter, PublishedSegmenter)
    assert record.sha256.startswith(segmenter.version)
    models_cache.forget()


def test_a_file_with_another_checksum_is_refused_and_changes_nothing(address, tmp_path, stored):
    call_command("fetch_model", NAME, "--from", address)
    before = stored()
    (tmp_path / "release" / "weights.zip").write_bytes(b"something else")
    with pytest.raises(CommandError, match="was recorded on"):
        call_command("fetch_model", NAME, "--from", address)
    with pytest.raises(CommandError, match="you gave"):
        call_command("fetch_model", NAME, "--from", address, "--sha256", "0" * 64)
    assert stored() == before


def test_what_is_no_network_or_cannot_be_fetched_is_refused_in_one_line(address, tmp_path, stored):
    (tmp_path / "release" / "weights.zip").write_bytes(b"<html>Not found</html>")
    refusals = {address: "is not the network", address + "x": "File not found", str(tmp_path / "no"): "No such"}
    for source, said in refusals.items():
        with pytest.raises(CommandError, match=said) as refused:
            call_command("fetch_model", NAME, "--from", source)
        assert "\n" not in str(refused.value)
        assert refused.value.returncode == 2
    with pytest.raises(CommandError, match="no published network"):
        call_command("fetch_model", "Unet_2021")
    assert stored() == []


def test_a_stored_file_that_was_changed_is_not_loaded(weights, settings, own_folder):
    call_command("fetch_model", NAME, "--from", str(weights))
    record = published.record_of(NAME)
    assert json.loads((own_folder / "media" / "models" / f"{NAME}.json").read_text())["bytes"] == record.bytes
    (own_folder / "media" / record.key).write_bytes(b"something else")
    with pytest.raises(WeightsError, match="checksum"):
        published.local_path(NAME)
    assert list((own_folder / "cache" / "weights").iterdir()) == []  # nor is a copy of it left behind


def test_staff_fetch_it_in_the_admin_compare_it_switch_to_it_and_back(address, tmp_path, monkeypatch, sent):
    site_setup.register_segmenters()
    trainer, operator = staff("trainer"), staff("operator", "olga")
    drawing = factories.stock_photo()
    own, new = (SegmentationModel.objects.get(name=name) for name in ("aifashion-unet", NAME))
    SegmentationModel.objects.filter(pk=own.pk).update(is_available=True)
    page = "/admin/webapp/segmentationmodel/"

    def act(action: str, *models: SegmentationModel) -> str:
        chosen = {"action": action, "_selected_action": [model.pk for model in models]}
        return trainer.post(page, chosen, follow=True).content.decode()

    def fetched() -> Job:
        assert f"{NAME} is being fetched" in act("fetch", new)
        tasks.serve("segment")
        return Job.objects.filter(kind="fetch").order_by("-queued_at").first()

    def masks_of_a_new_photo(colour: int) -> str:
        owner = factories.visitor()
        photo = factories.photo(owner, image=factories.picture(120 + colour, 160))
        services.segment_photo(owner=owner, photo=photo)
        tasks.serve("segment")
        photo.refresh_from_db()
        return photo.clothing_mask_key

    nobody = f"http://127.0.0.1:{free_ports(1)[0]}/weights.zip"
    monkeypatch.setattr(segmentation, "PUBLISHED_ADDRESS", nobody)
    job = fetched()
    assert (job.state, f"{nobody} cannot be fetched" in job.error) == ("failed", True)
    assert f"bring the file: python manage.py fetch_model {NAME} --from FILE" in job.error
    assert f"{nobody} cannot be fetched" in operator.get("/admin/webapp/job/").content.decode()
    assert "fetch it first" in act("activate", new)
    monkeypatch.setattr(segmentation, "PUBLISHED_ADDRESS", address)
    assert fetched().state == "succeeded"
    assert "is here already" in act("fetch", new)
    act("compare", own, new)
    tasks.serve("segment")
    compared = Job.objects.get(kind="compare")
    assert compared.state == "succeeded", compared.error
    assert all(files.exists(overlay_key(compared, str(drawing.pk), model)) for model in ("aifashion-unet", NAME))
    assert f"with {NAME} from now on" in act("activate", new)
    assert f"/{NAME}-" in masks_of_a_new_photo(1)
    act("activate", own)
    assert "/aifashion-unet-" in masks_of_a_new_photo(2)
    SegmentationModel.objects.filter(pk=new.pk).update(is_available=False)
    (tmp_path / "release" / "weights.zip").write_bytes(b"something else")
    job = fetched()
    assert (job.state, "It was refused and nothing was changed" in job.error) == ("failed", True)
    assert published.local_path(NAME).is_file()
    models_cache.forget()
