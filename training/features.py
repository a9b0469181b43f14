"""Pictures as points: features of an ImageNet EfficientNet-lite0, for telling which prints look alike."""

from __future__ import annotations

import functools

import cv2
import numpy as np
import torch
from torch import nn

from segmentation.models import UnetConfig, build_unet, normalise
from training.unet import load_imagenet_encoder

FEATURE_SIDE = 128
"""Pictures are resized to this before their features are taken: ImageNet's networks expect larger ones than patches."""


def features_of(pictures: np.ndarray, batch: int = 64) -> np.ndarray:
    """Mean features of the encoder's last stage, (N, 320) float64, of square pictures (N, S, S, 3) uint8."""
    encoder = _imagenet_encoder()
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


@functools.cache
def _imagenet_encoder() -> nn.Module:
    model = build_unet(UnetConfig()).eval()
    load_imagenet_encoder(model)
    return model.get_submodule("encoder")


def distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Euclidean distance between each row of `one` (N, D) and each of `other` (M, D), shape (N, M)."""
    squared = (one**2).sum(1)[:, None] + (other**2).sum(1)[None] - 2 * one @ other.T
    return np.sqrt(np.maximum(squared, 0))
