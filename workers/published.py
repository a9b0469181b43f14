"""The published garment network in the site's storage, where every worker finds it."""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings

import segmentation
from webapp import files

FOLDER = "models"


@dataclass(frozen=True)
class Published:
    """What is known of a fetched file. Its publisher states no checksum, so the first one seen is kept."""

    name: str
    key: str
    sha256: str
    bytes: int
    source: str
    fetched: str


def record_of(name: str) -> Published | None:
    """What was fetched under this name, or None."""
    key = f"{FOLDER}/{name}.json"
    return Published(**json.loads(files.read_bytes(key))) if files.exists(key) else None


def keep(published: Published, path: Path) -> None:
    """Store the file and then its record: where the record stands, the file does."""
    files.store_file(published.key, path)
    files.store_bytes(f"{FOLDER}/{published.name}.json", json.dumps(asdict(published), indent=1).encode())


def local_path(name: str) -> Path:
    """A local copy, fetched from storage once per machine and checked by its sum.

    Raises:
        WeightsError: nobody fetched it, or the stored file is not the one that was fetched.
    """
    known = record_of(name)
    if known is None:
        raise segmentation.WeightsError(
            f"The network {name} is not here. Fetch it: python manage.py fetch_model {name}"
        )
    path = Path(settings.VAR_DIR) / "cache" / "weights" / f"{known.sha256}.zip"
    if path.is_file() and sha256_of(path) == known.sha256:
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with files.open_file(known.key) as stored, tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as part:
        for piece in iter(lambda: stored.read(2**20), b""):
            part.write(piece)
    if sha256_of(Path(part.name)) != known.sha256:
        Path(part.name).unlink()
        raise segmentation.WeightsError(
            f"The stored {known.key} does not have the checksum that was recorded on {known.fetched}. Fetch it again: "
            f"python manage.py fetch_model {name}"
        )
    Path(part.name).replace(path)
    return path


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
