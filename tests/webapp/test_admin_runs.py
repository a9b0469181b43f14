"""Training runs and versions in the admin, without any training."""

from __future__ import annotations

import json
import struct
from dataclasses import fields, replace

import numpy as np
import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from safetensors.numpy import save_file

from generator.checkpoint import FORMAT, read_header, shipped_weights
from generator.latents import WAVES
from generator.networks import CELL
from tests import factories, training_rows
from tests.webapp.staff import staff
from training.config import NAMED_CONFIGS, PATCH, DcganConfig
from webapp import files, training_settings, version_files
from webapp.admin import runs as admin_runs
from webapp.admin.train_form import values_of
from webapp.errors import BadRequest
from webapp.models import Category, Job, ModelVersion, TrainingPoint, TrainingRun, TrainingSample, VersionEvent
from webapp.models.runs import note
from webapp.training_settings import PRESETS, WAVE_CHANNELS, WIDE_REPEATS, Settings, base_for, preset_of

pytestmark = pytest.mark.django_db


def filled(**changes):
    """The train form as a browser sends it."""
    values = {**values_of(training_rows.TINY), "start_from": "scratch", **changes}
    return {name: value for name, value in values.items() if value is not None and value is not False}


def start_page(category):
    return f"/admin/webapp/trainingrun/start/{category.pk}/"


def a_run(category=None):
    category = category or training_rows.category_with_images()
    run = TrainingRun.objects.create(category=category, asked=training_rows.TINY.stored(), images=16, swatches=16)
    Job.objects.create(**factories.account().fields, kind=Job.Kind.TRAIN, run=run)
    return run


def two_versions():
    first = factories.version("floral", active=True)
    pair = first, factories.version("floral", sha256="b" * 64, active=False, number=2)
    for version in pair:
        files.store_bytes(version.weights_key, b"weights")
    return pair


def category_of(slug, header):
    """A category whose active version has a header."""
    version = factories.version(slug)
    version.header = header
    version.save()
    return Category.objects.get(slug=slug)


def test_what_the_site_knows_of_the_trainer_is_the_trainers_own():
    # "tutorial" is the baseline that prints are scored against: nobody trains a category with it.
    assert PRESETS.keys() == NAMED_CONFIGS.keys() - {"tutorial"}
    # How long a run lasts is asked for in minutes or epochs.
    assert set(Settings.TRAINER) == {field.name for field in fields(DcganConfig)} - {"steps"}
    pairs = [(settings, NAMED_CONFIGS[name]) for name, (_words, settings) in PRESETS.items()]
    for settings, config in [(Settings(), DcganConfig()), *pairs]:
        for field in Settings.TRAINER:
            assert getattr(settings, field) == getattr(config, field), (settings.preset, field)
        assert settings.network_arguments() == config.network_arguments()
    assert WAVE_CHANNELS.keys() == WAVES.keys()
    wide = {name for name, waves in WAVES.items() if waves.directions and waves.shortest >= 2 * CELL}
    assert wide == set(WIDE_REPEATS)
    assert (training_settings.PATCH, training_settings.CELL, version_files.FORMAT) == (PATCH, CELL, FORMAT)


@pytest.mark.parametrize("slug", ["paisley", "floral", "dotted", "striped", "zigzag", "solid", "cheetah", "zebra"])
def test_the_form_begins_with_the_preset_that_a_shipped_version_was_trained_by(slug):
    header = read_header(shipped_weights()[slug])
    begin = preset_of(category_of(slug, header))
    assert begin == PRESETS[begin.preset][1]
    assert begin.waves == header["training"]["waves"]


def test_what_a_header_does_not_say_is_what_its_preset_says_and_other_numbers_are_nobodys():
    trained = {name: getattr(PRESETS["figures"][1], name) for name in Settings.TRAINER if name != "mirrored"}
    assert preset_of(category_of("leaves", {"training": trained})) == PRESETS["figures"][1]
    assert preset_of(category_of("leaves", {"training": {**trained, "cooling": 1.0}})) == PRESETS["figures"][1]
    begin = preset_of(category_of("leaves", {"training": {**trained, "inks": 7}}))
    assert (begin.preset, begin.inks, begin.waves) == ("", 7, "set")


def test_the_form_on_the_category_starts_a_run_and_shows_it(sent):
    category, trainer = training_rows.category_with_images(), staff("trainer")
    change = trainer.get(f"/admin/webapp/category/{category.pk}/change/").content.decode()
    assert start_page(category) in change
    assert "16 training images" in trainer.get(start_page(category)).content.decode()
    page = trainer.post(start_page(category), filled(learning_rate=0.001, beta1=0.4, hold_out=0), follow=True)
    run = TrainingRun.objects.get()
    assert page.redirect_chain == [(f"/admin/webapp/trainingrun/{run.pk}/change/", 302)]
    wanted = replace(training_rows.TINY, learning_rate=0.001, beta1=0.4)
    assert Settings.of(run.asked) == wanted
    assert sent == ["train"]
    assert run.started_by.username == "sam"
    assert LogEntry.objects.get().object_id == str(run.pk)
    again = trainer.post(start_page(category), filled()).content.decode()
    assert "A category has one at a time" in again
    assert TrainingRun.objects.count() == 1


def test_what_does_not_fit_is_said_on_the_form_and_nothing_starts(sent):
    category, trainer = training_rows.category_with_images(), staff("trainer")
    page = trainer.post(start_page(category), filled(learning_rate=5)).content.decode()
    assert "The learning rate is from 1e-06 to 0.01, not 5." in page
    assert 'value="5"' in page
    assert (
        "has no active version yet" in trainer.post(start_page(category), filled(start_from="active")).content.decode()
    )
    assert "not both" in trainer.post(start_page(category), filled(minutes=3)).content.decode()
    assert "Inks are 2 or more" in trainer.post(start_page(category), filled(inks=1)).content.decode()
    plain = filled(architecture="dcgan", global_channels=0, varied_grid=True)
    sizes = trainer.post(start_page(category), plain).content.decode()
    assert "draws pictures of one size" in sizes
    narrow = trainer.post(start_page(category), filled(waves_throughout=True)).content.decode()
    assert "16 px or wider only" in narrow
    backwards = trainer.post(start_page(category), filled(varied_grid=True, least_image_size=128)).content.decode()
    assert "choose a smaller smallest" in backwards
    one_repeat = trainer.post(start_page(category), filled(image_size=48)).content.decode()
    assert "set nz to 0" in one_repeat
    assert not TrainingRun.objects.exists()
    assert not sent


@pytest.fixture
def two_bases(settings, tmp_path):
    """A folder with two bases and a file that is none: of tossed prints, and of figures with five inks."""
    for name, preset in (("base", "default"), ("figures", "figures")):
        made = PRESETS[preset][1]
        header = {
            "architecture": made.architecture,
            "hyper_parameters": made.network_arguments(),
            "sampling": {"waves": made.waves},
            "discriminator_features": made.discriminator_features,
        }
        save_file({"x": np.zeros(1)}, tmp_path / f"{name}.safetensors", metadata={"aifashion": json.dumps(header)})
    (tmp_path / "notes.safetensors").write_bytes(b"no networks")
    settings.AIFASHION_BASE_NETWORKS = str(tmp_path)
    return tmp_path


def test_a_run_starts_from_the_base_that_is_built_as_it_is_whatever_its_inks(two_bases):
    for preset, base in (("default", "base"), ("figures", "figures"), ("lattice", "figures"), ("zigzags", "figures")):
        assert base_for(PRESETS[preset][1]) == two_bases / f"{base}.safetensors"
    assert base_for(replace(PRESETS["figures"][1], inks=3)) == two_bases / "figures.safetensors"
    with pytest.raises(BadRequest, match="the whole network knows: no, nz 10, repeat 0"):
        base_for(PRESETS["stripes"][1])
    with pytest.raises(BadRequest, match="ndf 48, this run one of 32"):
        base_for(replace(PRESETS["default"][1], discriminator_features=32))


def test_without_a_base_on_the_machine_that_is_said(settings, tmp_path):
    settings.AIFASHION_BASE_NETWORKS = str(tmp_path / "nowhere")
    with pytest.raises(BadRequest, match="not on this machine"):
        base_for(PRESETS["default"][1])


def test_a_time_is_estimated_from_a_step_on_the_trainer(sent):
    category, trainer = training_rows.category_with_images(), staff("trainer")
    asked = filled(minutes=10, epochs="", estimate="1")
    assert "being timed" in trainer.post(start_page(category), asked).content.decode()
    training = a_run(factories.category("zebra"))
    training.jobs.update(state=Job.State.RUNNING)
    assert "is timed when the training of Zebra is over or paused" in (
        trainer.post(start_page(category), asked).content.decode()
    )
    training.delete()
    job = Job.objects.get(kind=Job.Kind.TRIAL)
    Job.objects.update(state=Job.State.SUCCEEDED, params={**job.params, "seconds": 0.5})
    assert "about 1200 steps in 10 minutes" in trainer.post(start_page(category), asked).content.decode()
    assert len(sent) == 1
    assert not TrainingRun.objects.exists()


@pytest.mark.parametrize("role", ["curator", "operator", None])
def test_only_trainers_start_pause_promote_and_import(role, sent):
    client = Client() if role is None else staff(role)
    refused = 302 if role is None else 403  # to the login
    run, (_first, second) = a_run(), two_versions()
    addresses = [
        start_page(run.category),
        f"/admin/webapp/trainingrun/{run.pk}/do/",
        f"/admin/webapp/modelversion/{second.pk}/promote/",
        f"/admin/webapp/modelversion/{second.pk}/compare/",
        f"/admin/webapp/modelversion/{second.pk}/delete/",
        f"/admin/webapp/modelversion/rollback/{second.category_id}/",
        "/admin/webapp/modelversion/import/",
    ]
    for address in addresses:
        answer = client.post(address, {**filled(), "deed": "pause", "post": "yes"})
        assert answer.status_code == refused, address
    assert client.get(f"/admin/webapp/trainingrun/{run.pk}/live.json").status_code == refused
    run.refresh_from_db()
    second.refresh_from_db()
    assert (run.is_paused, second.is_active, TrainingRun.objects.count(), sent) == (False, False, 1, [])


def test_the_page_of_a_run_is_fed_with_curves_samples_and_notes():
    run, trainer = a_run(), staff("trainer")
    TrainingRun.objects.update(step=20, steps=80, seconds=10)
    for step in (10, 20):
        TrainingPoint.objects.create(
            run=run, step=step, loss_d=1.5, loss_g=step / 10, d_real=0.75, d_fake=0.25, seconds=0.5
        )
    key = files.store_bytes(f"{run.folder}/10.png", factories.encoded(factories.picture(), "PNG"))
    TrainingSample.objects.create(run=run, step=10, image_key=key, diversity=0.5)
    note(run, "A <b>line</b>.")
    live = trainer.get(f"/admin/webapp/trainingrun/{run.pk}/live.json").json()
    assert (live["state"], live["step"], live["share"], live["seconds_left"]) == ("queued", 20, 0.25, 30)
    assert live["points"] == [[10, 1.5, 1.0, 0.75, 0.25], [20, 1.5, 2.0, 0.75, 0.25]]
    (sample,) = live["samples"]
    assert (sample["step"], sample["epoch"], sample["diversity"]) == (10, 2.5, 0.5)
    assert trainer.get(sample["url"]).status_code == 200
    assert [line["text"] for line in live["notes"]] == ["A <b>line</b>."]
    assert live["can"] == {"pause": True, "resume": False, "cancel": True}
    page = trainer.get(f"/admin/webapp/trainingrun/{run.pk}/change/")
    assert "<b>line</b>" not in page.content.decode()
    assert " style=" not in page.content.decode()


def test_many_points_are_thinned_and_the_newest_stays(monkeypatch):
    monkeypatch.setattr(admin_runs, "MOST_POINTS", 10)
    run, trainer = a_run(), staff("trainer")
    TrainingPoint.objects.bulk_create(
        TrainingPoint(run=run, step=step, loss_d=1, loss_g=1, d_real=0.5, d_fake=0.5, seconds=1)
        for step in range(1, 26)
    )
    points = trainer.get(f"/admin/webapp/trainingrun/{run.pk}/live.json").json()["points"]
    assert len(points) == 9
    assert points[-1][0] == 25


def test_a_run_is_paused_gone_on_with_cancelled_and_then_deleted(sent, stored):
    run, trainer = a_run(), staff("trainer")
    files.store_bytes(f"{run.folder}/log.txt", b"words")
    states = []
    for deed in ("pause", "resume", "cancel", "resume"):
        page = trainer.post(f"/admin/webapp/trainingrun/{run.pk}/do/", {"deed": deed}, follow=True)
        states.append(TrainingRun.objects.get().state)
    assert states == ["paused", "queued", "cancelled", "cancelled"]
    assert "only one that is paused or failed can go on" in page.content.decode()
    assert LogEntry.objects.count() == 3
    trainer.post(f"/admin/webapp/trainingrun/{run.pk}/delete/", {"post": "yes"})
    assert not TrainingRun.objects.exists()
    assert not [key for key in stored() if key.startswith(run.folder)]


def test_promote_and_roll_back_change_the_active_version_and_are_logged():
    (first, second), trainer = two_versions(), staff("trainer")
    trainer.post(f"/admin/webapp/modelversion/{second.pk}/promote/")
    assert ModelVersion.objects.get(is_active=True) == second
    event = VersionEvent.objects.get()
    assert (event.action, event.user.username, event.before) == ("promoted", "sam", first)
    assert LogEntry.objects.get().object_id == str(second.pk)
    listed = f"/admin/webapp/modelversion/?category__id__exact={first.category_id}"
    assert "Roll back to Floral 1" in trainer.get(listed).content.decode()
    trainer.post(f"/admin/webapp/modelversion/rollback/{first.category_id}/")
    assert ModelVersion.objects.get(is_active=True) == first
    assert list(LogEntry.objects.order_by("pk").values_list("object_id", flat=True)) == [str(second.pk), str(first.pk)]
    chosen = {"action": "promote", "_selected_action": [second.pk]}
    trainer.post("/admin/webapp/modelversion/", chosen)
    assert ModelVersion.objects.get(is_active=True) == second
    assert trainer.get(f"/admin/webapp/modelversion/{second.pk}/promote/").status_code == 302
    assert LogEntry.objects.count() == 3


@pytest.mark.parametrize("key", ["shipped:floral", "versions/floral/gone.safetensors"])
def test_a_version_without_its_file_is_neither_promoted_nor_compared_nor_exported(key, sent):
    (first, second), trainer = two_versions(), staff("trainer")
    ModelVersion.objects.filter(pk=second.pk).update(weights_key=key)
    page = f"/admin/webapp/modelversion/{second.pk}/"
    VersionEvent.objects.create(version=first, before=second, action="promoted", category=first.category, number=1)
    for deed, asked in (
        (f"{page}promote/", {}),
        (f"/admin/webapp/modelversion/rollback/{first.category_id}/", {}),
        (f"{page}compare/", {"other": first.pk, "seeds": "1"}),
        (f"{page}export/", {}),
    ):
        said = trainer.post(deed, asked, follow=True).content.decode()
        assert "The file of Floral 2 is gone" in said, deed
        assert "import that file again" in said, deed
    assert ModelVersion.objects.get(is_active=True) == first
    assert sent == []


def test_the_page_of_a_lost_version_says_so_and_offers_only_to_delete_it():
    (_first, second), trainer = two_versions(), staff("trainer")
    ModelVersion.objects.filter(pk=second.pk).update(weights_key="shipped:floral")
    page = trainer.get(f"/admin/webapp/modelversion/{second.pk}/change/").content.decode()
    assert "an update wrote over it" in page
    assert not [deed for deed in ("promote", "compare", "export") if f"/{second.pk}/{deed}/" in page]
    trainer.post(f"/admin/webapp/modelversion/{second.pk}/delete/", {"post": "yes"})
    assert not ModelVersion.objects.filter(pk=second.pk).exists()


def test_two_versions_are_compared_with_the_same_seeds(sent):
    (first, second), trainer = two_versions(), staff("trainer")
    asked = {"other": first.pk, "seeds": "4, 5"}
    page = trainer.post(f"/admin/webapp/modelversion/{second.pk}/compare/", asked, follow=True)
    job = Job.objects.get(kind=Job.Kind.VERSUS)
    assert job.params == {"versions": [first.pk, second.pk], "seeds": [4, 5]}
    assert page["Refresh"] == "2"
    Job.objects.update(state=Job.State.SUCCEEDED)
    page = trainer.get(f"/admin/webapp/modelversion/comparisons/{job.pk}/").content.decode()
    assert page.count("<img") == 4
    wrong = trainer.post(f"/admin/webapp/modelversion/{second.pk}/compare/", {**asked, "seeds": "x"}, follow=True)
    assert "Seeds are whole numbers" in wrong.content.decode()


def imported(category="floral", *, pad=0, numbers=1, tensor=None):
    header = {
        "format": 2,
        "category": category,
        "architecture": "spatial",
        "hyper_parameters": {"features": 4},
        "sampling": {"waves": "none"},
    }
    layout = {
        "__metadata__": {"aifashion": json.dumps(header)},
        "weight": {"dtype": "F32", "shape": [numbers], "data_offsets": list(tensor or (0, 4 * numbers))},
    }
    start = json.dumps(layout).encode()
    return struct.pack("<Q", len(start)) + start + bytes(4 * numbers + pad)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"PK\x03\x04 not safetensors at all", "This is no safetensors file"),
        (struct.pack("<Q", 2**62) + b"{}", "This is no safetensors file"),
        (imported(tensor=(0, 400)), "it is damaged or cut off"),
        (imported("zebra"), "import it in its own category"),
        (imported(pad=2 * 2**20), "more than the 1 MB allowed"),
    ],
    ids=["no safetensors", "header beyond the file", "tensor beyond the file", "other category", "too large"],
)
def test_a_hostile_or_wrong_file_is_refused_with_the_reason(data, why, sent, settings, stored):
    settings.AIFASHION_MAX_VERSION_BYTES = 2**20
    category = factories.category("floral")
    asked = {"category": category.pk, "file": factories.upload(data, "v.safetensors")}
    page = staff("trainer").post("/admin/webapp/modelversion/import/", asked)
    assert why in page.content.decode()
    assert (sent, stored(), LogEntry.objects.count()) == ([], [], 0)


def test_a_good_file_is_kept_and_queued_though_it_is_larger_than_a_photo_may_be(sent, settings):
    settings.AIFASHION_MAX_UPLOAD_BYTES = 2**17
    category, data = factories.category("floral"), imported(numbers=2**17)
    asked = {"category": category.pk, "file": factories.upload(data, "v.safetensors")}
    page = staff("trainer").post("/admin/webapp/modelversion/import/", asked, follow=True)
    job = Job.objects.get(kind=Job.Kind.IMPORT)
    assert sent == ["generate"]
    assert files.read_bytes(job.params["key"]) == data
    assert "A worker loads the file" in page.content.decode()


def test_an_import_without_the_form_s_token_is_refused(sent):
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = staff("trainer").cookies
    asked = {"category": factories.category("floral").pk, "file": factories.upload(imported(), "v.safetensors")}
    assert browser.post("/admin/webapp/modelversion/import/", asked).status_code == 403
    assert sent == []


@pytest.mark.parametrize("slug", sorted(shipped_weights()))
def test_every_generator_that_ships_may_be_imported(slug):
    path = shipped_weights()[slug]
    upload = factories.upload(path.read_bytes(), path.name)
    header = version_files.check_version_file(upload, category=factories.category(slug), most_bytes=2**24)
    assert header["category"] == slug


def test_a_version_is_exported_and_deleted_unless_it_is_active(stored):
    (first, second), trainer = two_versions(), staff("trainer")
    ModelVersion.objects.filter(pk=second.pk).update(
        weights_key=files.store_bytes("versions/floral/b.safetensors", b"weights"),
        metrics={"frechet_distance": 321.5, "seam_ratio": {"basic": 1.02, "mirror": 0.5}},
    )
    answer = trainer.get(f"/admin/webapp/modelversion/{second.pk}/export/")
    assert b"".join(answer.streaming_content) == b"weights"
    assert 'filename="floral-2.safetensors"' in answer["Content-Disposition"]
    listed = trainer.get("/admin/webapp/modelversion/").content.decode()
    assert "321.5" in listed
    assert "1.02" in listed
    assert "321.5" in trainer.get(f"/admin/webapp/modelversion/{second.pk}/change/").content.decode()
    page = trainer.post(f"/admin/webapp/modelversion/{first.pk}/delete/", {"post": "yes"}, follow=True)
    assert "is the active one. Promote another first." in page.content.decode()
    assert ModelVersion.objects.count() == 2
    trainer.post(f"/admin/webapp/modelversion/{second.pk}/delete/", {"post": "yes"})
    assert ModelVersion.objects.get() == first
    assert stored() == [first.weights_key, f"shipped/floral/{'b' * 64}.safetensors"]
    assert LogEntry.objects.get().object_id == str(second.pk)
