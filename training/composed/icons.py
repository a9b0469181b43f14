"""Icons of unpacked icon packages: folders with an icons.json (name to SVG body) and an info.json (licence)."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from pathlib import Path

from training.composed.drawing import Motif

SHARE_ALIKE = re.compile(r"-SA\b|GPL", re.IGNORECASE)
"""Licences that would bind the weights: icons under them are not taken."""


class MotifError(ValueError):
    """A folder of motifs that cannot be used, with the reason and the remedy."""


def read_icons(folder: Path, names: Collection[str]) -> list[Motif]:
    """Read the icons with the given names from every package in a folder, or from the folder when it is one itself.

    Returns:
        Motifs whose names are those of the icons, sorted by package and name. An icon drawn in one colour keeps
        `currentColor`.

    Raises:
        MotifError: No package is found, one cannot be read, its licence is unknown or asks for share-alike, or none of
            the names is in any of them.
    """
    if not folder.is_dir():
        raise MotifError(f"no such folder: {folder}")
    packages = (
        [folder] if (folder / "icons.json").is_file() else sorted(file.parent for file in folder.glob("*/icons.json"))
    )
    if not packages:
        raise MotifError(f"{folder} holds no icons.json: give the folder of an unpacked icon package, or of several")
    motifs = [motif for package in packages for motif in _read_package(package, names)]
    if not motifs:
        raise MotifError(f"{folder} holds none of the {len(names)} icons of this category")
    return motifs


def _read_package(package: Path, names: Collection[str]) -> list[Motif]:
    try:
        icons = json.loads((package / "icons.json").read_text())
        licence = json.loads((package / "info.json").read_text())["license"]["spdx"]
        prefix, drawings = str(icons["prefix"]), dict(icons["icons"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MotifError(f"cannot read the icon package {package}: {type(error).__name__} {error}") from error
    if SHARE_ALIKE.search(licence):
        raise MotifError(f"{package} is licensed {licence}, which asks for share-alike: leave it out")
    motifs = []
    for name in sorted(drawings.keys() & set(names)):
        drawing = drawings[name]
        width, height = (drawing.get(side, icons.get(side, 16)) for side in ("width", "height"))
        scale = 2 / max(width, height)
        body = _own_ids(drawing["body"], f"{prefix}-{name}")
        body = f'<g transform="scale({scale:.6f}) translate({-width / 2} {-height / 2})">{body}</g>'
        motifs.append(Motif(body, name, f"{prefix}:{name}", licence))
    return motifs


def _own_ids(body: str, prefix: str) -> str:
    """Give ids a prefix, so that two icons in one document do not take each other's gradients."""
    for name in set(re.findall(r'\bid="([^"]+)"', body)):
        body = re.sub(rf'(id="|url\(#|href="#){re.escape(name)}(?=["\)])', rf"\g<1>{prefix}-{name}", body)
    return body
