"""A run from its images to a version, by the real trainer at a tiny size."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from django.contrib.auth import get_user_model
from safetensors.torch import load_file, save_file

import generator
from generator.checkpoint import HEADER_KEY, JUDGE, read_network, record_judge, record_least_look
from generator.realism import RealismJudge
from tests import factories, training_rows
from tests.generator.conftest import make_weights
from tests.training_rows import TINY
from webapp import files, services
from webapp.models import Job, ModelVersion, TrainingRun, VersionEvent
from webapp.services import runs, versions
from workers import jobs, models_cache, tasks, trainer
from workers.versions import networks_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def user() -> Any:
    return get_user_model().objects.create_user(username="tess", password="a long enough password")


@pytest.fixture
def few_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """The measuring has tests of its own, and takes seconds; the judge learns from few prints."""
    from training import evaluate_patterns, realism

    figures = {"category": "plaid", "steps": 4, "frechet_distance": 12.5, "seam_ratio": {"basic": 1.0}}
    monkeypatch.setattr(evaluate_patterns, "score_category", lambda *args, **options: figures)
    monkeypatch.setattr(realism, "CODES", 60)
    monkeypatch.setattr(realism, "LEAST_AGREEMENT", -1.0)


def started(user: Any, category: Any = None, settings: Any = TINY, start_from: str = "scratch") -> TrainingRun:
    category = category or training_rows.category_with_images()
    return runs.start_run(user=user, category=category, settings=settings, start_from=start_from)


def work(run: TrainingRun) -> TrainingRun:
    tasks.serve("train")
    run.refresh_from_db()
    return run


def test_a_run_gives_a_version_with_figures_grid_data_and_its_settings(
    user: Any, sent: list, few_figures: None, own_folder: Path, stored: Any
) -> None:
    run = work(started(user))
    assert (run.state, run.step, run.steps, run.share) == ("finished", 4, 4, 1.0)
    version = run.version
    assert (version.number, version.is_active, version.metrics["frechet_distance"]) == (1, False, 12.5)
    assert version.metrics["diversity"] >= 0
    assert version.header["training"]["features"] == 4
    assert version.header["sources"] == ["own drawings, MIT"]
    assert version.header["judge"]["codes"] == 60
    assert generator.load_generator(models_cache.weights_path(version), "cpu").judge is not None
    path = models_cache.weights_path(version)
    manifest = generator.read_header(path)["manifest"]
    assert len(manifest) == 16
    assert {(row["licence"], row["source"].partition(":")[0]) for row in manifest} == {("MIT", "own drawings")}
    assert len(json.loads(files.read_bytes(version.manifest_key))) == 16
    assert files.exists(version.grid_key)
    assert generator.sample_tile(generator.load_generator(path, "cpu"), seed=3, size=96).size == (96, 96)
    assert [point.step for point in run.points.all()][-1] == 4
    assert [sample.step for sample in run.samples.all()] == [4]
    assert run.epoch == 1.0
    assert not [key for key in stored() if "checkpoint" in key or "swatches" in key]
    assert not (own_folder / "runs" / str(run.pk)).exists()
    assert VersionEvent.objects.get().action == "trained"


def test_a_run_whose_machine_died_goes_on_elsewhere_from_the_checkpoint_in_storage(
    user: Any, sent: list, few_figures: None, own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer._Stretch, "_checkpoint_minutes", lambda self: 0)
    real = trainer._Stretch._on_step

    def dies(self: Any, report: Any) -> None:
        real(self, report)
        if report.step == 3:
            raise SystemExit  # nothing after this line of the worker runs, as after kill -9

    monkeypatch.setattr(trainer._Stretch, "_on_step", dies)
    run = started(user)
    with pytest.raises(SystemExit):
        tasks.serve("train")
    run.refresh_from_db()
    assert (run.job.state, run.saved_step) == ("running", 2)
    shutil.rmtree(own_folder / "runs")
    Job.objects.update(heartbeat_at="2020-01-01T00:00Z")
    assert run.state == "lost"
    monkeypatch.setattr(trainer._Stretch, "_on_step", real)
    assert jobs.requeue_lost() == 1
    run = work(run)
    assert run.state == "finished"
    notes = [note.text for note in run.notes.all()]
    assert any("Goes on from the checkpoint at step 2" in text for text in notes)
    assert run.points.filter(step=4).count() == 1


def test_progress_resets_the_count_of_attempts(user: Any, sent: list, few_figures: None) -> None:
    run = started(user)
    run.jobs.update(attempts=2)
    work(run)
    assert run.job.attempts == 1


def test_a_paused_run_stops_with_a_checkpoint_and_goes_on(
    user: Any, sent: list, few_figures: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started(user)
    monkeypatch.setattr(trainer._Stretch, "_should_stop", lambda self: self._pausing())

    def pausing(self: Any) -> bool:
        if self.run.step == 2:
            runs.pause_run(user=user, run=self.run)
            self._paused = True
        return self._paused

    monkeypatch.setattr(trainer._Stretch, "_pausing", pausing, raising=False)
    run = work(run)
    assert (run.state, run.saved_step, run.job.state) == ("paused", 2, "cancelled")
    with pytest.raises(services.NotAllowed, match="A category has one at a time"):
        started(user, run.category)
    monkeypatch.setattr(trainer._Stretch, "_pausing", lambda self: False)
    runs.resume_run(user=user, run=run)
    assert run.state == "queued"
    assert work(run).state == "finished"


def test_a_cancelled_run_stops_and_frees_its_files(
    user: Any, sent: list, own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started(user)
    real = trainer._Stretch._on_step

    def cancels(self: Any, report: Any) -> None:
        runs.cancel_run(user=user, run=run)
        monkeypatch.setattr(trainer._Stretch, "_on_step", real)
        self.attempt._written = 0
        real(self, report)

    monkeypatch.setattr(trainer._Stretch, "_on_step", cancels)
    assert work(run).state == "cancelled"
    assert not (own_folder / "runs" / str(run.pk)).exists()
    assert not files.exists(f"{run.folder}/swatches.zip")
    assert ModelVersion.objects.count() == 0


def test_a_run_that_is_paused_while_ended_ones_are_freed_keeps_its_checkpoint(
    user: Any, sent: list, own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started(user)
    checkpoint = files.store_bytes(f"{run.folder}/checkpoint.pt", b"networks")
    for name in (str(run.pk), "no run"):
        (own_folder / "runs" / name).mkdir(parents=True)
    real = Path.iterdir

    def pausing(path: Path) -> Any:
        runs.pause_run(user=user, run=run)  # by the web process, which waits for no worker
        return real(path)

    monkeypatch.setattr(Path, "iterdir", pausing)
    assert trainer.free_ended_runs() == 1
    run.refresh_from_db()
    assert run.state == "paused"
    assert files.exists(checkpoint)
    assert [path.name for path in real(own_folder / "runs")] == [str(run.pk)]


def test_a_run_that_is_over_is_not_worked_on_again(user: Any, sent: list, few_figures: None) -> None:
    run = work(started(user))
    job = Job.objects.create(user=user, kind=Job.Kind.TRAIN, run=run)
    run = work(run)
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "This run is over. Start a new one.")
    assert (run.state, run.step, run.points.count() > 0, run.samples.count()) == ("finished", 4, True, 1)


def test_a_collapsed_run_says_why_and_does_not_go_on(user: Any, sent: list, monkeypatch: pytest.MonkeyPatch) -> None:
    from training import collapse

    monkeypatch.setattr(collapse.CollapseWatch, "after_step", lambda *_, **__: "the generator draws one print")
    run = work(started(user))
    assert run.state == "collapsed"
    assert "the generator draws one print" in run.job.error
    with pytest.raises(services.NotAllowed, match="collapsed"):
        runs.resume_run(user=user, run=run)


def test_a_run_starts_from_the_active_version_with_or_without_its_discriminator(
    user: Any, sent: list, few_figures: None, tmp_path: Path
) -> None:
    first = work(started(user)).version
    versions.promote_version(user=user, version=first)
    again = work(started(user, first.category, start_from="active")).version
    assert again.header["started_from"]["networks"] == "plaid-version-1"
    ModelVersion.objects.filter(pk=first.pk).update(networks_key="")
    third = work(started(user, first.category, start_from="active")).version
    assert third.header["started_from"]["networks"] == "plaid-version-1"
    first.refresh_from_db()
    start = load_file(networks_of(first, ndf=TINY.discriminator_features, folder=tmp_path))
    own = read_network(models_cache.weights_path(first))
    assert all(torch.equal(start[f"generator.{name}"], tensor) for name, tensor in own.items())
    assert {name.partition(".")[0] for name in start} == {"generator", "discriminator"}


def test_a_run_starts_from_the_base_that_is_built_as_it_is_or_says_that_there_is_none(
    user: Any, sent: list, few_figures: None, settings: Any, tmp_path: Path
) -> None:
    first = work(started(user)).version
    settings.AIFASHION_BASE_NETWORKS = str(tmp_path)
    (tmp_path / "plain.safetensors").write_bytes(files.read_bytes(first.networks_key))
    again = started(user, first.category, start_from="base")
    assert work(again).version.header["started_from"]["networks"] == "plain"
    ModelVersion.objects.filter(pk=first.pk).update(networks_key="")
    first.refresh_from_db()
    start = load_file(networks_of(first, ndf=TINY.discriminator_features, folder=tmp_path.parent))
    base = load_file(tmp_path / "plain.safetensors")
    assert all(torch.equal(start[name], base[name]) for name in base if name.startswith("discriminator."))
    late = started(user, first.category, start_from="base")
    (tmp_path / "plain.safetensors").unlink()
    late = work(late)
    assert late.job.state == "failed"
    assert "not on this machine" in late.job.error


def test_a_trial_measures_a_step(user: Any, sent: list) -> None:
    job = runs.time_trial(user=user, settings=TINY)
    tasks.serve("train")
    job.refresh_from_db()
    assert job.state == "succeeded"
    assert 0 < job.params["seconds"] < 60
    assert runs.time_trial(user=user, settings=TINY).pk == job.pk


def test_an_exported_version_is_imported_elsewhere_and_draws_the_same(user: Any, sent: list, few_figures: None) -> None:
    version = work(started(user)).version
    data = files.read_bytes(version.weights_key)
    upload = factories.upload(data, "plaid-1.safetensors")
    job = versions.import_version(user=user, category=version.category, file=upload)
    tasks.serve("generate")
    job.refresh_from_db()
    assert "is version 1 of" in job.error  # the same file in the same category
    version.delete()
    job = versions.import_version(user=user, category=version.category, file=upload)
    tasks.serve("generate")
    job.refresh_from_db()
    found = ModelVersion.objects.get(pk=job.params["version"])
    assert (found.number, found.is_active, found.sha256) == (2, False, version.sha256)
    assert not files.exists(job.params["key"])
    ModelVersion.objects.filter(pk=found.pk).update(weights_key="shipped:plaid")
    job = versions.import_version(user=user, category=version.category, file=upload)
    tasks.serve("generate")
    job.refresh_from_db()
    assert job.params["version"] == found.pk  # one that lost its file gets it back
    assert files.read_bytes(ModelVersion.objects.get(pk=found.pk).weights_key) == data


@pytest.mark.parametrize("part", ["", JUDGE])
def test_a_file_with_weights_that_are_no_numbers_is_refused_and_deleted(
    part: str, user: Any, sent: list, own_folder: Path
) -> None:
    path = make_weights(own_folder / "plaid.safetensors", category="plaid")
    record_least_look(path, {"contrast": 0.0, "order": 0.0})
    record_judge(path, RealismJudge(), least=0.1, about={})
    tensors = load_file(path)
    broken = next(name for name in tensors if name.startswith(JUDGE) == bool(part) and name.endswith("weight"))
    tensors[broken] = torch.full_like(tensors[broken], torch.nan)
    save_file(tensors, path, metadata={HEADER_KEY: json.dumps(generator.read_header(path))})
    upload = factories.upload(path.read_bytes(), "plaid.safetensors")
    job = versions.import_version(user=user, category=training_rows.category_with_images(), file=upload)
    tasks.serve("generate")
    job.refresh_from_db()
    assert "some of its weights are no numbers" in job.error
    assert not ModelVersion.objects.exists()
    assert not files.exists(job.params["key"])


def test_two_versions_are_drawn_with_the_same_seeds(user: Any, sent: list, few_figures: None) -> None:
    one = work(started(user)).version
    other = work(started(user, one.category, settings=TINY.__class__.of({**TINY.stored(), "seed": 5}))).version
    job = versions.compare_versions(user=user, versions=[one, other], seeds=[1, 2])
    tasks.serve("generate")
    job.refresh_from_db()
    assert job.state == "succeeded"
    keys = [f"versions/{version.sha256}/drawn/{seed}.png" for version in (one, other) for seed in (1, 2)]
    assert len({files.read_bytes(key) for key in keys}) == 4
    versions.delete_version(user=user, version=other)
    assert not files.exists(keys[2])
    assert files.exists(keys[0])
