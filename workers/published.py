"""The published garment network in the site's storage, where every worker finds it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import segmentation
from webapp import files
from workers.local_files import WrongChecksum, local_weights

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
    try:
        return local_weights(known.key, known.sha256, ".zip")
    except WrongChecksum:
        raise segmentation.WeightsError(
            f"The stored {known.key} does not have the checksum that was recorded on {known.fetched}. Fetch it again: "
            f"python manage.py fetch_model {name}"
        ) from None
