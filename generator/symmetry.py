"""What is nearly symmetric in a print, made so: dots become round, checks even, and hearts alike on both sides.

A network that draws motifs from waves draws them a little lumpy. Where a unit is nearly its own mirror image, the two
are averaged before inks are chosen, so edges move to between theirs and stay sharp (symmetrization: Mitra, Guibas and
Pauly 2007, "Symmetrization", there of shapes). Which symmetries a category's prints have is measured on its swatches.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from generator.errors import WeightsError


class Mirror(NamedTuple):
    """A way to turn a unit over: `image`, of maps (..., S, S), and how it then moves, by (down, right) each pixel, from
    one place of the mirror to the next."""

    image: Callable[[Tensor], Tensor]
    moves: tuple[int, int]


MIRRORS = {
    "across": Mirror(lambda maps: maps.flip(-1), (0, 1)),
    "down": Mirror(lambda maps: maps.flip(-2), (1, 0)),
    "diagonal": Mirror(lambda maps: maps.transpose(-1, -2), (1, -1)),
}
"""Left for right, upside down, and rows for columns."""

LEAST_LIKENESS = 0.75
"""Correlation with its mirror image from which a unit is meant to be like it. What leans or bends has less."""


def check_symmetries(names: object) -> None:
    """Refuse names in a header that this version does not know.

    Raises:
        WeightsError: One is none of `MIRRORS`.
    """
    if not isinstance(names, Sequence) or isinstance(names, str) or not all(name in MIRRORS for name in names):
        raise WeightsError(
            f"the symmetries {names!r} are not all of {', '.join(MIRRORS)}: "
            "use the version of the project that wrote them"
        )


def made_symmetric(drawn: Tensor, coloured: Callable[[Tensor], Tensor], symmetries: Sequence[str]) -> Tensor:
    """Average a unit with each mirror image of itself that it is nearly like.

    Args:
        drawn: (1, channels, S, S), a unit that closes on itself, before it has colours.
        coloured: what gives it colours: (1, 3, S, S).
        symmetries: names of `MIRRORS`.

    Returns:
        The same shape. The last symmetry found is exact; one before it may be half a pixel off, where the pixels leave
        no axis for both.
    """
    for name in symmetries:
        mirror = MIRRORS[name]
        picture = coloured(drawn)[0]
        likeness = _likeness(picture, mirror.image(picture))
        places = torch.arange(len(likeness), device=drawn.device)
        along = likeness[tuple(step * places % len(places) for step in mirror.moves)]
        best = int(along.argmax())
        if along[best] >= LEAST_LIKENESS:
            moves = [step * best for step in mirror.moves]
            drawn = (drawn + mirror.image(drawn).roll(moves, (-2, -1))) / 2
    return drawn


def _likeness(picture: Tensor, other: Tensor) -> Tensor:
    """Correlation of a picture (C, S, S) with another that is moved by each (down, right) around the torus: (S, S)."""
    spectra = [torch.fft.fft2(one - one.mean((-2, -1), keepdim=True)) for one in (picture, other)]
    together = torch.fft.ifft2((spectra[0] * spectra[1].conj()).sum(0)).real
    power = (picture - picture.mean((-2, -1), keepdim=True)).square().sum()
    return together / power.clamp_min(1e-9)
