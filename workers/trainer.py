"""A training run on this machine: swatches, steps, checkpoints in storage, figures, and the version they come to."""

from __future__ import annotations

import json
import os
import shutil
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings as site
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from webapp import files
from webapp.errors import BadRequest
from webapp.models import Job, TrainingPoint, TrainingRun, TrainingSample
from webapp.models.runs import note
from webapp.training_settings import Settings, base_for
from workers.jobs import Attempt, JobCancelled
from workers.messages import JobFailed
from workers.training_data import sources_in, split_held_out, swatches_of
from workers.versions import Made, keep_version

if TYPE_CHECKING:
    from training.config import CheckpointReport, DcganConfig, StepReport

POINT_EVERY_S = 1.0
"""Least time between two points of the curves."""
CHECKPOINTS = 16
"""Checkpoints that a run of known length gets, but at most one in three minutes and one in eight seconds."""
UNBOUNDED = 10_000_000
"""Steps of a run that the minutes end."""
KEPT = ("losses.jsonl", "samples.jsonl", "checkpoint.pt")
"""What another machine needs to go on, the checkpoint last: where it is, the logs reach at least as far."""


def use_threads() -> None:
    """Leave a core for the site, unless AIFASHION_TRAIN_THREADS says how many to take."""
    import torch

    torch.set_num_threads(site.AIFASHION_TRAIN_THREADS or max(1, (os.cpu_count() or 1) - 1))


def train(attempt: Attempt) -> Callable[[], None]:
    """Do a run's work to its end; return what stores the version. Raises JobCancelled, also when it is paused."""
    run = attempt.job.run
    if run is None:
        raise JobFailed(gettext_noop("The run was deleted."))
    if run.state in (run.State.FINISHED, run.State.COLLAPSED):  # its curves and samples are what is left of it
        raise JobFailed(gettext_noop("This run is over. Start a new one."))
    return _Stretch(run, attempt).work()


def measure_step(attempt: Attempt) -> Callable[[], None]:
    """Time one step of a run of the shape in the job's params, over three after a first one."""
    import torch

    from generator import available_device
    from training.dcgan import DcganTrainer
    from training.parallel import Processes

    use_threads()
    config = _config(Settings.of(attempt.job.params["shape"]), steps=4)
    noise = torch.randint(0, 256, (16, 3, 96, 96), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    trainer = DcganTrainer(config, noise, processes=Processes(device=available_device(site.AIFASHION_DEVICE)))
    trainer.train_step()
    seconds = []
    for number in range(3):
        attempt.progress((number + 1) / 4)
        seconds.append(trainer.train_step().seconds)
    params = {**attempt.job.params, "seconds": sorted(seconds)[1]}

    def store() -> None:
        Job.objects.filter(pk=attempt.job.pk).update(params=params)

    return store


def _config(asked: Settings, *, steps: int) -> DcganConfig:
    from training.config import DcganConfig

    return DcganConfig(**{name: getattr(asked, name) for name in Settings.TRAINER}, steps=steps)


class _Stretch:
    """What one worker does of a run, from its last checkpoint on."""

    def __init__(self, run: TrainingRun, attempt: Attempt) -> None:
        self.run, self.attempt = run, attempt
        self.asked = Settings.of(run.asked)
        self.folder = Path(site.VAR_DIR) / "runs" / str(run.pk)
        self._wait: list[StepReport] = []
        self._flushed = time.monotonic()
        self._asked = time.monotonic()
        self._paused = False

    def work(self) -> Callable[[], None]:
        from training.collapse import CollapseError
        from training.config import TrainingError

        use_threads()
        self.folder.mkdir(parents=True, exist_ok=True)
        resumed = self._fetch_checkpoint()
        self._phase("making swatches of the images")
        swatches = swatches_of(self.run, self.folder, self._alive)
        steps, left = self._length(swatches)
        try:
            weights = self._train(swatches, steps, left, resumed)
        except CollapseError as error:
            self._flush()
            TrainingRun.objects.filter(pk=self.run.pk).update(is_collapsed=True)
            note(self.run, f"Stopped: {error}")
            _free(self.run, self.folder)
            raise JobFailed(f"{error}".capitalize() + ".") from error
        except TrainingError as error:
            raise JobFailed(f"{error}".capitalize() + ".") from error
        self._flush()
        if self._paused:
            self._end_paused()
        return self._finish(weights, swatches)

    def _length(self, swatches: Path) -> tuple[int, float | None]:
        """The step to train to, and the minutes that are left of it."""
        count = len(json.loads((swatches / "manifest.json").read_text()))
        steps, left = UNBOUNDED, None
        if self.asked.epochs is not None:
            steps = max(1, round(self.asked.epochs * count / self.asked.batch))
        if self.asked.minutes is not None:
            left = self.asked.minutes - self.run.seconds / 60
        self._update(swatches=count, steps=0 if steps == UNBOUNDED else steps)
        return steps, left

    def _train(self, swatches: Path, steps: int, left: float | None, resumed: bool) -> Path:
        from generator import available_device
        from training.loop import train_dcgan
        from training.parallel import Processes

        weights = self.folder / f"{self.run.category.slug}.safetensors"
        if resumed and (self.run.step >= steps or (left is not None and left <= 0)) and weights.is_file():
            return weights  # it lost its worker between the last step and the figures
        self._phase("")
        return train_dcgan(
            _config(self.asked, steps=steps),
            data=swatches,
            category=self.run.category.slug,
            output=self.folder,
            processes=Processes(device=available_device(site.AIFASHION_DEVICE)),
            resume=resumed,
            minutes=None if left is None else max(left, 0.02),
            minutes_in_all=self.asked.minutes,
            start_from=None if resumed else self._start(),
            sources=sources_in(swatches),
            hold_out=self.asked.hold_out,
            checkpoint_minutes=self._checkpoint_minutes(),
            on_step=self._on_step,
            on_checkpoint=self._on_checkpoint,
            should_stop=self._should_stop,
        )

    def _checkpoint_minutes(self) -> float:
        length = self.asked.minutes or 3 * CHECKPOINTS
        return min(3.0, max(8 / 60, length / CHECKPOINTS))

    def _start(self) -> Path | None:
        """The networks to start from, where the run starts from any."""
        if self.run.start_from == TrainingRun.Start.BASE:
            try:
                return base_for(self.asked)
            except BadRequest as error:
                raise JobFailed(error.message) from error
        if self.run.start_from != TrainingRun.Start.ACTIVE:
            return None
        version = self.run.start_version
        if version is None:
            raise JobFailed(gettext_noop("The version that this run starts from was deleted. Start a new run."))
        from workers.versions import networks_of

        return networks_of(version, ndf=self.asked.discriminator_features, folder=self.folder)

    # What the loop calls.

    def _on_step(self, report: StepReport) -> None:
        self.run.step, self.run.seconds = report.step, self.run.seconds + report.seconds
        self._wait.append(report)
        if time.monotonic() - self._flushed >= POINT_EVERY_S:
            self._flush()
        self.attempt.progress(self.run.share)

    def _should_stop(self) -> bool:
        if time.monotonic() - self._asked > 0.5:
            self._asked = time.monotonic()
            self._paused = TrainingRun.objects.filter(pk=self.run.pk, is_paused=True).exists()
        return self._paused

    def _on_checkpoint(self, report: CheckpointReport) -> None:
        self._flush()
        key = f"{self.run.folder}/samples/{report.step:06d}.png"
        files.store_file(key, report.samples)
        for name in KEPT:
            files.store_file(f"{self.run.folder}/{name}", self.folder / name)
        about = {"step": report.step, "seconds": self.run.seconds}
        files.store_bytes(f"{self.run.folder}/checkpoint.json", json.dumps(about).encode())
        (self.folder / "saved.json").write_text(json.dumps(about))
        TrainingSample.objects.update_or_create(
            run=self.run, step=report.step, defaults={"image_key": key, "diversity": report.diversity}
        )
        self._update(saved_step=report.step)
        # Getting on is what counts: a run of days may lose more workers than a job of seconds.
        Job.objects.filter(pk=self.attempt.job.pk).update(attempts=1)
        point = self.run.points.last()
        losses = f"; loss of D {point.loss_d:.2f}, of G {point.loss_g:.2f}" if point else ""
        note(
            self.run,
            f"Step {report.step}: checkpoint saved; the prints differ {report.diversity:.0%} as swatches do{losses}.",
        )

    # Checkpoints and rows.

    def _fetch_checkpoint(self) -> bool:
        """Bring the newest checkpoint into the folder, this machine's own or storage's; whether there is one."""
        own = self._own_checkpoint()
        key = f"{self.run.folder}/checkpoint.json"
        stored = json.loads(files.read_bytes(key)) if files.exists(key) else None
        newest = max((about for about in (own, stored) if about), key=lambda about: about["step"], default=None)
        if newest is None:
            for name in KEPT:
                (self.folder / name).unlink(missing_ok=True)
            self._forget_after(0, 0.0)
            return False
        if newest is not own:
            (self.folder / "samples").mkdir(exist_ok=True)
            for name in KEPT:
                with (
                    files.open_file(f"{self.run.folder}/{name}") as stored_file,
                    (self.folder / name).open("wb") as copy,
                ):
                    shutil.copyfileobj(stored_file, copy)
        lost = self.run.step - newest["step"]
        again = f" {lost} steps since are taken again." if lost > 0 else ""
        note(self.run, f"Goes on from the checkpoint at step {newest['step']}.{again}")
        self._forget_after(newest["step"], newest["seconds"])
        return True

    def _own_checkpoint(self) -> dict[str, Any] | None:
        try:
            about = json.loads((self.folder / "saved.json").read_text())
        except (OSError, ValueError):
            return None
        return about if all((self.folder / name).is_file() for name in KEPT) else None

    def _forget_after(self, step: int, seconds: float) -> None:
        """Drop what a killed worker drew of steps that are taken again."""
        self.run.points.filter(step__gt=step).delete()
        self.run.samples.filter(step__gt=step).delete()
        self._update(step=step, seconds=seconds, saved_step=step)

    def _flush(self) -> None:
        """Write the steps that wait as one point of the curves."""
        if not self._wait:
            return
        names = ("loss_d", "loss_g", "d_real", "d_fake", "seconds")
        means = {name: sum(getattr(report, name) for report in self._wait) / len(self._wait) for name in names}
        TrainingPoint.objects.update_or_create(run=self.run, step=self._wait[-1].step, defaults=means)
        self._update(step=self.run.step, seconds=self.run.seconds)
        self._wait, self._flushed = [], time.monotonic()

    def _update(self, **fields: Any) -> None:
        for name, value in fields.items():
            setattr(self.run, name, value)
        TrainingRun.objects.filter(pk=self.run.pk).update(**fields)

    def _phase(self, text: str) -> None:
        self._update(phase=text)

    def _alive(self, share: float) -> None:
        self.attempt.progress(self.run.share)

    def _end_paused(self) -> None:
        note(self.run, f"Paused at step {self.run.step}.")
        self._phase("")
        Job.objects.filter(
            pk=self.attempt.job.pk, state=Job.State.RUNNING, attempt_token=self.attempt.job.attempt_token
        ).update(state=Job.State.CANCELLED, finished_at=timezone.now())
        raise JobCancelled

    # The end.

    def _finish(self, weights: Path, swatches: Path) -> Callable[[], None]:
        note(self.run, f"Trained to step {self.run.step}.")
        self._judge(weights, swatches)
        self._phase("measuring what was learned")
        note(self.run, "Measuring.")
        metrics = self._measure(weights, swatches)
        self._phase("drawing sixteen prints")
        made = keep_version(
            self.run.category,
            weights,
            metrics=metrics,
            manifest=swatches / "manifest.json",
            networks=self.folder / "networks.safetensors",
            run=self.run,
            progress=self._alive,
        )
        return lambda: self._store(made)

    def _judge(self, weights: Path, swatches: Path) -> None:
        """Teach the version which of its prints look like the images, so that the poorer ones are not offered."""
        if self.asked.architecture != "spatial":
            return
        from training import realism
        from training.dcgan import load_swatches

        self._phase("learning which prints look like the images")
        # A trial on a few images should not take longer to judge than to train.
        codes = min(realism.CODES, max(realism.LEAST_CODES, 8 * self.run.swatches))
        verdict = realism.add_judge(
            weights, load_swatches(swatches, hold_out=self.asked.hold_out), codes=codes, progress=self._alive
        )
        note(self.run, f"What prints must have at least: {verdict}.")

    def _measure(self, weights: Path, swatches: Path) -> dict[str, Any]:
        from generator import GeneratorError
        from training.config import TrainingError
        from training.evaluate_patterns import score_category

        trained, held_out = split_held_out(swatches, self.asked.hold_out, self.folder)
        sample = self.run.samples.last()
        diversity = {"diversity": round(sample.diversity, 3)} if sample else {}
        patches = min(512, max(64, 8 * self.run.swatches))

        def tell(step: str) -> None:
            self._phase(f"measuring: {step}")
            self._alive(1)

        try:
            scores = score_category(
                self.run.category.slug, data=trained, weights=weights, held_out=held_out, count=patches, on_step=tell
            )
        except (TrainingError, GeneratorError) as error:
            note(self.run, f"Not measured: {error}.")
            return diversity
        return {**{name: value for name, value in scores.items() if name not in ("category", "steps")}, **diversity}

    def _store(self, made: Made) -> None:
        version = made.store(user=self.run.started_by)
        self.run.phase = ""
        TrainingRun.objects.filter(pk=self.run.pk).update(phase="", finished_at=timezone.now())
        note(self.run, f"Finished as version {version.number}.")
        transaction.on_commit(lambda: _free(self.run, self.folder))


def _free(run: TrainingRun, folder: Path) -> None:
    """Give back what only going on would need, in storage and on this machine."""
    files.delete_keys(*(f"{run.folder}/{name}" for name in (*KEPT, "checkpoint.json", "swatches.zip")))
    shutil.rmtree(folder, ignore_errors=True)


def free_ended_runs() -> int:
    """Remove the local folders of runs that are over, on whatever machine they were left. Returns how many."""
    root = Path(site.VAR_DIR) / "runs"
    if not root.is_dir():
        return 0
    return sum(_free_if_ended(path) for path in root.iterdir())


@transaction.atomic
def _free_if_ended(folder: Path) -> bool:
    """Whether the folder's run is over, or gone. It is locked: one that is just being paused would read as cancelled,
    and lose its checkpoint."""
    try:
        run = TrainingRun.objects.select_for_update().filter(pk=uuid.UUID(folder.name)).first()
    except ValueError:  # the name of no run
        run = None
    if run is None:
        shutil.rmtree(folder, ignore_errors=True)
    elif run.state in (run.State.FINISHED, run.State.COLLAPSED, run.State.CANCELLED):
        _free(run, folder)
    else:
        return False
    return True
