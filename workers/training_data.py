"""The swatches of a run: made once from the category's images, then kept in storage so that any machine can go on."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from webapp import files
from webapp.models import TrainingImage, TrainingRun
from webapp.models.runs import note
from webapp.training_settings import LEAST_IMAGES, Settings
from workers.messages import JobFailed

if TYPE_CHECKING:
    import numpy as np

    from training.swatches import Swatch

Progress = Callable[[float], None]


def swatches_of(run: TrainingRun, folder: Path, progress: Progress) -> Path:
    """The folder of the run's swatches with their manifest.json, fetched or made. Raises JobFailed."""
    swatches, key = folder / "swatches", f"{run.folder}/swatches.zip"
    if (swatches / "manifest.json").is_file():
        return swatches
    shutil.rmtree(swatches, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=folder) as work:
        made = Path(work) / "swatches"
        if files.exists(key):
            with files.open_file(key) as packed, zipfile.ZipFile(packed) as archive:
                archive.extractall(made)
        else:
            _make(run, made, progress)
            archive_path = Path(work) / "swatches.zip"
            with zipfile.ZipFile(archive_path, "w") as archive:
                for path in sorted(made.iterdir()):
                    archive.write(path, path.name)
            files.store_file(key, archive_path)
        made.rename(swatches)
    return swatches


def _make(run: TrainingRun, output: Path, progress: Progress) -> None:
    import numpy as np

    from training.swatches import write_swatches

    images = list(run.category.training_images.order_by("sha256"))
    refused: list[str] = []
    random = np.random.default_rng(0)

    def made() -> Iterator[tuple[np.ndarray, Swatch]]:
        for index, image in enumerate(images):
            yield from _swatches_of(image, Settings.of(run.asked).cut, random, refused)
            progress((index + 1) / len(images))

    written = write_swatches(made(), output, random)
    for line in refused[:20]:
        note(run, line)
    note(run, f"{len(written)} swatches of {len(images)} images; {len(refused)} images gave none.")
    if len(written) < LEAST_IMAGES:
        raise JobFailed(
            f"The images gave {len(written)} swatches, and {LEAST_IMAGES} are the least. Upload more, or larger ones."
        )


def _swatches_of(
    image: TrainingImage, cut: bool, random: np.random.Generator, refused: list[str]
) -> Iterator[tuple[np.ndarray, Swatch]]:
    from segmentation import PhotoError, load_photo
    from training.archives import Refusal
    from training.fabric import on_white
    from training.intake import squares_of
    from training.swatches import CutRule, Swatch

    try:
        picture = on_white(load_photo(files.read_bytes(image.image_key)))
    except (PhotoError, FileNotFoundError) as error:
        refused.append(f"{image}: left out, {error}")
        return
    found = squares_of(picture, cut=CutRule() if cut else None, random=random)
    if isinstance(found, Refusal):
        refused.append(f"{image}: left out. {found.reason}")
        return
    for number, (swatch, left, top, side) in enumerate(found):
        digest = hashlib.sha256(swatch.tobytes()).hexdigest()
        # Named by the image, which is also what swatches are kept out of training by.
        name, source = f"{image.sha256[:20]}-{number}.png", f"{image.source or 'source not stated'}: {image.sha256}.png"
        yield swatch, Swatch(name, source, image.licence or "not stated", left, top, side, digest)


def sources_in(swatches: Path) -> list[str]:
    """Each source and licence of a folder of swatches once, as a weights file's header names them."""
    rows = json.loads((swatches / "manifest.json").read_text())
    named = {f"{row['source'].rpartition(': ')[0]}, {row['licence']}" for row in rows}
    return sorted(named)


def split_held_out(swatches: Path, share: float, folder: Path) -> tuple[Path, Path | None]:
    """The folders of swatches that training saw and of those that it did not, the second where there are enough."""
    if not share:
        return swatches, None
    from training.splits import held_out_files

    left_out = held_out_files(swatches, share)
    rows = json.loads((swatches / "manifest.json").read_text())
    sides = []
    for name, kept in (("trained", False), ("held-out", True)):
        side = folder / name
        shutil.rmtree(side, ignore_errors=True)
        side.mkdir()
        chosen = [row for row in rows if (row["file"] in left_out) == kept]
        for row in chosen:
            shutil.copy(swatches / row["file"], side / row["file"])
        (side / "manifest.json").write_text(json.dumps(chosen))
        sides.append((side, len(chosen)))
    (trained, _), (held_out, count) = sides
    return trained, held_out if count >= LEAST_IMAGES else None
