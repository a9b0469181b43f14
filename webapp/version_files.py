"""Is this file a version? Read as plain bytes, so that the site loads no network and unpickles nothing.

A worker loads the file in full afterwards; what is checked here is all that a hostile file could hurt it with.
"""

from __future__ import annotations

import json
import math
import struct
from typing import Any

from django.utils.translation import gettext as _

from webapp.errors import UploadRefused
from webapp.models import Category

FORMAT = 2
"""That of generator.checkpoint."""

BYTES_OF = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
LARGEST_HEADER = 16 * 2**20
MOST_TENSORS = 1000
LIMITS = {
    "features": 256,
    "local_channels": 1024,
    "global_channels": 1024,
    "latent_channels": 1024,
    "wave_channels": 64,
    "waves_throughout": 1,
    "inks": 64,
}
"""What a network may be built with: a number out of a file must not decide how much memory a worker takes."""
NEEDED = ("architecture", "category", "hyper_parameters", "sampling")


def check_version_file(file: Any, *, category: Category, most_bytes: int) -> dict[str, Any]:
    """The generator's header of an uploaded file. Raises UploadRefused, with what is wrong and what to do."""
    if file.size > most_bytes:
        raise UploadRefused(
            _("This file has %(size).0f MB, more than the %(most).0f MB allowed.")
            % {"size": file.size / 2**20, "most": most_bytes / 2**20}
        )
    layout, rest = _layout_of(file)
    metadata = layout.pop("__metadata__", {})
    _check_tensors(layout, rest)
    try:
        header = json.loads(metadata["aifashion"])
        missing = [name for name in NEEDED if name not in header]
        form, architecture, numbers = header.get("format"), header.get("architecture"), header.get("hyper_parameters")
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError):
        raise UploadRefused(
            _(
                "This safetensors file is not one of ours: its header does not say what it draws. Import a file that "
                "an AI Fashion site exported or its training wrote."
            )
        ) from None
    if form != FORMAT or missing:
        raise UploadRefused(
            _("This file has format %(form)r, this site reads %(format)s: export it from a site of the same version.")
            % {"form": form, "format": FORMAT}
        )
    if architecture not in ("spatial", "dcgan") or not isinstance(numbers, dict) or not _modest(numbers):
        raise UploadRefused(_("This file asks for a network that this site does not know or that is too large."))
    if header["category"] != category.slug:
        raise UploadRefused(
            _("This file draws %(drawn)s, not %(slug)s: import it in its own category.")
            % {"drawn": str(header["category"])[:80], "slug": category.slug}
        )
    return header


def _layout_of(file: Any) -> tuple[dict[str, Any], int]:
    """The JSON at the start of a safetensors file, and how many bytes follow it."""
    file.seek(0)
    start = file.read(8)
    length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
    if not 2 <= length <= min(LARGEST_HEADER, file.size - 8):
        raise UploadRefused(_("This is no safetensors file. Import a file that ends in .safetensors."))
    try:
        layout = json.loads(file.read(length))
        if not isinstance(layout, dict) or not isinstance(layout.get("__metadata__", {}), dict):
            raise ValueError
    except (ValueError, RecursionError):
        raise UploadRefused(_("This is no safetensors file, or it is damaged. Export it again.")) from None
    return layout, file.size - 8 - length


def _check_tensors(layout: dict[str, Any], rest: int) -> None:
    """Every tensor lies where its shape says, one behind the other, and the last ends where the file does."""
    damaged = UploadRefused(_("The tensors of this file do not fill it: it is damaged or cut off. Export it again."))
    if not 1 <= len(layout) <= MOST_TENSORS:
        raise damaged
    places = []
    try:
        for entry in layout.values():
            start, end = entry["data_offsets"]
            numbers = [*entry["shape"], start, end]
            if not all(type(number) is int and 0 <= number <= rest for number in numbers):
                raise damaged
            if math.prod(entry["shape"]) * BYTES_OF[entry["dtype"]] != end - start:
                raise damaged
            places.append((start, end))
    except (KeyError, TypeError, ValueError):
        raise damaged from None
    places.sort()
    starts, ends = [place[0] for place in places], [place[1] for place in places]
    if starts != [0, *ends[:-1]] or ends[-1] != rest:
        raise damaged


def _modest(numbers: dict[str, Any]) -> bool:
    return all(
        name in LIMITS and type(value) in (int, bool) and 0 <= value <= LIMITS[name] for name, value in numbers.items()
    )
