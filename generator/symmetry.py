"""What is nearly symmetric in a print, made so: dots become round, checks even, and hearts alike on both sides.

A network that draws motifs from waves draws them a little lumpy. Where a unit is nearly its own mirror image, the two
are averaged before inks are chosen, so edges move to between theirs and stay sharp (symmetrization: Mitra, Guibas and
Pauly 2007, "Symmetrization", there of shapes). Which symmetries a category's prints have is measured on its swatches.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from generator.errors import WeightsError

MIRRORED: dict[str, Callable[[Tensor], Tensor]] = {
    "across": lambda maps: maps.flip(-1),
    "down": lambda maps: maps.flip(-2),
    "diagonal": lambda maps: maps.transpose(-1, -2),
}
"""The mirror images that a unit may be like: left for right, upside down, and rows for columns."""

LEAST_LIKENESS = 0.75
"""Correlation with its mirror image from which a unit is meant to be like it. Moons and lone leaves have less."""


def check_symmetries(names: object) -> None:
    """Refuse names in a header that this version does not know.

    Raises:
        WeightsError: One is none of `MIRRORED`.
    """
    if not isinstance(names, Sequence) or isinstance(names, str) or not all(name in MIRRORED for name in names):
        raise WeightsError(
            f"the symmetries {names!r} are not all of {', '.join(MIRRORED)}: "
            "use the version of the project that wrote them"
        )


def made_symmetric(drawn: Tensor, coloured: Callable[[Tensor], Tensor], symmetries: Sequence[str]) -> Tensor:
    """Average a unit with each mirror image of itself that it is nearly like.

    Args:
        drawn: (1, channels, S, S), a unit that closes on itself, before it has colours.
        coloured: what gives it colours: (1, 3, S, S).
        symmetries: names of `MIRRORED`.

    Returns:
        The same shape. The last symmetry found is exact; one before it may be half a pixel off, where the pixels leave
        no axis for both.
    """
    for name in symmetries:
        mirrored = MIRRORED[name]
        picture = coloured(drawn)[0]
        # By (-2, -1): where the mirror image must be moved to along its axis, and, for the diagonal, back across it.
        way = {"across": (0, 1), "down": (1, 0), "diagonal": (1, -1)}[name]
        likeness = _likeness(picture, mirrored(picture))
        moves = torch.arange(len(likeness), device=drawn.device)
        along = likeness[way[0] * moves % len(likeness), way[1] * moves % len(likeness)]
        best = int(along.argmax())
        if along[best] >= LEAST_LIKENESS:
            drawn = (drawn + mirrored(drawn).roll((way[0] * best, way[1] * best), (-2, -1))) / 2
    return drawn


def _likeness(picture: Tensor, other: Tensor) -> Tensor:
    """Correlation of a picture (C, S, S) with another that is moved by each (down, right) around the torus: (S, S)."""
    spectra = [torch.fft.fft2(one - one.mean((-2, -1), keepdim=True)) for one in (picture, other)]
    together = torch.fft.ifft2((spectra[0] * spectra[1].conj()).sum(0)).real
    power = (picture - picture.mean((-2, -1), keepdim=True)).square().sum()
    return together / power.clamp_min(1e-9)
