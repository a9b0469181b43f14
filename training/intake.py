"""A user's own images, in a folder or zip, judged file by file and made into swatches.

`take_images` decodes one file at a time and says of each what it is or why it is refused; `squares_of` makes swatches
of those taken; `take_in` does both into a folder, with a report. Nothing here knows of a command line.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from segmentation import PhotoError, load_photo
from segmentation.photo import FORMATS
from training import sameness
from training.archives import LIMITS, IntakeError, Kind, Limits, Refusal, files_in
from training.fabric import motif_wavelength, on_white
from training.swatches import SWATCH, CutRule, Swatch, cut_swatches, sides_for, unevenness, write_swatches

LARGEST = 256
"""Side in pixels of the largest swatch that is kept as it is."""

NARROWEST = 2.0
"""Longer over shorter side of a picture from which it is no swatch any more."""

LOOKED_AT = 640
"""Shorter side in pixels that a photo of cloth is brought to before squares are cut: CutRule's sides are for that."""

MOST_COMPARED = 8
"""Earlier pictures that one is compared with pixel by pixel, those of the nearest looks: it takes 0.1 s each."""

ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")


@dataclass(frozen=True)
class Judged:
    """One file of a folder or zip: either its picture, or why there is none.

    Attributes:
        file: Name within the folder or zip.
        picture: (H, W, 3) uint8, upright, sRGB; what was transparent lies on white.
        look: What the picture looks like, by which its near-duplicates are found.
        refusal: Why it cannot be used.
    """

    file: str
    picture: np.ndarray | None = None
    look: sameness.Look | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True)
class ReportRow:
    """One file in the report: taken, with the number of its swatches, or refused, with the reason."""

    file: str
    outcome: str
    kind: str = ""
    reason: str = ""
    swatches: int = 0


def take_images(source: Path, *, limits: Limits = LIMITS, seen: Seen | None = None) -> Iterator[Judged]:
    """Judge the files of a folder or zip one by one: each is decoded when it is asked for, and only one at a time.

    A near-duplicate of an earlier picture is refused (training.sameness); colourways are none.

    Args:
        seen: Pictures taken before, of other sources too; those taken here are added to it.

    Raises:
        IntakeError: There is no such folder or zip, it is damaged, or it holds too many files.
    """
    seen = Seen() if seen is None else seen
    for name, data in files_in(source, limits):
        found = data if isinstance(data, Refusal) else _decode(data, limits)
        if isinstance(found, Refusal):
            yield Judged(name, refusal=found)
            continue
        small = sameness.reduced(found)
        look = sameness.look_of(small)
        if earlier := seen.like(small, look, name):
            yield Judged(name, refusal=Refusal(Kind.DUPLICATE, f"It shows nearly the same as {earlier}."))
        else:
            yield Judged(name, picture=found, look=look)


def squares_of(
    picture: np.ndarray, *, cut: CutRule | None, random: np.random.Generator
) -> list[tuple[np.ndarray, int, int, int]] | Refusal:
    """Make swatches (S, S, 3) of a picture (H, W, 3): each with its left, top and side in the picture's pixels.

    Args:
        cut: None takes the square in the middle of the picture, at a side S from SWATCH to LARGEST. A rule cuts
            squares of SWATCH pixels out of pictures whose shorter side is over LARGEST, as photos of nothing but
            cloth, and keeps its `kept_share` of each photo's squares, the most even ones.
        random: Chooses which squares are tried.
    """
    height, width = picture.shape[:2]
    if cut is not None and min(height, width) > LARGEST:
        return _even_squares(picture, cut, random) or Refusal(
            Kind.UNEVEN, "No square of plain, evenly lit cloth with a print was found on it."
        )
    if max(height, width) > NARROWEST * min(height, width):
        return Refusal(Kind.NARROW, f"It has {width} x {height} pixels. Cut a square out of it.")
    side = min(height, width)
    left, top = (width - side) // 2, (height - side) // 2
    swatch = _resized(picture[top : top + side, left : left + side], min(max(side, SWATCH), LARGEST))
    return [(swatch, left, top, side)]


def take_in(
    source: Path,
    output: Path,
    *,
    cut: CutRule | None = None,
    limits: Limits = LIMITS,
    licence: str = "not stated",
    seed: int = 0,
    report: Callable[[ReportRow], None] = lambda row: None,
) -> list[ReportRow]:
    """Write the swatches of a user's images, manifest.json, report.json, and beside the folder a 4 x 4 grid.

    Args:
        source: A folder or zip of images.
        output: A new or empty folder.
        cut: How squares are cut out of larger photos of cloth; None takes every image whole.
        report: Called with the row of each file as soon as it is judged.

    Returns:
        The rows of the report, one per file.

    Raises:
        IntakeError: The source cannot be used, or `output` already holds something.
    """
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise IntakeError(f"{output} is not empty: give a new folder, so that no other swatches mix in")
    rows: list[ReportRow] = []
    random = np.random.default_rng(seed)

    def say(row: ReportRow) -> None:
        rows.append(row)
        report(row)

    def swatches() -> Iterator[tuple[np.ndarray, Swatch]]:
        number = 0
        for judged in take_images(source, limits=limits):
            picture = judged.picture
            found = judged.refusal if picture is None else squares_of(picture, cut=cut, random=random)
            if isinstance(found, list):
                for swatch, left, top, side in found:
                    digest = hashlib.sha256(swatch.tobytes()).hexdigest()
                    place = f"{source.name}/{judged.file}"
                    yield swatch, Swatch(f"own-{number:05d}.png", place, licence, left, top, side, digest)
                    number += 1
                say(ReportRow(judged.file, "taken", swatches=len(found)))
            elif found is not None:
                say(ReportRow(judged.file, "refused", found.kind, found.reason))

    written = write_swatches(swatches(), output, random)
    summary = {
        "taken": sum(row.outcome == "taken" for row in rows),
        "refused": Counter(row.kind for row in rows if row.outcome == "refused"),
        "swatches": len(written),
        "files": [dataclasses.asdict(row) for row in rows],
    }
    (output / "report.json").write_text(json.dumps(summary, indent=1))
    return rows


class Seen:
    """The pictures taken so far: each one's look in memory, and itself, reduced, in a file on disk."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._load: list[Callable[[], np.ndarray | None]] = []
        self._colours = np.empty((64, 3), np.float32)
        self._textures = np.empty((64, sameness.SCALES * sameness.DIRECTIONS), np.float32)
        self._spool = tempfile.TemporaryFile()  # noqa: SIM115, as long as this lives

    def add(self, look: sameness.Look, picture: Callable[[], np.ndarray | None], name: str) -> None:
        """Remember a picture by its look; `picture` loads it, or None, only where another's look is near."""
        self._remember(look, lambda: None if (found := picture()) is None else sameness.reduced(found), name)

    def like(self, small: np.ndarray, look: sameness.Look, name: str) -> str | None:
        """The name of an earlier picture that shows nearly the same; without one, this picture is remembered.

        Args:
            small: The picture, reduced as sameness.reduced does.
        """
        count = len(self._names)
        for index in sameness.near(look, self._colours[:count], self._textures[:count])[:MOST_COMPARED]:
            earlier = self._load[index]()
            if earlier is None:
                continue
            strength = max(look.strength, float(np.linalg.norm(self._textures[index])))
            if sameness.show_the_same(small, earlier, strength):
                return self._names[index]
        self._remember(look, self._kept(small), name)
        return None

    def _remember(self, look: sameness.Look, load: Callable[[], np.ndarray | None], name: str) -> None:
        count = len(self._names)
        if count == len(self._colours):
            self._colours = np.concatenate([self._colours, np.empty_like(self._colours)])
            self._textures = np.concatenate([self._textures, np.empty_like(self._textures)])
        self._colours[count], self._textures[count] = look.colour, look.texture
        self._names.append(name)
        self._load.append(load)

    def _kept(self, small: np.ndarray) -> Callable[[], np.ndarray]:
        """Write a reduced picture to the file; what is returned reads it."""
        buffer = io.BytesIO()
        Image.fromarray(small).save(buffer, "JPEG", quality=95)
        data = buffer.getvalue()
        place = self._spool.seek(0, io.SEEK_END)
        self._spool.write(data)

        def load() -> np.ndarray:
            self._spool.seek(place)
            return np.array(Image.open(io.BytesIO(self._spool.read(len(data)))))

        return load


def _decode(data: bytes, limits: Limits) -> np.ndarray | Refusal:
    """The picture (H, W, 3) in a file, or why there is none. Its size is judged before a pixel is decoded."""
    if data.startswith(ARCHIVES) or data[257:262] == b"ustar":
        return Refusal(Kind.ARCHIVE, "It is an archive itself. Unpack it and bring the pictures.")
    Image.init()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=[kind for kind in FORMATS if kind in Image.OPEN]) as header:
                width, height = header.size
    except Image.DecompressionBombError:
        return Refusal(Kind.LARGE, f"It has more than the {limits.pixels / 1e6:.0f} megapixels allowed.")
    except UnidentifiedImageError:
        return Refusal(Kind.TYPE, "It is no picture that can be read. Use JPEG, PNG, WebP or HEIC.")
    except (OSError, ValueError, SyntaxError, KeyError):
        return Refusal(Kind.BROKEN, "It is damaged. Export it again.")
    if width * height > limits.pixels:
        return Refusal(
            Kind.LARGE, f"It has {width} x {height} pixels, more than the {limits.pixels / 1e6:.0f} megapixels allowed."
        )
    if min(width, height) < limits.side:
        return Refusal(Kind.SMALL, f"It has {width} x {height} pixels. Each side must have {limits.side} or more.")
    try:
        photo = load_photo(data, max_bytes=limits.file_bytes, max_pixels=limits.pixels)
    except PhotoError:
        return Refusal(Kind.BROKEN, "It is damaged and cannot be read to its end. Export it again.")
    return on_white(photo)


def _even_squares(
    picture: np.ndarray, rule: CutRule, random: np.random.Generator
) -> list[tuple[np.ndarray, int, int, int]]:
    zoom = min(1.0, LOOKED_AT / min(picture.shape[:2]))
    photo = cv2.resize(picture, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA) if zoom < 1 else picture
    cloth = np.zeros(photo.shape[:2], bool)
    edge = min(cloth.shape) // 16
    cloth[edge:-edge, edge:-edge] = True
    sides = sides_for(motif_wavelength(photo, cloth), rule)
    found = list(cut_swatches(photo, cloth, sides=sides, rule=rule, random=random))
    found.sort(key=lambda entry: unevenness(entry[0]))
    kept = found[: int(np.ceil(rule.kept_share * len(found)))]
    return [(swatch, round(left / zoom), round(top / zoom), round(side / zoom)) for swatch, left, top, side in kept]


def _resized(square: np.ndarray, side: int) -> np.ndarray:
    if square.shape[0] == side:
        return np.ascontiguousarray(square)
    shrinks = side < square.shape[0]
    return cv2.resize(square, (side, side), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
