"""Twice the pixels for a print: the network that does it, and a picture of any size through it.

`generator.upscaling` enlarges prints with it, and `generator.sampling` finishes those of versions that bring their own.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

WINDOW = 256
"""Side in pixels of what the network is shown at once, a margin aside: some 60 MB whatever the picture's size."""

OVERSHOOT = 0.1
"""How far an enlarged pixel may lie beyond the pixels around it, as a share of their range."""

_AROUND = 2
"""Pixels around a pixel that its local mean, and bicubic interpolation, reach for."""


class Upscaler(nn.Module):
    """Twice the size: bicubic interpolation, and on it the detail that a residual network expects there.

    Residual blocks without batch norm at low resolution (EDSR, Lim et al. 2017), then one convolution whose twelve
    channels are the colours of 2 x 2 pixels (ESPCN, Shi et al. 2016). The network sees the picture less its local mean
    and has no biases (Mohan et al. 2020): a flat colour gives no detail at all, so it stays what it is and shows no
    checkerboard, and detail grows in step with the contrast of what is seen. The last convolution starts at zero, as
    plain bicubic interpolation.

    Args:
        features: Channels of the residual blocks.
        blocks: Residual blocks of two 3 x 3 convolutions.

    Shape:
        - picture: (N, 3, H, W), values in [0, 1]
        - output: (N, 3, 2 H, 2 W), a little beyond [0, 1] beside edges; it depends on what lies around the picture up
          to twice `reach` from its border

    Example:
        >>> Upscaler()(torch.rand(1, 3, 48, 48)).shape
        torch.Size([1, 3, 96, 96])
    """

    def __init__(self, *, features: int = 32, blocks: int = 8) -> None:
        super().__init__()
        self.hyper_parameters = {"features": features, "blocks": blocks}
        self.reach = 2 * blocks + 2 + _AROUND
        """Pixels of the input that an output pixel looks at to every side."""
        self.first = _convolution(3, features)
        self.blocks = nn.ModuleList(
            nn.Sequential(_convolution(features, features), nn.ReLU(inplace=True), _convolution(features, features))
            for _ in range(blocks)
        )
        self.last = _convolution(features, 3 * 2 * 2)
        nn.init.zeros_(self.last.weight)

    def forward(self, picture: Tensor) -> Tensor:
        wrapped = F.pad(picture, (_AROUND,) * 4, mode="circular")
        smooth = F.interpolate(wrapped, scale_factor=2, mode="bicubic")
        smooth = smooth[..., 2 * _AROUND : -2 * _AROUND, 2 * _AROUND : -2 * _AROUND]
        features = self.first(picture - F.avg_pool2d(wrapped, 2 * _AROUND + 1, stride=1))
        for block in self.blocks:
            features = features + block(features)
        return smooth + F.pixel_shuffle(self.last(features), 2)


@torch.inference_mode()
def doubled(network: Upscaler, pixels: np.ndarray, progress: Callable[[float], None] = lambda _: None) -> np.ndarray:
    """Enlarge a picture that closes on itself, (H, W, 3) uint8, to (2 H, 2 W, 3), window by window."""
    height, width, _ = pixels.shape
    device = next(network.parameters()).device
    large = np.empty((2 * height, 2 * width, 3), dtype=np.uint8)
    margin = network.reach
    places = [(top, left) for top in range(0, height, WINDOW) for left in range(0, width, WINDOW)]
    for done, (top, left) in enumerate(places, start=1):
        rows, columns = min(WINDOW, height - top), min(WINDOW, width - left)
        seen = pixels.take(range(top - margin, top + rows + margin), axis=0, mode="wrap")
        seen = seen.take(range(left - margin, left + columns + margin), axis=1, mode="wrap")
        picture = torch.from_numpy(seen).to(device).permute(2, 0, 1)[None].float() / 255
        picture = picture.contiguous(memory_format=torch.channels_last)
        drawn = _without_halos(network(picture), picture)[0]
        inner = drawn[:, 2 * margin : 2 * (margin + rows), 2 * margin : 2 * (margin + columns)]
        inner = (inner.clamp(0, 1) * 255).round().byte().permute(1, 2, 0)
        large[2 * top : 2 * (top + rows), 2 * left : 2 * (left + columns)] = inner.cpu().numpy()
        progress(done / len(places))
    return large


def _without_halos(large: Tensor, picture: Tensor) -> Tensor:
    """Keep each pixel near the range of the 3 x 3 pixels of the small picture around it.

    Cloth has fine texture on both sides of an edge; a drawn edge between two plain grounds would get a rim.
    """
    highest, lowest = (sign * F.max_pool2d(sign * picture, 3, stride=1, padding=1) for sign in (1, -1))
    beyond = OVERSHOOT * (highest - lowest)
    bounds = (F.interpolate(bound, scale_factor=2) for bound in (lowest - beyond, highest + beyond))
    return large.clamp(*bounds)


def _convolution(in_channels: int, out_channels: int) -> nn.Conv2d:
    return nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False)
