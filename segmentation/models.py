"""The garment network: which classes it knows, how a picture is fed to it, and how it is built."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import segmentation_models_pytorch as smp
import torch
from segmentation_models_pytorch.base import SegmentationHead
from torch import Tensor, nn

CLASSES = ("background", "skin", "hair", "upper", "dress", "lower", "shoes", "bag", "accessory")
FIRST_GARMENT = 3
GARMENT_CLASSES = CLASSES[FIRST_GARMENT:]
DEPTH = 5
"""How often the encoder halves the picture."""
STRIDE = 2**DEPTH
"""Both sides of its input are multiples of this."""

ARCHITECTURE = "unet"


@dataclass(frozen=True)
class UnetConfig:
    """Everything needed to build the network again from a weight file.

    Args:
        encoder: name of a segmentation-models-pytorch encoder.
        classes: what each output channel means, in order.
        decoder_channels: width of each decoder block, from coarse to fine: five for logits as large as the input, four
            for logits half as high and wide.
        height: working height of the input in pixels; a wider photo is fitted into the same number of pixels.
        width: working width of the input in pixels.
    """

    encoder: str = "tu-tf_efficientnet_lite0"
    classes: tuple[str, ...] = CLASSES
    decoder_channels: tuple[int, ...] = (256, 128, 64, 32, 16)
    height: int = 384
    width: int = 256

    def __post_init__(self) -> None:
        if self.height % STRIDE or self.width % STRIDE:
            raise ValueError(
                f"Expected a working size in multiples of {STRIDE}, got {self.height} x {self.width}. "
                "Choose the nearest multiples."
            )
        if len(self.decoder_channels) not in (DEPTH - 1, DEPTH):
            raise ValueError(
                f"Expected four or five decoder blocks, got {len(self.decoder_channels)}. Give each a width."
            )

    def as_dict(self) -> dict:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict) -> UnetConfig:
        return cls(
            encoder=str(values["encoder"]),
            classes=tuple(values["classes"]),
            decoder_channels=tuple(int(channels) for channels in values["decoder_channels"]),
            height=int(values["height"]),
            width=int(values["width"]),
        )


def build_unet(config: UnetConfig | None = None) -> nn.Module:
    """Build the garment U-Net (Ronneberger et al. 2015) without any weights in it.

    Shape: (N, 3, H, W) -> (N, len(classes), H, W) logits, H and W multiples of 32; with four decoder blocks
    (N, len(classes), H / 2, W / 2).

    Example:
        >>> import torch
        >>> build_unet().eval()(torch.zeros(1, 3, 64, 64)).shape
        torch.Size([1, 9, 64, 64])
    """
    config = config or UnetConfig()
    blocks = len(config.decoder_channels)
    model = smp.Unet(
        encoder_name=config.encoder,
        encoder_weights=None,
        # smp builds a decoder as deep as the encoder: what is not asked for is taken off again below
        decoder_channels=(*config.decoder_channels, 1)[:DEPTH],
        classes=len(config.classes),
    )
    if blocks < DEPTH:
        model.decoder.blocks = model.decoder.blocks[:blocks]
        model.segmentation_head = SegmentationHead(config.decoder_channels[-1], len(config.classes))
    return model


def folded(model: nn.Module) -> nn.Module:
    """A copy for inference whose batch norms are part of the convolutions before them: the same sums in fewer passes.

    Each batch norm must follow the convolution that it normalises, as in all networks built here.

    Raises:
        ValueError: one does not.
    """
    model = copy.deepcopy(model).eval()
    before: nn.Conv2d | None = None
    for name, module in list(model.named_modules()):
        if isinstance(module, nn.Conv2d):
            before = module
        elif isinstance(module, nn.BatchNorm2d):
            if before is None or before.out_channels != module.num_features:
                raise ValueError(f"Expected a convolution before the batch norm {name}. This network cannot be folded.")
            mean, variance = module.running_mean, module.running_var
            if mean is None or variance is None:
                raise ValueError(f"The batch norm {name} keeps no statistics. This network cannot be folded.")
            scale = module.weight / torch.sqrt(variance + module.eps)
            bias = torch.zeros_like(module.bias) if before.bias is None else before.bias
            before.weight = nn.Parameter(before.weight * scale.view(-1, 1, 1, 1))
            before.bias = nn.Parameter((bias - mean) * scale + module.bias)
            before = None
            # timm's batch norms hold the activation after them.
            model.set_submodule(name, getattr(module, "act", nn.Identity()))
    return model


def has_fast_bfloat16(device: str) -> bool:
    """Whether this device multiplies numbers of half the bits faster: of CPUs, those with AMX or AVX512-BF16."""
    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    units = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    return any(getattr(torch.cpu, name, lambda: False)() for name in units)


class Likelihoods(nn.Module):
    """A garment network with what goes before and after it.

    Shape: pictures (N, H, W, 3) uint8 RGB -> (N, C, h, w) class probabilities, float32.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, pictures: Tensor) -> Tensor:
        logits = self.model(_normalised(pictures).contiguous(memory_format=torch.channels_last))
        return logits.float().softmax(1)


def normalise(pictures: np.ndarray | Sequence[np.ndarray]) -> Tensor:
    """Turn uint8 RGB pictures (N, H, W, 3) into the network's input (N, 3, H, W), values -1..1.

    The encoder was trained with (x - 127) / 128, and keeps that here.
    """
    return _normalised(torch.from_numpy(np.ascontiguousarray(pictures)))


def _normalised(pictures: Tensor) -> Tensor:
    return (pictures.permute(0, 3, 1, 2).float() - 127.0) / 128.0
