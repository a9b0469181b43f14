"""Keeps what is sent from filling the disk or the memory before anyone has looked at it."""

from __future__ import annotations

import os
import tempfile
import zipfile
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import TooManyFilesSent
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler


class LimitedUploadHandler(FileUploadHandler):
    """Stands before Django's own handlers and passes no more on than the largest upload and one chunk.

    The rest is read and dropped, so that the sender gets an answer; the file that arrives is larger than allowed, and
    the check of uploads says so. So many files as only the admin's upload of training images may bring are refused.

    Args:
        most: Bytes of the largest upload; those of a photo when left out.
    """

    def __init__(self, request: Any = None, *, most: int | None = None) -> None:
        super().__init__(request)
        self.most = settings.AIFASHION_MAX_UPLOAD_BYTES if most is None else most
        self._files = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self._files += 1
        if self._files > settings.AIFASHION_MAX_FILES:
            raise TooManyFilesSent(f"A form may bring {settings.AIFASHION_MAX_FILES} files at the most.")
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data if start <= self.most else None

    def file_complete(self, file_size: int) -> UploadedFile | None:
        return None


ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")


class PackingUploadHandler(FileUploadHandler):
    """Writes any number of files into one zip on disk as they arrive, and each zip that arrives beside it.

    However many files there are, two are open and one chunk is in memory. A file of a pack keeps the bytes that
    `largest` allows and one chunk, so that whoever looks at it finds it too large.

    Args:
        folder: Where the packs are written; it must outlive the request's reading.
        largest: Bytes kept of one file that is no zip.
        most: Bytes kept of all files together; `too_much` tells whether more came.
    """

    def __init__(self, request: Any, folder: Path, *, largest: int, most: int) -> None:
        super().__init__(request)
        self.folder, self.largest, self.most = folder, largest, most
        self.names: list[str] = []
        self.zips: list[tuple[str, Path]] = []
        self.too_much = False
        self._kept = 0
        self._pack: zipfile.ZipFile | None = None
        self._to: IO[bytes] | None = None
        self._is_zip = False

    @property
    def pack_path(self) -> Path:
        return self.folder / "files.zip"

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._to, self._size = None, 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self._to is None:
            self._open(raw_data[:4])
        assert self._to is not None
        if self._kept > self.most:
            self.too_much = True
        elif self._is_zip or self._size <= self.largest:
            self._to.write(raw_data)
            self._size += len(raw_data)
            self._kept += len(raw_data)

    def file_complete(self, file_size: int) -> None:
        if self._to is None:
            self._open(b"")  # an empty file is worth a line in the report too
        assert self._to is not None
        self._to.close()
        self._to = None

    def upload_complete(self) -> None:
        self.close()

    def upload_interrupted(self) -> None:
        self.close()

    def close(self) -> None:
        if self._to is not None:
            self._to.close()
        if self._pack is not None:
            self._pack.close()
        self._to = self._pack = None

    def _open(self, start: bytes) -> None:
        name = self.file_name or "nameless"
        self._is_zip = start in ZIP_STARTS
        if self._is_zip:
            descriptor, place = tempfile.mkstemp(dir=self.folder, suffix=".zip")
            self.zips.append((name, Path(place)))
            self._to = os.fdopen(descriptor, "wb")
            return
        if self._pack is None:
            self._pack = zipfile.ZipFile(self.pack_path, "w", zipfile.ZIP_STORED)
        if name in self._pack.NameToInfo:
            name = f"{len(self.names) + 1}-{name}"
        self.names.append(name)
        self._to = self._pack.open(name, "w", force_zip64=True)
