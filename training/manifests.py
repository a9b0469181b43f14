"""What a run was made from, for its weights' header: its swatches, by their manifest, and the networks it began as."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from safetensors import SafetensorError, safe_open

from generator.checkpoint import HEADER_KEY
from training.config import TrainingError


def sources_of(folder: Path) -> list[str]:
    """Where the swatches of a folder are from and under which licences, by its manifest.json; without one its path.

    Raises:
        TrainingError: The manifest cannot be read.
    """
    manifest = folder / "manifest.json"
    if not manifest.exists():
        return [str(folder)]
    try:
        rows = json.loads(manifest.read_text())
        found = {f"{_origin_of(row)}: {_licence_of(row)}" for row in rows}
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise TrainingError(f"{manifest} is not a manifest of swatches, prepare them again: {error!r}") from error
    return sorted(found)


def describe_start(path: Path, discriminator_from: Path | None) -> dict[str, Any]:
    """What a run starts from, as its header says it: `describe_networks`, with the discriminator's own file if any.

    Raises:
        TrainingError: A file cannot be read.
    """
    networks = describe_networks(path)
    if discriminator_from is None:
        return networks
    judging = describe_networks(discriminator_from)
    sources = sorted({*networks["sources"], *judging.pop("sources")})
    return {**networks, "discriminator": judging, "sources": sources}


def describe_networks(path: Path) -> dict[str, Any]:
    """The networks that a run starts from: the name and the SHA-256 of their file, and the sources in its header.

    What these had started from themselves counts too: a chain of runs owes its first photos as well as its last.

    Raises:
        TrainingError: The file cannot be read.
    """
    try:
        with safe_open(str(path), framework="pt") as file:
            header = json.loads((file.metadata() or {}).get(HEADER_KEY, "{}"))
        with path.open("rb") as data:
            digest = hashlib.file_digest(data, "sha256").hexdigest()
    except (OSError, ValueError, SafetensorError) as error:
        raise TrainingError(f"{path} is not a file of networks to start from: {error}") from error
    earlier = (header.get("started_from") or {}).get("sources", [])
    return {"networks": path.stem, "sha256": digest, "sources": sorted({*header.get("sources", []), *earlier})}


def _origin_of(row: Mapping[str, Any]) -> str:
    source = str(row["source"])
    if "design" in row:
        # A composed tile names every motif, as package:icon.
        packages = {motif.partition(":")[0] for motif in source.split(", ")}
        return f"composed from {', '.join(sorted(packages))}"
    if "://" in source:
        return urlsplit(source).netloc
    return source.rpartition("/")[0] or source


def _licence_of(row: Mapping[str, Any]) -> str:
    licence = str(row.get("licence", "not stated"))
    return f"licence {licence}" if licence == "not stated" else licence
