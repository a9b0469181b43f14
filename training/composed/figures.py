"""Friendly figures in the colours of a print: hearts, stars, clouds, strawberries and bears, with faces.

They are drawn in figures.svg, a sheet that any drawing program opens: one group for each figure.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from training.composed.drawing import Motif

SHEET = Path(__file__).with_name("figures.svg")


@dataclass(frozen=True)
class Paint:
    """Colours of one figure as #rrggbb: its body, a second colour, small accents such as cheeks, and lines."""

    body: str
    second: str
    accent: str
    line: str = "#33303a"


ON_THE_SHEET = Paint("#f2a65b", "#fff6e9", "#ef6f80", "#33303b")


@functools.cache
def sheet() -> dict[str, str]:
    """Read the figures: name to SVG elements, in the colours of ON_THE_SHEET."""
    groups = ElementTree.parse(SHEET).getroot().findall("{*}g")
    figures = {}
    for group in groups:
        for element in group.iter():
            element.tag = element.tag.rpartition("}")[2]
        figures[group.attrib["id"]] = "".join(ElementTree.tostring(child, encoding="unicode") for child in group)
    return figures


def draw(name: str, paint: Paint) -> Motif:
    """Draw one figure of the sheet.

    Raises:
        KeyError: The sheet has no figure of this name.
    """
    colours = dict(zip(vars(ON_THE_SHEET).values(), vars(paint).values(), strict=True))
    body = re.sub("|".join(colours), lambda found: colours[found.group()], sheet()[name])
    return Motif(body, name)
