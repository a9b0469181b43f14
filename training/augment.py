"""Differentiable augmentation of real and generated patches alike (DiffAugment, Zhao et al. 2020).

With a few hundred swatches the discriminator would learn them by heart. Changing only the real ones would teach the
generator the changes; changing both, with a gradient through them, does not.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from training.config import PATCH

SHIFT = 8
"""Pixels by which patches are shifted at the most, either way."""


def augmented(patches: Tensor, random: torch.Generator, *, batch: int, share: slice) -> Tensor:
    """Change brightness (up to 0.2) and contrast (by a quarter) of each patch, and shift them all by up to 8 px.

    Args:
        patches: (N, 3, 64, 64), values about [-1, 1]: these rows of a batch.
        random: The CPU stream that the changes of the whole batch are drawn from.
        batch: Rows of the whole batch.
        share: Which of them `patches` holds.
    """
    light = torch.rand(batch, 1, 1, 1, generator=random)[share].to(patches.device) * 0.4 - 0.2
    contrast = torch.rand(batch, 1, 1, 1, generator=random)[share].to(patches.device) * 0.5 + 0.75
    middle = patches.mean(dim=(1, 2, 3), keepdim=True)
    patches = (patches - middle) * contrast + middle + light
    down, right = torch.randint(0, 2 * SHIFT + 1, (2,), generator=random).tolist()
    padded = F.pad(patches, (SHIFT, SHIFT, SHIFT, SHIFT), mode="reflect")
    return padded[..., down : down + PATCH, right : right + PATCH]
