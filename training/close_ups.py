"""Which close-ups of the FingerCamera folder show one garment: they must not be told from each other as strangers.

Its photos come in rows of consecutive numbers. A row shows one garment, once spread flat and in other rows folded or in
other colours of its print, so the rows that belong together were told by eye; the numbers do not say it.
"""

from __future__ import annotations

import re

LONGEST_ROW = 8
"""Numbers in a row at the most; of each seven or so are in the data."""

GARMENTS: dict[str, tuple[tuple[int, ...], ...]] = {
    "checkered": ((1, 194), (33, 221), (41, 230), (57, 185), (73, 91, 248)),
    "polka_dotted": ((116, 293), (518, 527), (536, 545)),
    "floral": ((125, 284), (134, 143, 275), (320, 329), (464, 473, 482, 491)),
    "none": ((392, 401), (410, 419), (428, 437)),
    "striped": ((17, 203), (25, 212), (49, 239), (65, 257)),
    "zigzagged": ((356, 365), (374, 383), (554, 563), (572, 581)),
}
"""By the first part of the photos' names, the garments; of each the numbers that its rows begin with."""


def garment_of(stem: str) -> str | None:
    """The garment that a close-up shows, named as its first photo; None for a name that is not of the folder."""
    name, _, digits = stem.rpartition("_")
    if not re.fullmatch(r"\d{5}", digits):
        return None
    for rows in GARMENTS.get(name, ()):
        if any(0 <= int(digits) - first < LONGEST_ROW for first in rows):
            return f"{name}_{rows[0]:05d}"
    return None
