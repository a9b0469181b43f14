"""Pictures as files to take away: their names, their formats and sizes, and many of them in one zip.

A zip is written while it is sent: one picture at a time is in memory, and nothing waits on a disk.
"""

from __future__ import annotations

import io
import json
import posixpath
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any

from PIL import Image

from webapp import files
from webapp.decoding import one_at_a_time
from webapp.errors import OutOfMemory
from webapp.models import Design, Job, Pattern, Photo

FORMATS = {"png": "PNG", "jpg": "JPEG", "tif": "TIFF"}
SIDES = (2048, 1024)
"""Longest sides in pixels to which a picture may be made smaller."""
CHUNK = 64 * 1024

Exportable = Pattern | Design | Photo | Job


@dataclass(frozen=True)
class Member:
    """A file of a zip, opened when its turn comes."""

    name: str
    open: Callable[[], IO[bytes]]


def name_of(row: Exportable) -> str:
    """A file name without extension that tells what it is: by it a print can be drawn again."""
    if isinstance(row, Pattern):
        apart = f"-{str(row.pk)[:8]}" if row.latent else ""
        return f"{row.category.slug}-{row.seed}{apart}-{row.size}px"
    if isinstance(row, Job):
        asked = row.params
        return (
            f"{row.pattern.category.slug}-{row.pattern.seed}-{asked['repeat']}-{asked['tile_cm']:g}cm-{asked['dpi']}dpi"
        )
    return f"{'photo' if isinstance(row, Photo) else 'design'}-{str(row.pk)[:8]}"


def picture_as(key: str, extension: str, side: int | None = None, *, wait_s: float | None = None) -> bytes:
    """A stored picture in a format (a key of FORMATS), no longer than `side`. Raises what the storage raises, Busy
    where the turn to decode it does not come soon, or within `wait_s`, and OutOfMemory."""
    data = files.read_bytes(key)
    if side is None and key.endswith(f".{extension}"):
        return data
    with one_at_a_time(wait_s):
        return _encoded(_opened(data, side), extension)


def open_shared(design: Design) -> IO[bytes]:
    """The picture that a design's link shows, which carries no metadata: made once, and kept beside the design's own.

    Raises what the storage raises, Busy, and OutOfMemory.
    """
    if not files.exists(design.shared_key):
        data = files.read_bytes(design.image_key)
        with one_at_a_time():
            if not files.exists(design.shared_key):  # another visitor's turn may have made it
                picture = _encoded(_opened(data, SIDES[0]), "jpg", quality=90, subsampling="4:2:0")
                files.store_bytes(design.shared_key, picture)
    return files.open_file(design.shared_key)


def _opened(data: bytes, side: int | None) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    if side is not None and max(picture.size) > side:
        picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    return picture


def _encoded(picture: Image.Image, extension: str, *, quality: int = 95, subsampling: str = "4:4:4") -> bytes:
    buffer = io.BytesIO()
    if extension == "png":
        picture.save(buffer, "PNG")
    elif extension == "tif":
        picture.save(buffer, "TIFF", compression="tiff_adobe_deflate")
    else:
        # JPEG knows no transparency: what is see-through lies on white, as on a page.
        flat = Image.new("RGB", picture.size, "white")
        flat.paste(picture, mask=picture.getchannel("A") if "A" in picture.getbands() else None)
        flat.save(buffer, "JPEG", quality=quality, subsampling=subsampling)
    return buffer.getvalue()


def members_of(rows: Iterable[Exportable], extension: str, side: int | None) -> Iterator[Member]:
    """The files of these rows, and last one with all parameters. Print files and photos stay as they are."""
    about: list[dict[str, Any]] = []
    for row in rows:
        if isinstance(row, (Pattern, Design)):
            name = f"{_FOLDERS[type(row)]}/{name_of(row)}.{extension}"
            # A zip waits for its turn as long as it takes: it has begun to arrive.
            yield Member(name, lambda key=row.image_key: io.BytesIO(picture_as(key, extension, side, wait_s=-1)))
        else:
            key = row.file_key if isinstance(row, Job) else row.image_key
            name = f"{_FOLDERS[type(row)]}/{name_of(row)}{posixpath.splitext(key)[1]}"
            yield Member(name, lambda key=key: files.open_file(key))
        about.append({"file": name, "made": row.created_at.isoformat(), **_described(row)})
    yield Member("parameters.json", lambda: io.BytesIO(json.dumps(about, indent=1, ensure_ascii=False).encode()))


_FOLDERS: dict[type, str] = {Pattern: "prints", Design: "designs", Photo: "photos", Job: "print-files"}


def _described(row: Exportable) -> dict[str, Any]:
    if isinstance(row, Pattern):
        return {
            "category": row.category.slug,
            "version": row.version.number,
            "seed": row.seed,
            "size": row.size,
            "latent": row.latent or {},
        }
    if isinstance(row, Design):
        return row.parameters
    if isinstance(row, Job):
        return {"category": row.pattern.category.slug, "seed": row.pattern.seed, **row.params}
    return {"name": row.original_name, "width": row.width, "height": row.height}


class _Sink(io.RawIOBase):
    """Takes what a zip writes and gives it on; it cannot seek, so the zip keeps its sizes behind each file."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken, self._parts = b"".join(self._parts), []
        return taken


def zipped(members: Iterable[Member]) -> Iterator[bytes]:
    """A zip in pieces. A file that is gone or cannot be read is named in not-included.txt instead."""
    sink, missing = _Sink(), []
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:  # pictures do not get smaller
        for member in members:
            try:
                source = member.open()
            except (OutOfMemory, *files.STORAGE_ERRORS):
                missing.append(member.name)
                continue
            with source, archive.open(member.name, "w", force_zip64=True) as target:
                while chunk := source.read(CHUNK):
                    target.write(chunk)
                    yield sink.take()
            yield sink.take()
        if missing:
            archive.writestr("not-included.txt", "These files are gone or could not be read:\n" + "\n".join(missing))
    yield sink.take()
