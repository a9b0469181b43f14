"""Versions of a category's generator: kept, imported, drawn side by side."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings as site
from django.db.models import Max
from django.utils.translation import gettext_noop

from webapp import files
from webapp.models import Category, Job, ModelVersion, TrainingRun, VersionEvent
from webapp.services.versions import drawn_key
from webapp.training_settings import bases
from workers import models_cache
from workers.jobs import Attempt
from workers.local_files import sha256_of
from workers.messages import JobFailed

if TYPE_CHECKING:
    from generator import LoadedGenerator

Progress = Callable[[float], None]

GRID_SEEDS = range(16)
GRID_SIDE = 128
COMPARED_SIDE = 256


@dataclass
class Made:
    """A version whose files are stored and whose row is not yet."""

    category: Category
    action: str
    fields: dict[str, Any] = field(default_factory=dict)

    def store(self, *, user: Any) -> ModelVersion:
        """Write its row and what happened to it. Runs in the transaction that ends the job."""
        Category.objects.select_for_update().get(pk=self.category.pk)
        last = self.category.versions.aggregate(last=Max("number"))["last"] or 0
        gone = VersionEvent.objects.filter(category=self.category).aggregate(last=Max("number"))["last"] or 0
        # A deleted version's number is not given again: old notes would mean another one.
        version = ModelVersion.objects.create(category=self.category, number=max(last, gone) + 1, **self.fields)
        VersionEvent.objects.create(
            category=self.category, version=version, number=version.number, action=self.action, user=user
        )
        return version


def keep_version(
    category: Category,
    weights: Path,
    *,
    metrics: dict[str, Any],
    manifest: Path,
    networks: Path,
    run: TrainingRun,
    progress: Progress,
) -> Made:
    """Store what a run made, with its figures and its data in the header of the file."""
    import generator
    from generator.checkpoint import record_in_header

    rows = json.loads(manifest.read_text())
    data = [{name: row[name] for name in ("file", "source", "licence", "sha256")} for row in rows]
    record_in_header(weights, metrics=metrics, manifest=data, run=str(run.pk))
    loaded = generator.load_generator(weights, device=site.AIFASHION_DEVICE)
    made = _stored(category, weights, loaded, VersionEvent.Action.TRAINED, progress)
    folder, sha256 = f"versions/{category.slug}", made.fields["sha256"]
    made.fields |= {
        "run": run,
        "networks_key": files.store_file(f"{folder}/{sha256}-networks.safetensors", networks),
        "manifest_key": files.store_file(f"{folder}/{sha256}-manifest.json", manifest),
    }
    return made


def import_version(attempt: Attempt) -> Callable[[], None]:
    """Load an uploaded file in full, draw with it, and keep it as a version that is not active."""
    import generator

    job = attempt.job
    category = Category.objects.filter(pk=job.params["category"]).first()
    key = job.params["key"]
    if category is None:
        raise JobFailed(gettext_noop("The category was deleted."))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "import.safetensors"
        path.write_bytes(files.read_bytes(key))
        same = category.versions.filter(sha256=sha256_of(path)).first()
        if same is not None and files.exists(same.weights_key):
            files.delete_keys(key)
            raise JobFailed(f"This file is version {same.number} of {category} already.")
        try:
            loaded = generator.load_generator(path, device=site.AIFASHION_DEVICE)
        except generator.GeneratorError as error:
            files.delete_keys(key)
            raise JobFailed(f"The file was refused: {str(error).replace(str(path), 'it')}") from error
        if not _is_finite(loaded):
            files.delete_keys(key)
            raise JobFailed(gettext_noop("The file was refused: some of its weights are no numbers."))
        made = _stored(category, path, loaded, VersionEvent.Action.IMPORTED, attempt.progress)

    def store() -> None:
        if same is None:
            version = made.store(user=job.user)
        else:  # its file was gone
            version = same
            ModelVersion.objects.filter(pk=same.pk).update(weights_key=made.fields["weights_key"])
        Job.objects.filter(pk=job.pk).update(params={**job.params, "version": version.pk})
        files.delete_keys(key)

    return store


def draw_versions(attempt: Attempt) -> Callable[[], None]:
    """Draw the same seeds by each version of a comparison; what is drawn already stays."""
    asked = attempt.job.params
    versions = list(ModelVersion.objects.filter(pk__in=asked["versions"]).select_related("category"))
    if len(versions) != len(asked["versions"]):
        raise JobFailed(gettext_noop("One of the versions was deleted."))
    total, done = len(versions) * len(asked["seeds"]), 0
    for version in versions:
        for seed in asked["seeds"]:
            key = drawn_key(version, seed)
            if not files.exists(key):
                tile = _tile(models_cache.generator_of(version), seed, COMPARED_SIDE)
                files.store_bytes(key, tile)
            done += 1
            attempt.progress(done / total)
    return lambda: None


def networks_of(version: ModelVersion, *, ndf: int, folder: Path) -> Path:
    """Both networks of a version as a file to start from.

    Only versions that were trained here have their discriminator. For others it is that of a base as wide, of the same
    kind of repeat if there is one, else a fresh one at random.
    """
    import torch
    from safetensors.torch import load_file, save_file

    from generator.checkpoint import read_network

    path = folder / f"{version.category.slug}-version-{version.number}.safetensors"
    if version.networks_key:
        path.write_bytes(files.read_bytes(version.networks_key))
        return path
    tensors = {f"generator.{name}": tensor for name, tensor in read_network(models_cache.weights_path(version)).items()}
    judges = [(base, header) for base, header in bases() if header.get("discriminator_features") == ndf]
    if judges:
        repeat = version.header.get("sampling", {}).get("waves")
        base, _header = min(judges, key=lambda judge: judge[1].get("sampling", {}).get("waves", "none") != repeat)
        tensors |= {name: tensor for name, tensor in load_file(base).items() if name.startswith("discriminator.")}
    else:
        from generator.networks import Discriminator

        torch.manual_seed(0)
        fresh = Discriminator(features=ndf).state_dict()
        tensors |= {f"discriminator.{name}": tensor.contiguous() for name, tensor in fresh.items()}
    save_file(tensors, path)
    return path


def _stored(category: Category, path: Path, loaded: LoadedGenerator, action: str, progress: Progress) -> Made:
    sha256 = sha256_of(path)
    folder = f"versions/{category.slug}"
    header = {name: value for name, value in loaded.header.items() if name != "manifest"}
    metrics = header.get("metrics")
    fields = {
        "sha256": sha256,
        "weights_key": files.store_file(f"{folder}/{sha256}.safetensors", path),
        "grid_key": files.store_bytes(f"{folder}/{sha256}-grid.png", _grid(loaded, GRID_SEEDS, progress)),
        "header": header,
        "metrics": metrics if isinstance(metrics, dict) else {},
    }
    return Made(category, action, fields)


def _grid(loaded: LoadedGenerator, seeds: Sequence[int], progress: Progress) -> bytes:
    """Prints of the seeds in rows of four, as a PNG."""
    import numpy as np
    from PIL import Image

    from training.swatches import grid_of

    tiles = []
    for number, seed in enumerate(seeds, start=1):
        tiles.append(np.asarray(Image.open(io.BytesIO(_tile(loaded, seed, GRID_SIDE)))))
        progress(number / len(seeds))
    buffer = io.BytesIO()
    Image.fromarray(np.uint8(grid_of(tiles, columns=4))).save(buffer, "PNG")
    return buffer.getvalue()


def _tile(loaded: LoadedGenerator, seed: int, side: int) -> bytes:
    import generator

    tile = generator.sample_tile(loaded, seed=seed, size=64 if loaded.architecture == "dcgan" else side)
    buffer = io.BytesIO()
    tile.save(buffer, "PNG")
    return buffer.getvalue()


def _is_finite(loaded: LoadedGenerator) -> bool:
    import torch

    parts = [loaded.network] + ([] if loaded.judge is None else [loaded.judge])
    return all(bool(torch.isfinite(tensor).all()) for part in parts for tensor in part.state_dict().values())
