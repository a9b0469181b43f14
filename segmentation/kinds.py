"""A second look at what lies on plain ground: which kind of garment it is, seen by itself, or whether it is several.

The network decides pixel by pixel, mostly from what is around: on paper nothing is. So a thing there is cut out, put on
white and shown to the network's own encoder once more, always at one size, and a linear classifier says what it is.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from segmentation.checkpoint import write_tensors
from segmentation.errors import WeightsError
from segmentation.models import GARMENT_CLASSES, normalise

logger = logging.getLogger(__name__)

SIDE, AIR = 192, 0.08
"""Side in pixels of the square that a thing is shown in, and the white around it, as a share of its longer side."""
SEVERAL = len(GARMENT_CLASSES)
"""The number, after those of the garments, of an outfit: a top and trousers that touch are one thing on the ground."""
NETWORK_KEY = "network"


@dataclass(frozen=True)
class Kinds:
    """A linear classifier of cut-outs.

    Args:
        weight: float32 (SEVERAL + 1, D), for what `describe` gives.
        bias: float32 (SEVERAL + 1,).
    """

    weight: Tensor
    bias: Tensor

    @torch.inference_mode()
    def likelihoods(self, encoder: nn.Module, photo: np.ndarray, thing: np.ndarray) -> np.ndarray:
        """How likely a thing is of each of GARMENT_CLASSES, and SEVERAL of them: (SEVERAL + 1,), sum 1.

        Args:
            photo: uint8 (h, w, 3), RGB.
            thing: boolean (h, w), not empty.
        """
        described = describe(encoder, cut_out(photo, thing)[None])
        return (described @ self.weight.T + self.bias).softmax(1)[0].numpy()


def cut_out(photo: np.ndarray, thing: np.ndarray) -> np.ndarray:
    """A boolean thing (h, w) of a photo uint8 (h, w, 3) in the middle of a white square, uint8 (SIDE, SIDE, 3)."""
    left, top, wide, tall = cv2.boundingRect(thing.astype(np.uint8))
    here = np.s_[top : top + tall, left : left + wide]
    longer = max(wide, tall)
    side = longer + 2 * int(AIR * longer)
    square = np.full((side, side, 3), 255, np.uint8)
    above, before = (side - tall) // 2, (side - wide) // 2
    square[above : above + tall, before : before + wide] = np.where(thing[here][..., None], photo[here], 255)
    return cv2.resize(square, (SIDE, SIDE), interpolation=cv2.INTER_AREA if side > SIDE else cv2.INTER_LINEAR)


@torch.inference_mode()
def describe(encoder: nn.Module, pictures: np.ndarray) -> Tensor:
    """What the encoder's last two stages see in pictures uint8 (N, SIDE, SIDE, 3): float32 (N, D) on the CPU."""
    device = next(encoder.parameters()).device
    *_, finer, last = encoder(normalise(pictures).to(device, memory_format=torch.channels_last))
    return torch.cat([finer.mean((2, 3)), last.mean((2, 3)), last.amax((2, 3))], dim=1).float().cpu()


def save_kinds(path: Path, kinds: Kinds, header: dict[str, str]) -> None:
    """Write a classifier. The header names, under NETWORK_KEY, the version of the network that it belongs to."""
    write_tensors(path, {"weight": kinds.weight.contiguous(), "bias": kinds.bias.contiguous()}, header)


def load_kinds(path: Path, network: str) -> Kinds | None:
    """Load the classifier that belongs to a network; None where there is none, or it was fitted to another version of
    the network or to other kinds.

    Args:
        network: The version of the network, as `version_of` gives it.

    Raises:
        WeightsError: The file is damaged.
    """
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            if (file.metadata() or {}).get(NETWORK_KEY) != network:
                logger.warning("%s was fitted to another version of the network and is left aside.", path)
                return None
            kinds = Kinds(file.get_tensor("weight"), file.get_tensor("bias"))
    except (SafetensorError, OSError, ValueError) as error:
        raise WeightsError(f"{path} is damaged and cannot be read ({error}). Fetch it again or delete it.") from error
    if kinds.bias.shape != (SEVERAL + 1,) or kinds.weight.shape[:1] != kinds.bias.shape:
        logger.warning("%s was fitted to other kinds than %s and several, and is left aside.", path, GARMENT_CLASSES)
        return None
    return kinds
