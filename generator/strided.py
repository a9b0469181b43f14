"""The DCGAN's convolutions, 4 x 4 with a stride of 2, computed as a CPU computes them fastest.

Such a convolution halves a picture and its transpose doubles one, so the two share three computations: each one's
forward pass is the other's gradient by the input, and their gradients by the weights are one sum over places. oneDNN
is slow at two of these: at spreading features to the few colours of a picture, where most of a vector register is
empty, and at the gradient by the weights where a picture of few pixels has many channels. Both are computed in another
way here; results differ by rounding alone.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

FEW_COLOURS = 4
"""Channels up to which features are spread by a convolution of twice as many rows and columns of channels. From 64
features at 32 x 32 to three colours took 0.42 to 0.45 of the time, on one thread in either precision."""

FEW_PIXELS = 16
"""Pixels of the smaller picture up to which weights get their gradient by one product of matrices. In half precision
256 and 512 channels at 4 x 4 took 0.5 to 0.65 of the time on one thread; at 8 x 8 nothing was gained, and in single
precision as much was lost on two threads as was gained on one."""


class StridedConv2d(nn.Conv2d):
    """`nn.Conv2d` with a 4 x 4 kernel, a stride of 2, one pixel of zeros around it and no bias.

    Shape:
        - input: (N, in_channels, 2 H, 2 W)
        - output: (N, out_channels, H, W)
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(in_channels, out_channels, kernel_size=4, stride=2, padding=1, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        if not _is_ours(features, self.bias):
            return super().forward(features)
        return _Strided.apply(*_in_one_precision(features, self.weight), False)


class StridedConvTranspose2d(nn.ConvTranspose2d):
    """`nn.ConvTranspose2d` with a 4 x 4 kernel, a stride of 2, a padding of one pixel and no bias.

    Shape:
        - input: (N, in_channels, H, W)
        - output: (N, out_channels, 2 H, 2 W)
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(in_channels, out_channels, kernel_size=4, stride=2, padding=1, bias=False)

    def forward(self, features: Tensor, output_size: list[int] | None = None) -> Tensor:
        if output_size is not None or not _is_ours(features, self.bias):
            return super().forward(features, output_size)
        return _Strided.apply(*_in_one_precision(features, self.weight), True)


def _is_ours(features: Tensor, bias: Tensor | None) -> bool:
    """GPUs have other kernels, and a layer that a batch norm was folded into has a bias."""
    return features.is_cpu and bias is None


def _in_one_precision(features: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """What autocast does for torch's own convolutions."""
    if not torch.is_autocast_enabled("cpu"):
        return features, weight
    dtype = torch.get_autocast_dtype("cpu")
    return features.to(dtype), weight.to(dtype)


class _Strided(torch.autograd.Function):
    """Halving or doubling: each one's forward is the other's gradient by the input."""

    @staticmethod
    def forward(ctx: Any, features: Tensor, weight: Tensor, doubling: bool) -> Tensor:
        ctx.doubling = doubling
        ctx.save_for_backward(features, weight)
        return _spread(features, weight) if doubling else _gathered(features, weight)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        features, weight = ctx.saved_tensors
        by_input, by_weight, _ = ctx.needs_input_grad
        back = _gathered if ctx.doubling else _spread
        large, small = (gradient, features) if ctx.doubling else (features, gradient)
        return (
            back(gradient, weight) if by_input else None,
            _by_weight(large, small, weight) if by_weight else None,
            None,
        )


def _gathered(large: Tensor, weight: Tensor) -> Tensor:
    """(N, C, 2 H, 2 W) and (S, C, 4, 4) to (N, S, H, W): each place sums the 4 x 4 pixels around it."""
    return F.conv2d(large, weight, stride=2, padding=1)


def _spread(small: Tensor, weight: Tensor) -> Tensor:
    """(N, S, H, W) and (S, C, 4, 4) to (N, C, 2 H, 2 W): each place adds to the 4 x 4 pixels around it.

    Of few channels the four pixels of each place are drawn as channels by kernels of 2 x 2, then set in their places:
    sub-pixel convolution (Shi et al. 2016), of the same number of multiplications.
    """
    channels = weight.shape[1]
    if channels > FEW_COLOURS:
        return F.conv_transpose2d(small, weight, stride=2, padding=1)
    # Pixel 2 i + k - 1 gets row k of the kernel at place i. With k = 2 m + parity these are places of one parity.
    kernels = weight.unflatten(2, (2, 2)).unflatten(4, (2, 2)).flip(2, 4).permute(1, 3, 5, 0, 2, 4).flatten(0, 2)
    pixels = F.conv2d(small, kernels.contiguous(memory_format=torch.channels_last), padding=1)
    return F.pixel_shuffle(pixels, 2)[..., 1:-1, 1:-1].contiguous(memory_format=torch.channels_last)


def _by_weight(large: Tensor, small: Tensor, weight: Tensor) -> Tensor:
    """The gradient (S, C, 4, 4): over all places, each pixel of the 4 x 4 around one times what the small map has."""
    height, width = small.shape[2:]
    if height * width > FEW_PIXELS or small.dtype != torch.bfloat16:
        arguments = ([2, 2], [1, 1], [1, 1], False, [0, 0], 1, [False, True, False])
        return torch.ops.aten.convolution_backward(small, large, weight, None, *arguments)[1]
    rows = F.pad(large.permute(0, 2, 3, 1), (0, 0, 1, 1, 1, 1)).unfold(1, 4, 2).unfold(2, 4, 2)
    around = rows.permute(0, 1, 2, 4, 5, 3).flatten(3).flatten(0, 2)
    product = small.permute(0, 2, 3, 1).flatten(0, 2).t() @ around
    return product.unflatten(1, (4, 4, -1)).permute(0, 3, 1, 2)
