"""The networks: the DCGAN of Radford et al. (2016) and its fully convolutional, seamless relative.

`DcganGenerator` turns one latent vector into one 64 x 64 picture. `SpatialGenerator` turns a grid of latent cells into
a picture of any size that closes on itself: every convolution pads circularly, so the left edge continues the right
one. Both are judged in training by the same `Discriminator`.
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from generator.errors import GeneratorError
from generator.strided import StridedConv2d, StridedConvTranspose2d

CELL = 8
"""Side in pixels of the picture that one latent cell of `SpatialGenerator` becomes."""

WAVE_CELL = 4
"""Pixels per cell of the map of waves: where `SpatialGenerator` reads them, one upsampling below the latent."""

FINE_WAVE_CELL = 2
"""The same where it reads them throughout: the map is then reduced for the layers before."""

HARMONICS = 2
"""Sines and cosines per direction: the wave itself and its first overtone, enough for lines of unequal width."""

MARGIN = 3
"""Cells of context that the middle of a picture depends on: two for the convolutions among the cells, and half of one
and a quarter for the first two upsamplings."""

SHARPNESS = 5.0
"""What shares of inks are drawn with: at first as contrasty as a network without inks draws."""


def wave_cell_of(*, waves_throughout: bool) -> int:
    """Pixels per cell of the map of waves that a `SpatialGenerator` is given."""
    return FINE_WAVE_CELL if waves_throughout else WAVE_CELL


class CircularUpsampling(nn.Module):
    """Twice the size on a torus: each feature repeated 2 x 2, then a 3 x 3 convolution that wraps around the edges.

    A transposed convolution treats the four output pixels of a cell by different weights, so even a plain ground shows
    the grid of cells; resizing before convolving does not (Odena, Dumoulin and Olah 2016, "Deconvolution and
    checkerboard artifacts"). It is computed without repeating anything: each of the four pixels that a feature becomes
    sees 2 x 2 features only, so four convolutions of 2 x 2 at the smaller size are interleaved, as in sub-pixel
    convolution (Shi et al. 2016). That takes under half the multiplications.

    Shape:
        - input: (N, in_channels, H, W)
        - output: (N, out_channels, 2 H, 2 W)
    """

    def __init__(self, in_channels: int, out_channels: int, *, bias: bool = False) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size=3, bias=bias)

    def forward(self, features: Tensor) -> Tensor:
        kernels = torch.stack([_halves(rows, 3) for rows in _halves(self.conv.weight, 2)])
        bias = None if self.conv.bias is None else self.conv.bias.repeat(4)
        wrapped = F.pad(features, (1, 1, 1, 1), mode="circular")
        pixels = F.conv2d(wrapped, kernels.flatten(0, 2), bias).unflatten(1, kernels.shape[:3])
        height, width = features.shape[2:]
        rows = [
            torch.stack([pixels[:, y, x, :, y : y + height, x : x + width] for x in (0, 1)], dim=-1) for y in (0, 1)
        ]
        return torch.stack(rows, dim=3).flatten(4, 5).flatten(2, 3)


def _halves(kernel: Tensor, dim: int) -> Tensor:
    """A kernel of three along `dim` as it meets repeated features: for the first pixel of two, and for the second."""
    first, middle, last = kernel.unbind(dim)
    return torch.stack([torch.stack([first, middle + last], dim), torch.stack([first + middle, last], dim)])


class SpatialGenerator(nn.Module):
    """A DCGAN generator over a grid of latent cells, after PSGAN (Bergmann, Jetchev and Vollgraf 2017).

    Two convolutions at the cells' own resolution come first: what stands in a cell is settled with its neighbours, so
    that motifs larger than a cell stand anywhere and not in step with the grid. One at full resolution comes last: it
    draws edges finer than the repeated pixels that it is given.

    Args:
        local_channels: Noise drawn anew for every cell: which motif stands where.
        global_channels: Noise shared by all cells of one picture: its colours and its kind of motif.
        wave_channels: Sines and cosines of the periodic part, read at `WAVE_CELL` pixels so that a period may be as
            short as eight pixels. 0 for categories without a regular repeat.
        features: Width of the last hidden layer (the DCGAN paper's ngf); the first is four times as wide.
        waves_throughout: Read the waves among the cells too, but for their overtones, and once more before the last
            upsampling. The whole network then decides what stands at a place of the repeat, not three of its layers,
            and edges follow waves of 2 px instead of steps of 4. Periods must be 16 pixels or longer.
        inks: Colours that a print is mixed from, as in screen printing: the network draws each one's share of every
            pixel, and the look alone decides what colours they are. 0 lets it draw every colour anywhere.

    Shape:
        - latent: (N, local_channels + global_channels, H, W), the global channels the same in every cell
        - waves: (N, wave_channels, 2 H, 2 W), 4 H and 4 W with waves_throughout, or None when wave_channels is 0
        - margin: cells on each side that are context only, 0 or at least `MARGIN`
        - output: (N, 3, 8 (H - 2 margin), 8 (W - 2 margin)), values in [-1, 1]

    Example:
        >>> network = SpatialGenerator(local_channels=10, global_channels=20, features=8)
        >>> network(torch.randn(1, 30, 8, 12)).shape
        torch.Size([1, 3, 64, 96])
    """

    def __init__(
        self,
        *,
        local_channels: int = 10,
        global_channels: int = 20,
        wave_channels: int = 0,
        waves_throughout: bool = False,
        features: int = 64,
        inks: int = 0,
    ) -> None:
        super().__init__()
        self.local_channels = local_channels
        self.global_channels = global_channels
        self.wave_channels = wave_channels
        self.waves_throughout = waves_throughout
        self.wave_cell = wave_cell_of(waves_throughout=waves_throughout)
        self._fundamentals = [n for n in range(wave_channels) if n // 2 % HARMONICS == 0]
        inputs = local_channels + global_channels + (len(self._fundamentals) if waves_throughout else 0)
        self.coarse = nn.Sequential(
            *_normalised(_circular_convolution(inputs, features * 4), features * 4),
            *_normalised(_circular_convolution(features * 4, features * 4), features * 4),
            *_normalised(CircularUpsampling(features * 4, features * 2), features * 2),
        )
        self.fine = nn.Sequential(
            *_normalised(CircularUpsampling(features * 2 + wave_channels, features), features),
            *_normalised(
                CircularUpsampling(features + (wave_channels if waves_throughout else 0), features // 3), features // 3
            ),
            _circular_convolution(features // 3, inks or 3, bias=True),
        )
        self.palette = _Palette(global_channels, inks) if inks else None
        self.apply(init_dcgan_weights)

    def forward(self, latent: Tensor, waves: Tensor | None = None, *, margin: int = 0) -> Tensor:
        return self.coloured(self.drawn(latent, waves, margin=margin), latent)

    def drawn(self, latent: Tensor, waves: Tensor | None = None, *, margin: int = 0) -> Tensor:
        """What stands where, before it has colours: the logits of each ink's share, or without inks of the colours.

        Shape: as `forward`, but (N, inks or 3, ...) and any values.
        """
        expected = self.local_channels + self.global_channels
        if latent.ndim != 4 or latent.shape[1] != expected:
            raise GeneratorError(f"expected a latent of shape (N, {expected}, H, W), got {tuple(latent.shape)}")
        if (waves is None) != (self.wave_channels == 0):
            raise GeneratorError(
                f"expected {self.wave_channels} wave channels, got {'none' if waves is None else waves.shape[1]}"
            )
        # The fine layers are most of the work and see one feature further only: they are spared the rest of a margin.
        spared = max(0, margin * CELL // WAVE_CELL - 1)
        if waves is None:
            drawn = self.fine(_without_rim(self.coarse(latent), spared))
        elif not self.waves_throughout:
            drawn = self.fine(_without_rim(torch.cat([self.coarse(latent), waves], dim=1), spared))
        else:
            among_cells = F.avg_pool2d(waves[:, self._fundamentals], CELL // FINE_WAVE_CELL)
            features = _without_rim(self.coarse(torch.cat([latent, among_cells], dim=1)), spared)
            waves = _without_rim(waves, spared * WAVE_CELL // FINE_WAVE_CELL)
            features = self.fine[:3](torch.cat([features, F.avg_pool2d(waves, WAVE_CELL // FINE_WAVE_CELL)], dim=1))
            drawn = self.fine[3:](torch.cat([features, waves], dim=1))
        return _without_rim(drawn, margin * CELL - spared * WAVE_CELL)

    def coloured(self, drawn: Tensor, latent: Tensor) -> Tensor:
        """What was drawn in the colours of a latent's look: (N, 3, ...), values in [-1, 1]."""
        if self.palette is None:
            return torch.tanh(drawn)
        colours = self.palette(latent[:, self.local_channels :, 0, 0])
        return torch.einsum("nkhw,nkc->nchw", (SHARPNESS * drawn).softmax(1), colours)


def _without_rim(maps: Tensor, rim: int) -> Tensor:
    return maps[..., rim : maps.shape[-2] - rim, rim : maps.shape[-1] - rim]


class _Palette(nn.Module):
    """The colours of a look: (N, global_channels) to (N, inks, 3), values in [-1, 1].

    They begin far apart: with weights from N(0, 0.02) all inks would be one grey, and no pixel would have a reason to
    prefer one.
    """

    def __init__(self, global_channels: int, inks: int) -> None:
        super().__init__()
        width = 8 * inks
        last = nn.Linear(width, 3 * inks)
        # a ReLU of N(0, 1/3) has a second moment of 1/6: colours before the tanh are N(0, 1)
        nn.init.normal_(last.weight, std=(6 / width) ** 0.5)
        self.layers = nn.Sequential(nn.Linear(global_channels, width), nn.ReLU(inplace=True), last, nn.Tanh())

    def forward(self, look: Tensor) -> Tensor:
        return self.layers(look).unflatten(1, (-1, 3))


class DcganGenerator(nn.Module):
    """The generator of the DCGAN paper (Radford, Metz and Chintala 2016, figure 1): one vector, one 64 x 64 picture.

    Args:
        latent_channels: Length of the latent vector (nz).
        features: Width of the last hidden layer (ngf).

    Shape:
        - latent: (N, latent_channels, 1, 1)
        - output: (N, 3, 64, 64), values in [-1, 1]
    """

    def __init__(self, *, latent_channels: int = 10, features: int = 64) -> None:
        super().__init__()
        self.latent_channels = latent_channels
        widths = [features * 8, features * 4, features * 2, features]
        layers: list[nn.Module] = [
            nn.ConvTranspose2d(latent_channels, widths[0], kernel_size=4, stride=1, padding=0, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(inplace=True),
        ]
        for wide, narrow in pairwise(widths):
            layers += [
                StridedConvTranspose2d(wide, narrow),
                nn.BatchNorm2d(narrow),
                nn.ReLU(inplace=True),
            ]
        layers += [StridedConvTranspose2d(features, 3), nn.Tanh()]
        self.layers = nn.Sequential(*layers)
        self.apply(init_dcgan_weights)

    def forward(self, latent: Tensor) -> Tensor:
        return self.layers(latent)


class Discriminator(nn.Module):
    """The discriminator of the DCGAN paper: strided 4 x 4 convolutions, LeakyReLU 0.2, one logit for a 64 x 64 patch.

    Shape:
        - picture: (N, 3, 64, 64), values in [-1, 1]
        - output: (N,), a logit: positive where the patch looks real
    """

    def __init__(self, *, features: int = 64) -> None:
        super().__init__()
        layers: list[nn.Module] = [StridedConv2d(3, features), nn.LeakyReLU(0.2, inplace=True)]
        for scale in (1, 2, 4):
            layers += [
                StridedConv2d(features * scale, features * scale * 2),
                nn.BatchNorm2d(features * scale * 2),
                nn.LeakyReLU(0.2, inplace=True),
            ]
        layers.append(nn.Conv2d(features * 8, 1, 4, 1, 0, bias=False))
        self.layers = nn.Sequential(*layers)
        self.apply(init_dcgan_weights)

    def forward(self, picture: Tensor) -> Tensor:
        if picture.shape[-2:] != (64, 64):
            raise GeneratorError(f"expected patches of 64 x 64 pixels, got {tuple(picture.shape[-2:])}")
        return self.layers(picture).flatten()


def fold_norms(network: SpatialGenerator | DcganGenerator) -> None:
    """Fold every batch norm of a network in evaluation mode into the convolution before it, in place.

    It then draws the same pictures, up to rounding, without a pass over all pixels for each norm.
    """
    for layers in [module for module in network.modules() if isinstance(module, nn.Sequential)]:
        for place, (layer, norm) in enumerate(pairwise(list(layers))):
            if not isinstance(norm, nn.BatchNorm2d):
                continue
            if isinstance(layer, CircularUpsampling):
                layer.conv = fuse_conv_bn_eval(layer.conv, norm)
            elif isinstance(layer, nn.ConvTranspose2d):
                layers[place] = fuse_conv_bn_eval(layer, norm, transpose=True)
            elif isinstance(layer, nn.Conv2d):
                layers[place] = fuse_conv_bn_eval(layer, norm)
            layers[place + 1] = nn.Identity()


def init_dcgan_weights(module: nn.Module) -> None:
    """Draw convolutions from N(0, 0.02) and batch-norm scales from N(1, 0.02), as section 4 of the DCGAN paper does."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)


def _circular_convolution(in_channels: int, out_channels: int, *, bias: bool = False) -> nn.Conv2d:
    return nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1, padding_mode="circular", bias=bias)


def _normalised(layer: nn.Module, channels: int) -> tuple[nn.Module, ...]:
    return layer, nn.BatchNorm2d(channels), nn.ReLU(inplace=True)
