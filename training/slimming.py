"""A start for a lighter decoder: the channels of a trained one that matter most, fitted to do without the others.

Layer by layer a share of the teacher's channels is kept, and each convolution is fitted by least squares to give them
from what the layers before kept (Luo et al. 2017, "ThiNet"; He, Zhang and Sun 2017, "Channel pruning for accelerating
very deep neural networks"). It is not yet good, but a good start for distilling (training/NOTES.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

BACKGROUND_SHARE = 0.2
"""How often pixels that are certainly background are fitted to, beside those that are certainly not: there are more."""
PLACES = 25_000
"""Pixels that a convolution is fitted to."""
RIDGE = 1e-6
"""Penalty of the fit, as a share of the mean square of its inputs."""


@torch.no_grad()
def slim_decoder(student: nn.Module, teacher: nn.Module, batches: Sequence[Tensor], random: torch.Generator) -> None:
    """Fill a U-Net's decoder and head from those of a larger one with the same encoder.

    Args:
        student: a U-Net of segmentation-models-pytorch; no decoder block of it is wider than the teacher's, and it may
            have fewer.
        teacher: the trained one.
        batches: pictures (N, 3, H, W) as the networks take them.
        random: chooses the pixels to fit to.
    """
    teacher.eval()
    student.eval()  # else its batch norms would go by each batch, and not by what they are filled with
    features = [teacher.get_submodule("encoder")(pictures) for pictures in batches]
    answers = [teacher.get_submodule("segmentation_head")(teacher.get_submodule("decoder")(one)) for one in features]
    weights = [BACKGROUND_SHARE + 1 - answer.softmax(1)[:, :1] for answer in answers]
    whole = [one[-1] for one in features]
    slim = list(whole)
    theirs, ours = (_blocks(network) for network in (teacher, student))
    for number, (large, small) in enumerate(zip(theirs, ours, strict=False)):
        skips = [one[-2 - number] for one in features]
        whole, slim = (
            [_joined(below, skip) for below, skip in zip(maps, skips, strict=True)] for maps in (whole, slim)
        )
        after = _layer(theirs[number + 1], "conv1")[0] if number + 1 < len(theirs) else _head(teacher)
        for name, reader in (("conv1", _layer(large, "conv2")[0]), ("conv2", after)):
            layer, lighter = _layer(large, name), _layer(small, name)
            targets = [layer[1](layer[0](maps)) for maps in whole]
            whole = [target.relu() for target in targets]
            kept = _most_used(whole, reader.weight, count=lighter[0].out_channels)
            if number == 0 and name == "conv1":
                # Nothing is missing yet: these channels are as the teacher has them.
                weight, bias = (one[kept] for one in _without_norm(layer))
            else:
                weight, bias = _fitted(slim, [target[:, kept] for target in targets], weights, random)
            _fill(lighter, weight, bias, slim)
            slim = [lighter(maps) for maps in slim]
    sizes = [maps.shape[-2:] for maps in slim]
    pooled = [functional.interpolate(answer, size, mode="area") for answer, size in zip(answers, sizes, strict=True)]
    head = _head(student)
    weight, bias = _fitted(slim, pooled, weights, random)
    head.weight.copy_(weight)
    head.bias.copy_(bias)


def _blocks(network: nn.Module) -> list[nn.Module]:
    return list(network.get_submodule("decoder.blocks").children())


def _layer(block: nn.Module, name: str) -> Any:
    """A convolution, its batch norm and its ReLU."""
    return block.get_submodule(name)


def _head(network: nn.Module) -> Any:
    """The convolution that the decoder ends with."""
    return network.get_submodule("segmentation_head.0")


def _joined(below: Tensor, skip: Tensor) -> Tensor:
    """What a decoder block sees: the features below it at twice the size, and the encoder's."""
    return torch.cat([functional.interpolate(below, skip.shape[-2:], mode="nearest"), skip], dim=1)


def _most_used(maps: list[Tensor], reader: Tensor, *, count: int) -> Tensor:
    """The channels that vary most in what the next layer (its weights are `reader`) makes of them, in their order."""
    spread = torch.stack([one.float().std(dim=(0, 2, 3)) for one in maps]).mean(0)
    use = spread * reader[:, : len(spread)].flatten(2).square().sum((0, 2)).sqrt()
    return use.topk(count).indices.sort().values


def _without_norm(layer: Any) -> tuple[Tensor, Tensor]:
    """Weight and bias of the convolution that a convolution and its batch norm make together."""
    convolution, norm, _ = layer
    scale = norm.weight / (norm.running_var + norm.eps).sqrt()
    return convolution.weight * scale[:, None, None, None], norm.bias - norm.running_mean * scale


def _fitted(
    inputs: list[Tensor], targets: list[Tensor], weights: list[Tensor], random: torch.Generator
) -> tuple[Tensor, Tensor]:
    """The 3 x 3 convolution (weight, bias) that comes nearest to targets, at pixels drawn by their weights."""
    rows, wanted = [], []
    pictures = sum(len(one) for one in inputs)
    for maps, target, weight in zip(inputs, targets, weights, strict=True):
        chances = functional.interpolate(weight, target.shape[-2:], mode="area").flatten(1)
        places = torch.multinomial(chances.cpu(), -(-PLACES // pictures), replacement=True, generator=random)
        padded, width = functional.pad(maps, (1, 1, 1, 1)), target.shape[-1]
        for one, answer, place in zip(padded, target, places.to(target.device), strict=True):
            y, x = place // width, place % width
            window = [one[:, y + down, x + right] for down in range(3) for right in range(3)]
            rows.append(torch.stack(window, dim=1).flatten(0, 1).T)
            wanted.append(answer[:, y, x].T)
    seen, asked = torch.cat(rows).double(), torch.cat(wanted).double()
    means = seen.mean(0), asked.mean(0)
    seen, asked = seen - means[0], asked - means[1]
    square = seen.T @ seen
    square.diagonal().add_(RIDGE * square.diagonal().mean())
    solution = torch.linalg.solve(square, seen.T @ asked)
    bias = means[1] - means[0] @ solution
    return solution.T.unflatten(1, (-1, 3, 3)).float(), bias.float()


def _fill(layer: Any, weight: Tensor, bias: Tensor, inputs: list[Tensor]) -> None:
    """Set a convolution and the batch norm after it so that both together give weight * input + bias."""
    convolution, norm, _ = layer
    convolution.weight.copy_(weight)
    given = [convolution(maps).transpose(0, 1).flatten(1) for maps in inputs]
    mean = torch.stack([one.mean(1) for one in given]).mean(0)
    variance = torch.stack([(one - mean[:, None]).square().mean(1) for one in given]).mean(0)
    norm.running_mean.copy_(mean)
    norm.running_var.copy_(variance)
    norm.weight.copy_((variance + norm.eps).sqrt())
    norm.bias.copy_(mean + bias)
