"""Files of the storage that this machine keeps a copy of, checked by their sums."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

from django.conf import settings

from webapp import files


class WrongChecksum(Exception):
    """The stored file is not the one that was stored under this sum."""


def local_weights(key: str, sha256: str, extension: str) -> Path:
    """A local copy of a file of weights, fetched once per machine. Raises WrongChecksum and what the storage raises."""
    path = Path(settings.VAR_DIR) / "cache" / "weights" / f"{sha256}{extension}"
    if path.is_file() and sha256_of(path) == sha256:
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with files.open_file(key) as stored, tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as part:
        copy = Path(part.name)
        try:
            shutil.copyfileobj(stored, part)
            part.flush()
            if sha256_of(copy) != sha256:
                raise WrongChecksum
            copy.replace(path)
        finally:
            copy.unlink(missing_ok=True)
    return path


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
