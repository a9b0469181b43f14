"""Storage backends: overwriting on purpose, because a key is derived from what it holds."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from botocore.config import Config
from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage
from storages.backends.s3 import S3Storage

PART = ".part"
"""Ending of what a writer that was killed leaves in a folder."""


@dataclass(frozen=True)
class Stored:
    """A file of a storage: its key, its bytes, and when it was last written."""

    key: str
    size: int
    written: datetime


class LocalStorage(FileSystemStorage):
    """Files under var/media. A file appears whole or not at all: it is written beside and renamed."""

    def __init__(self, **options: object) -> None:
        super().__init__(**{"allow_overwrite": True, "base_url": None, **options})  # type: ignore[arg-type]

    def _save(self, name: str, content: File) -> str:
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, part = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=PART)
        try:
            with os.fdopen(descriptor, "wb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            Path(part).replace(path)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                Path(part).unlink()
            raise
        return name.replace("\\", "/")

    def walk(self, below: str = "") -> Iterator[Stored]:
        """Every file, or those below a folder; those too that a killed writer left half-written."""
        root = Path(self.location)
        for folder, _folders, names in os.walk(root / below):
            for name in names:
                path = Path(folder, name)
                with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
                    status = path.stat()
                    written = datetime.fromtimestamp(status.st_mtime, UTC)
                    yield Stored(path.relative_to(root).as_posix(), status.st_size, written)


class PrivateS3Storage(S3Storage):
    """Private objects, read through signed addresses that expire."""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        # A page must not hang when the storage is away: by itself botocore tries for minutes.
        self.client_config = self.client_config.merge(
            Config(connect_timeout=3, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 2})
        )

    def get_default_settings(self) -> dict[str, object]:
        return {
            **super().get_default_settings(),
            "default_acl": "private",
            "querystring_auth": True,
            "file_overwrite": True,
            "signature_version": "s3v4",
            # What is opened is fetched whole. By itself it would lie in memory, an upload of training images too.
            "max_memory_size": settings.FILE_UPLOAD_MAX_MEMORY_SIZE,
        }

    @property
    def origin(self) -> str:
        """Where the addresses that `url` gives lie: https://host. It depends on no account, so none is looked for."""
        client = self.unsigned_connection.meta.client
        sample = client.generate_presigned_url("get_object", Params={"Bucket": self.bucket_name, "Key": "sample"})
        return "{0.scheme}://{0.netloc}".format(urlsplit(sample))

    def walk(self, below: str = "") -> Iterator[Stored]:
        """Every object of the bucket, or those below a folder, by its lists of a thousand."""
        for one in self.bucket.objects.filter(Prefix=f"{below}/" if below else ""):
            yield Stored(one.key, one.size, one.last_modified)
