"""Cloth of one colour, thread by thread: weaves, a knit, corduroy and felt.

A weave is a matrix that says, for each warp thread and each weft thread, which of them lies above where they cross
(Emery 1966, "The primary structures of fabrics"). Threads are rounded, dip where they go under others, and differ a
little from each other and along themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from training.composed.cloth import unit_noise

SUPERSAMPLING = 4
"""Drawn pixels per px: threads are two to four px wide."""

WEAVES: dict[str, np.ndarray] = {
    "plain weave": np.array([[1, 0], [0, 1]], bool),
    "basket": np.kron(np.array([[1, 0], [0, 1]], bool), np.ones((2, 2), bool)),
    "oxford": np.repeat(np.array([[1, 0], [0, 1]], bool), 2, axis=1),
    "twill 2/1": np.array([[(warp + weft) % 3 != 0 for warp in range(3)] for weft in range(3)]),
    "twill 2/2": np.array([[(warp + weft) % 4 < 2 for warp in range(4)] for weft in range(4)]),
    "twill 3/1": np.array([[(warp + weft) % 4 != 0 for warp in range(4)] for weft in range(4)]),
}
"""Whether the warp lies above, by weft (down) and warp thread (across); one repeat each."""


@dataclass(frozen=True)
class Weave:
    """Cloth that hides what it is woven into: its colours are its threads'.

    Attributes:
        name: One of WEAVES, or "knit", "corduroy" or "felt".
        pitch: Px from one thread (stitch, rib) to the next; felt has none.
        warp, weft: Colours, (3,) of 0 to 255.
        depth: How much darker a thread is at its sides than in its middle, 0 to 1.
        unevenness: Standard deviation of the brightness of threads, as a share, from each other and along them.
        slub: Px over which a thread changes along itself; of felt, SUPERSAMPLING times the length of a fibre.
        fibre: Standard deviation of the brightness of single fibres, as a share.
        seed: Of what is left to chance.
    """

    name: str
    pitch: float
    warp: tuple[float, float, float]
    weft: tuple[float, float, float]
    depth: float
    unevenness: float
    slub: float
    fibre: float
    seed: int

    def woven_into(self, picture: np.ndarray) -> np.ndarray:
        """The cloth, closed on its edges, as large as a tile (height, width, 3) uint8 that whole repeats fill."""
        random = np.random.default_rng(self.seed)
        height, width = (side * SUPERSAMPLING for side in picture.shape[:2])
        rows, columns = (np.arange(side) + 0.5 for side in (height, width))
        down, right = rows[:, None] / (SUPERSAMPLING * self.pitch), columns[None] / (SUPERSAMPLING * self.pitch)
        others = {"knit": self._knitted, "corduroy": self._ribbed, "felt": self._felted}
        share, light = others.get(self.name, self._woven)(down, right, random)
        light = light * (1 + self.fibre * unit_noise(_blurred(random.standard_normal((height, width)), 0.8, 0.8)))
        colours = np.asarray(self.weft) + share[..., None] * (np.asarray(self.warp) - np.asarray(self.weft))
        drawn = np.clip(colours * light[..., None], 0, 255).astype(np.float32)
        cloth = np.asarray(cv2.resize(drawn, picture.shape[1::-1], interpolation=cv2.INTER_AREA))
        return np.clip(cloth + 0.5, 0, 255).astype(np.uint8)

    def _threads(self, count: int, length: int, random: np.random.Generator) -> np.ndarray:
        """Brightness of threads along themselves, (count, length), about 1."""
        own = random.standard_normal((count, 1))
        along = unit_noise(_blurred(random.standard_normal((count, length)), self.slub * SUPERSAMPLING, 0.01))
        return 1 + self.unevenness * (0.6 * own + 0.8 * along)

    def _woven(self, down: np.ndarray, right: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        matrix = WEAVES[self.name]
        weft, warp = down.astype(int), right.astype(int)
        above = matrix[weft % len(matrix), warp % matrix.shape[1]]
        beside_warp, beside_weft = 2 * (right % 1) - 1, 2 * (down % 1) - 1
        # A thread is highest in the middle of where it floats, and dips towards the ends of that.
        warp_light = 1 - self.depth * (0.75 * beside_warp**2 + 0.25 * _dip(matrix, weft, warp, beside_weft, axis=0))
        weft_light = 1 - self.depth * (0.75 * beside_weft**2 + 0.25 * _dip(~matrix, weft, warp, beside_warp, axis=1))
        warp_light = warp_light * self._threads(warp.max() + 1, down.size, random)[warp.ravel()].T
        weft_light = weft_light * self._threads(weft.max() + 1, right.size, random)[weft.ravel()]
        return above.astype(float), np.where(above, warp_light, weft_light)

    def _knitted(
        self, down: np.ndarray, right: np.ndarray, random: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        beside = 2 * (right % 1) - 1
        # Each stitch is two legs that lean towards each other: chevrons, one below the other.
        leg = 2 * ((down + 0.5 * np.abs(beside)) % 1) - 1
        valley = np.abs(beside) ** 6 + np.exp(-((beside / 0.18) ** 2)) * 0.6
        light = (1 - self.depth * (0.6 * leg**2 + 0.6 * np.minimum(valley, 1))) * self._threads(
            int(down.max()) + 1, right.size, random
        )[down.astype(int).ravel()]
        return np.ones_like(light), light

    def _ribbed(
        self, down: np.ndarray, right: np.ndarray, random: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        beside = 2 * (right % 1) - 1
        pile = unit_noise(_blurred(random.standard_normal((down.size, right.size)), 1.5, 0.6 * SUPERSAMPLING))
        threads = self._threads(int(right.max()) + 1, down.size, random)[right.astype(int).ravel()].T
        light = (1 - 1.3 * self.depth * np.abs(beside) ** 3) * threads * (1 + self.unevenness * pile)
        return np.ones_like(light), light

    def _felted(
        self, down: np.ndarray, right: np.ndarray, random: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        shape = down.size, right.size
        fibres = [
            unit_noise(_blurred(random.standard_normal(shape), across, along))
            for across, along in ((self.slub, 1.5), (1.5, self.slub), (3, 3))
        ]
        mixed = unit_noise(np.sum(fibres, axis=0))
        return np.clip(0.5 + 0.5 * mixed, 0, 1), 1 + self.unevenness * mixed


def _dip(above: np.ndarray, weft: np.ndarray, warp: np.ndarray, beside: np.ndarray, *, axis: int) -> np.ndarray:
    """How far a thread that lies above has dipped, 0 to 1: only towards a neighbouring place where it lies below.

    Args:
        above: Where it does, by weft and warp thread.
        beside: Place between one crossing and the next along the thread, -1 to 1.
        axis: 0 for warp threads, which run down, 1 for weft.
    """
    before, after = ~np.roll(above, 1, axis), ~np.roll(above, -1, axis)
    place = np.ix_(weft.ravel() % above.shape[0], warp.ravel() % above.shape[1])
    return np.where(beside < 0, before[place], after[place]) * beside**2


def _blurred(noise: np.ndarray, across: float, down: float) -> np.ndarray:
    """Noise blurred around the edges of a tile, by standard deviations in its pixels."""
    frequencies = [np.fft.fftfreq(noise.shape[0])[:, None], np.fft.rfftfreq(noise.shape[1])[None]]
    passed = np.exp(-2 * np.pi**2 * ((down * frequencies[0]) ** 2 + (across * frequencies[1]) ** 2))
    return np.fft.irfft2(np.fft.rfft2(noise) * passed, noise.shape)
