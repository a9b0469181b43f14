"""Teach a generator's judge which of its prints look like the swatches (`generator.realism`).

Prints of codes drawn at random are measured by Kynkaanniemi et al.'s realism (2019), here the distance to the nearest
swatches in ImageNet features, of patches in grey and of one contrast; the judge learns that figure from the pixels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from generator import LoadedGenerator, load_generator
from generator.checkpoint import record_judge
from generator.networks import SpatialGenerator
from generator.realism import RealismJudge, evened
from generator.sampling import LARGEST_SEED, draw_print_code, judged_tile
from training.config import PATCH, DcganConfig, TrainingError
from training.dcgan import cut_patch
from training.features import distances, features_of

CODES = 1200
"""Codes whose prints are measured."""

PER_CODE = 2
"""Patches of each that are: one says less of a print, as it may miss what is poor in it."""

KEPT = 0.5
"""Share of the codes that the judge lets pass. Of fewer the prints are clearer still, and more of them alike."""

LEAST_AGREEMENT = 0.4
"""Under which a judge is not used. Of plain cloth it learned nothing (0.12); elsewhere it agrees at 0.65 to 0.90."""

NEAREST = 3
"""Swatches to which the distance of a patch is measured, as the mean."""

PATCHES = 1024
"""Patches of the swatches to be near to: one of each swatch, or of few swatches up to four until there are so many."""

BATCH, LEARNING_RATE, DECAY = 64, 2e-3, 0.05
KEPT_OUT = 6
"""Of so many codes one tells how well the judge has learned, and teaches nothing."""
LEAST_CODES = 10 * KEPT_OUT


@dataclass(frozen=True)
class Verdict:
    """A judge that has learned.

    Attributes:
        least: The realism that `KEPT` of all codes reach.
        agreement: Rank correlation (Spearman) of its guesses with the measured realism, on codes kept out.
    """

    judge: RealismJudge
    least: float
    agreement: float

    @property
    def is_used(self) -> bool:
        """Whether it has learned enough to choose prints by."""
        return self.agreement >= LEAST_AGREEMENT

    def __str__(self) -> str:
        if self.is_used:
            return f"realism {self.least:.2f} (a judge that agrees at {self.agreement:.2f})"
        return f"no realism (its judge agrees at {self.agreement:.2f} only)"


def add_judge(
    weights: Path, swatches: Tensor, *, codes: int | None = None, progress: Callable[[float], None] | None = None
) -> Verdict:
    """Teach a judge and put it, if it is to be used, into a file of weights, with the realism that prints must have.

    Takes a minute or two on one CPU core. The same weights, swatches and number of threads give the same judge.

    Args:
        weights: The file, which has a `least_look`.
        swatches: (N, 3, S, S) uint8, S >= 64: those that its run has seen.
        codes: Codes to learn from, `LEAST_CODES` or more; `CODES` by default.
        progress: Called with the finished share, 0 to 1.

    Raises:
        TrainingError: Too few codes, or a generator of one vector, whose prints have no code to choose.
        WeightsError: The file is no generator's.
    """
    codes = CODES if codes is None else codes
    loaded = load_generator(weights)
    if not isinstance(loaded.network, SpatialGenerator):
        raise TrainingError(f"{weights} draws from one vector: only spatial generators have a judge")
    if codes < LEAST_CODES:
        raise TrainingError(f"a judge learns from {LEAST_CODES} codes or more, got {codes}")
    verdict = fit_judge(loaded, swatches, codes=codes, progress=progress or (lambda _: None))
    if not verdict.is_used:
        return verdict
    about = {"codes": codes, "kept": KEPT, "agreement": round(verdict.agreement, 3)}
    record_judge(weights, verdict.judge, least=round(verdict.least, 4), about=about)
    return verdict


def fit_judge(loaded: LoadedGenerator, swatches: Tensor, *, codes: int, progress: Callable[[float], None]) -> Verdict:
    """Draw, measure, and learn; see `add_judge`."""
    random = np.random.default_rng(0)
    config = DcganConfig.of(loaded.header.get("training", {}))
    near, spread = _references(swatches, random, config)
    tiles = []
    for number in range(codes):
        tiles.append(_tile_of(loaded, LARGEST_SEED - number))
        progress(0.4 * (number + 1) / codes)
    patches = np.stack([_patch_of(tile, random) for tile in tiles for _ in range(PER_CODE)])
    found = _distance_to(near, patches)
    progress(0.6)
    realism = torch.from_numpy(np.log(spread / np.maximum(found, 1e-6))).float()
    pictures = torch.from_numpy(evened(patches))[:, None]
    learned = codes - codes // KEPT_OUT
    part = slice(learned * PER_CODE)
    judge = _taught(pictures[part], realism[part], config, lambda share: progress(0.6 + 0.4 * share))
    guesses = np.array([judge.realism_of(tile) for tile in tiles])
    measured = realism.view(codes, PER_CODE).mean(1).numpy()
    return Verdict(
        judge,
        least=float(np.quantile(guesses, 1 - KEPT)),
        agreement=_rank_correlation(guesses[learned:], measured[learned:]),
    )


def _tile_of(loaded: LoadedGenerator, seed: int) -> np.ndarray:
    return judged_tile(loaded, draw_print_code(loaded, seed))


def _patch_of(tile: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A patch (64, 64, 3) of a tile that repeats, from anywhere."""
    down, right = random.integers(0, len(tile), 2)
    return np.roll(tile, (down, right), axis=(0, 1))[:PATCH, :PATCH]


def _references(swatches: Tensor, random: np.random.Generator, config: DcganConfig) -> tuple[np.ndarray, float]:
    """Features (M, D) of patches of the swatches, and how far from others' these usually are."""
    count, side = len(swatches), swatches.shape[-1]
    chosen = np.tile(np.arange(count), min(4, max(1, -(-PATCHES // count))))
    places = random.integers(0, side - PATCH + 1, (len(chosen), 2)).tolist()
    flips = random.integers(0, 2, (len(chosen), 3)).tolist()
    cut = [
        cut_patch(swatches[index], top, left, flip, config)
        for index, (top, left), flip in zip(chosen, places, flips, strict=True)
    ]
    features = features_of(_grey(torch.stack(cut).permute(0, 2, 3, 1).numpy()))
    apart = distances(features, features)
    apart[chosen[:, None] == chosen[None, :]] = np.inf
    return features, float(np.median(np.sort(apart, axis=1)[:, :NEAREST].mean(1)))


def _distance_to(near: np.ndarray, patches: np.ndarray) -> np.ndarray:
    """Mean distance of each patch to the `NEAREST` references, (N,)."""
    return np.sort(distances(features_of(_grey(patches)), near), axis=1)[:, :NEAREST].mean(1)


def _grey(patches: np.ndarray) -> np.ndarray:
    """Patches as the judge sees them, as a picture that ImageNet's network takes: (N, 64, 64, 3) uint8."""
    grey = np.clip(evened(patches) * 50 + 128, 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=-1)


def _taught(pictures: Tensor, realism: Tensor, config: DcganConfig, progress: Callable[[float], None]) -> RealismJudge:
    """Learn the realism (N,) of pictures (N, 1, 64, 64), flipped only as the run flips its swatches.

    Where a motif bends to one side, or has an up, what is flipped is like none of them.
    """
    steps = len(pictures) // 4
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        judge = RealismJudge()
        # The guess begins at the mean.
        nn.init.constant_(judge.last.bias, float(realism.mean()))
        optimiser = torch.optim.AdamW(judge.parameters(), LEARNING_RATE, weight_decay=DECAY)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps)
        for step in range(steps):
            chosen = torch.randint(0, len(pictures), (BATCH,))
            across, down = torch.randint(0, 2, (2,)).tolist()
            flips = ((3, across and config.mirrored), (2, down and not config.upright))
            batch = pictures[chosen].flip([axis for axis, flip in flips if flip])
            loss = (judge(batch) - realism[chosen]).square().mean()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            schedule.step()
            progress((step + 1) / steps)
    return judge.eval().requires_grad_(False)


def _rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Spearman's, of values without ties."""
    ranks = np.stack([values.argsort().argsort() for values in (one, other)])
    return float(np.asarray(np.corrcoef(ranks))[0, 1])
