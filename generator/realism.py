"""How much a print looks like the swatches of its category: a small network that says so, beside each generator.

Kynkaanniemi et al. (2019, "Improved Precision and Recall", section 5) tell a generated picture's realism by its
distance to the nearest real ones in the features of an ImageNet network. `RealismJudge` has learned to guess that
figure from the pixels (`training.realism`), so that drawing a print needs neither that network nor the swatches.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from generator.looks import luminance

FAINTEST = 4.0
"""Standard deviation in levels of 255 under which contrast is not stretched any more: what is left is noise."""


class RealismJudge(nn.Module):
    """Guesses how real a patch looks, by its shapes alone.

    Shape:
        - patches: (N, 1, H, W), as `evened` makes them
        - output: (N,), natural logarithm of the realism: 0 where the patch is as near to the swatches as they are to
          each other, less where it is further off
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 1
        for width, kernel, stride in ((16, 5, 2), (32, 3, 2), (64, 3, 2), (64, 3, 1)):
            layers += [
                nn.Conv2d(channels, width, kernel, stride, kernel // 2, padding_mode="circular", bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(inplace=True),
            ]
            channels = width
        self.layers = nn.Sequential(*layers)
        self.dropout = nn.Dropout(0.3)
        self.last = nn.Linear(2 * channels, 1)

    def forward(self, patches: Tensor) -> Tensor:
        seen = self.layers(patches)
        # What is usual in the patch, and what is worst.
        return self.last(self.dropout(torch.cat([seen.mean((2, 3)), seen.amax((2, 3))], dim=1))).flatten()

    @torch.inference_mode()
    def realism_of(self, picture: np.ndarray) -> float:
        """The guess for one picture (H, W, 3) uint8 that repeats: about 1 for swatches, 0 for nothing like them."""
        return float(self(torch.from_numpy(evened(picture[None]))[:, None]).exp())


def evened(pictures: np.ndarray) -> np.ndarray:
    """Pictures (N, H, W, 3) uint8 in grey, float32 (N, H, W) of mean 0 and, but for the faintest, deviation 1.

    A rare colourway, or a pale one, is no reason to refuse a print.
    """
    light = luminance(pictures)
    light -= light.mean((1, 2), keepdims=True)
    return (light / np.maximum(light.std((1, 2), keepdims=True), FAINTEST)).astype(np.float32)
