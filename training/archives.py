"""Reading a stranger's folder or zip one file at a time, without trusting a name, a size or a link in it.

Nothing is ever unpacked to disk: the bytes of one file at a time are read, up to the limits.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class IntakeError(ValueError):
    """A folder or zip cannot be used at all; the message says why and what to do."""


class Kind(StrEnum):
    """Why a file was refused, in the words that reports count by."""

    BROKEN = "broken"
    TYPE = "wrong type"
    SMALL = "too small"
    LARGE = "too large"
    DUPLICATE = "near-duplicate"
    NARROW = "long and narrow"
    UNEVEN = "no even cloth"
    ARCHIVE = "nested archive"
    ENCRYPTED = "encrypted"
    NAME = "unsafe name"
    LINK = "symbolic link"
    BOMB = "zip bomb"


@dataclass(frozen=True)
class Refusal:
    """Why one file cannot be used.

    Attributes:
        kind: What reports count by.
        reason: One sentence for the person who brought the file.
    """

    kind: Kind
    reason: str


@dataclass(frozen=True)
class Limits:
    """What is read of a stranger's files.

    Attributes:
        files: Files in a folder or zip, with those that are refused.
        file_bytes: Bytes of one file.
        total_bytes: Bytes of all files of a zip together, unpacked.
        ratio: Unpacked over packed size of a file in a zip. Files of up to 1 MiB are exempt: a picture of one colour
            shrinks more than that, and does no harm.
        pixels: Pixels of one picture, known before it is decoded.
        side: Least side of a picture in pixels.
    """

    files: int = 20_000
    file_bytes: int = 25 * 2**20
    total_bytes: int = 4 * 2**30
    ratio: int = 100
    pixels: int = 64_000_000
    side: int = 64


LIMITS = Limits()


READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Ways of packing that are read. LZMA lets a file ask for a dictionary of gigabytes."""

DIRECTORY_BYTES = 256
"""Bytes of a zip's directory that are read per file allowed; an entry takes some 75 and its name."""

DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    RuntimeError,
    OverflowError,
    EOFError,
    OSError,
    ValueError,
)
"""What zipfile raises on damaged or hostile bytes."""


def files_in(source: Path, limits: Limits) -> Iterator[tuple[str, bytes | Refusal]]:
    """Yield the name and the bytes, or the reason of refusal, of every file in a folder and below it, or in a zip.

    Names are relative, with "/" between folders and no unprintable characters. What operating systems leave behind
    (.DS_Store, __MACOSX, Thumbs.db) is passed over.

    Raises:
        IntakeError: There is no such folder or zip, it is damaged, or it holds more than `limits.files` files.
    """
    if source.is_dir():
        return _files_in_folder(source, limits)
    if source.is_file():
        return _files_in_zip(source, limits)
    raise IntakeError(f"there is no folder or zip at {source}: check the path")


def _files_in_folder(folder: Path, limits: Limits) -> Iterator[tuple[str, bytes | Refusal]]:
    paths: list[Path] = []
    closed: list[OSError] = []
    for root, folders, names in os.walk(folder, onerror=closed.append):
        paths += [Path(root, name) for name in names]
        paths += [Path(root, name) for name in folders if Path(root, name).is_symlink()]
        _check_count(len(paths), folder, limits)
    for path in sorted([*paths, *(Path(error.filename) for error in closed)]):
        name = path.relative_to(folder).as_posix()
        if not _left_by_a_system(name):
            yield _printable(name), _read_file(path, limits)


def _read_file(path: Path, limits: Limits) -> bytes | Refusal:
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            return Refusal(Kind.LINK, "This is a link to another file. Bring the file itself.")
        if not stat.S_ISREG(status.st_mode):
            return Refusal(Kind.TYPE, "This is no file that can be read.")
        if status.st_size > limits.file_bytes:
            return _too_large(status.st_size, limits)
        return path.read_bytes()
    except OSError as error:
        return Refusal(Kind.BROKEN, f"This file cannot be read: {error.strerror}.")


class _ShortReads(io.FileIO):
    """A file that refuses to be read in one large piece, as zipfile reads the directory of a zip by its own claim."""

    def __init__(self, path: Path, most: int) -> None:
        super().__init__(path)
        self._most = most

    def read(self, size: int | None = -1) -> bytes:
        """Read bytes.

        Raises:
            IntakeError: They would be more than allowed at once.
        """
        whole = size is None or size < 0
        data = super().read(self._most + 1 if whole else min(size or 0, self._most + 1))
        if data is not None and len(data) > self._most:
            raise IntakeError("its directory is longer than that of any zip of pictures: pack the pictures anew")
        return data or b""


def _files_in_zip(path: Path, limits: Limits) -> Iterator[tuple[str, bytes | Refusal]]:
    most = max(2**17, limits.files * DIRECTORY_BYTES)
    with _ShortReads(path, most) as stream:
        try:
            archive = zipfile.ZipFile(stream)
        except IntakeError as error:
            raise IntakeError(f"{path.name} cannot be used: {error}") from error
        except DAMAGED as error:
            raise IntakeError(f"{path.name} is no zip that can be read: pack the pictures anew") from error
        with archive:
            entries = archive.infolist()
            _check_count(len(entries), path, limits)
            left = limits.total_bytes
            for entry in entries:
                if entry.filename.endswith("/") or _left_by_a_system(entry.filename):
                    continue
                refusal = _refusal_of_entry(entry, left, limits)
                if refusal is None:
                    left -= entry.file_size
                yield _printable(entry.orig_filename), refusal or _read_entry(archive, entry)


def _refusal_of_entry(entry: zipfile.ZipInfo, left: int, limits: Limits) -> Refusal | None:
    """What the directory of a zip already says against one of its files; `left` is what of the total is still free."""
    if _leads_elsewhere(entry.orig_filename):
        return Refusal(Kind.NAME, "Its name leads out of the zip. Pack the pictures without their full paths.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        return Refusal(Kind.LINK, "This is a link to another file. Pack the file itself.")
    if entry.flag_bits & 0x1:
        return Refusal(Kind.ENCRYPTED, "This file is locked with a password. Pack it without one.")
    if entry.compress_type not in READABLE:
        return Refusal(Kind.BROKEN, "This file is packed in an unusual way. Pack it as an ordinary zip.")
    if entry.file_size > 2**20 and entry.file_size > limits.ratio * entry.compress_size:
        return Refusal(Kind.BOMB, f"Unpacked, this file is over {limits.ratio} times as large: no picture is.")
    if entry.file_size > limits.file_bytes:
        return _too_large(entry.file_size, limits)
    if entry.file_size > left:
        return Refusal(Kind.BOMB, f"The zip unpacks to more than {limits.total_bytes / 2**20:.0f} MB. Bring two zips.")
    return None


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes | Refusal:
    """The bytes of a file: as many as the directory says at the most, checked against its checksum."""
    try:
        unpacked = io.BytesIO()
        with archive.open(entry) as stream:
            shutil.copyfileobj(stream, unpacked)
        return unpacked.getvalue()
    except DAMAGED:
        return Refusal(Kind.BROKEN, "This file is damaged within the zip. Pack it again.")


def _check_count(count: int, source: Path, limits: Limits) -> None:
    if count > limits.files:
        raise IntakeError(f"{source.name} holds more than the {limits.files} files allowed: bring them in parts")


def _too_large(size: int, limits: Limits) -> Refusal:
    return Refusal(Kind.LARGE, f"It has {size / 2**20:.1f} MB, more than the {limits.file_bytes / 2**20:.0f} allowed.")


def _leads_elsewhere(name: str) -> bool:
    """Whether a name is absolute, of another drive, climbs out of its folder, or hides an end behind a zero byte."""
    plain = name.replace("\\", "/")
    return plain.startswith("/") or ".." in plain.split("/") or "\0" in name or bool(re.match("[A-Za-z]:", name))


def _left_by_a_system(name: str) -> bool:
    *folders, last = name.split("/")
    return "__MACOSX" in folders or last.startswith("._") or last in {".DS_Store", "Thumbs.db", "desktop.ini"}


def _printable(name: str) -> str:
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in name)
