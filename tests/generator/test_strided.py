"""The 4 x 4 convolutions with a stride of 2, against torch's own."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from generator import strided
from generator.strided import FEW_COLOURS, FEW_PIXELS, StridedConv2d, StridedConvTranspose2d

WIDTHS = [(3, 8), (FEW_COLOURS, 6), (8, 16)]
"""Channels of the larger and of the smaller picture: of few colours and of many."""


def pair(kind: str, large: int, small: int) -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(0)
    if kind == "halving":
        ours, torchs = StridedConv2d(large, small), nn.Conv2d(large, small, 4, 2, 1, bias=False)
    else:
        ours, torchs = StridedConvTranspose2d(small, large), nn.ConvTranspose2d(small, large, 4, 2, 1, bias=False)
    torchs.load_state_dict(ours.state_dict())
    return ours, torchs


def picture_for(kind: str, large: int, small: int, side: int) -> Tensor:
    shape = (3, large, 2 * side, 2 * side + 4) if kind == "halving" else (3, small, side, side + 2)
    return torch.randn(shape, generator=torch.Generator().manual_seed(1))


def outcome(layer: nn.Module, picture: Tensor) -> list[Tensor]:
    """What the layer makes of a picture, and the gradients of a fixed sum of it by picture and weights."""
    leaf = picture.clone().requires_grad_()
    result = layer(leaf)
    towards = torch.randn(result.shape, generator=torch.Generator().manual_seed(2)).to(result)
    result.backward(towards)
    return [result, leaf.grad, layer.weight.grad]


@pytest.mark.parametrize("kind", ["halving", "doubling"])
@pytest.mark.parametrize(("large", "small"), WIDTHS)
@pytest.mark.parametrize("side", [2, 6])
def test_they_give_what_torchs_layers_give(kind: str, large: int, small: int, side: int):
    ours, torchs = pair(kind, large, small)
    picture = picture_for(kind, large, small, side).double()
    for found, expected in zip(outcome(ours.double(), picture), outcome(torchs.double(), picture), strict=True):
        torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("kind", ["halving", "doubling"])
@pytest.mark.parametrize("side", [2, 6])
def test_in_half_precision_they_are_as_near_to_single_precision(kind: str, side: int):
    assert side * (side + 2) <= FEW_PIXELS or side == 6
    ours, torchs = pair(kind, 8, 16)
    picture = picture_for(kind, 8, 16, side)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        half = outcome(ours, picture)
    assert half[0].dtype == torch.bfloat16
    assert half[1].dtype == half[2].dtype == torch.float32
    for found, expected in zip(half, outcome(torchs, picture), strict=True):
        assert (found - expected).abs().max() < 0.02 * expected.abs().max()


def test_a_gradient_that_nobody_asks_for_is_not_computed(monkeypatch: pytest.MonkeyPatch):
    asked = []
    for name in ("_spread", "_by_weight"):
        computed = getattr(strided, name)
        monkeypatch.setattr(
            strided, name, lambda *tensors, name=name, computed=computed: asked.append(name) or computed(*tensors)
        )
    ours, _ = pair("halving", 3, 8)
    picture = picture_for("halving", 3, 8, 4)
    ours(picture).sum().backward()
    assert asked == ["_by_weight"]

    asked.clear()
    ours.requires_grad_(False)
    ours(picture.requires_grad_()).sum().backward()
    assert asked == ["_spread"]


def test_a_norm_folded_into_one_is_not_lost():
    ours, _ = pair("doubling", 3, 8)
    norm = nn.BatchNorm2d(3).eval()
    nn.init.uniform_(norm.running_mean)
    nn.init.uniform_(norm.weight)
    picture = picture_for("doubling", 3, 8, 4)
    folded = fuse_conv_bn_eval(ours.eval(), norm, transpose=True)
    torch.testing.assert_close(folded(picture), norm(ours(picture)))
