"""What a training step costs, as a ratio to the plain code of a DCGAN tutorial in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import torch
from torch import nn

from generator.networks import DcganGenerator, Discriminator
from generator.strided import StridedConv2d, StridedConvTranspose2d
from segmentation.models import has_fast_bfloat16
from training.config import SEED_CONFIG
from training.dcgan import DcganTrainer

pytestmark = pytest.mark.bench
REPEATS = 3
LEAST_RATIOS = {"matrix units": 2.5, "bfloat16": 2.3, "single precision": 1.0}
"""Most of the gain is half precision. Without units for it the rest must still not be slower than plain code."""
CONFIG = SEED_CONFIG


def plain(network: nn.Module) -> nn.Module:
    """The same network of torch's own layers."""
    for name, layer in list(network.named_modules()):
        if isinstance(layer, StridedConv2d | StridedConvTranspose2d):
            kind = nn.Conv2d if isinstance(layer, StridedConv2d) else nn.ConvTranspose2d
            network.set_submodule(name, kind(layer.in_channels, layer.out_channels, 4, 2, 1, bias=False))
    return network


def plain_step() -> Callable[[], object]:
    """The same networks and optimisers as a tutorial has them: single precision, contiguous, two backward passes in
    the discriminator's half, a sigmoid before the loss, and figures read as they come."""
    generator = plain(DcganGenerator(latent_channels=CONFIG.local_channels, features=CONFIG.features))
    discriminator = plain(Discriminator(features=CONFIG.discriminator_features))
    betas = (CONFIG.beta1, CONFIG.beta2)
    optimiser_g = torch.optim.Adam(generator.parameters(), lr=CONFIG.learning_rate, betas=betas)
    optimiser_d = torch.optim.Adam(discriminator.parameters(), lr=CONFIG.learning_rate, betas=betas)
    criterion = nn.BCELoss()
    real = torch.rand(CONFIG.batch, 3, 64, 64) * 2 - 1
    ones, zeros = torch.ones(CONFIG.batch), torch.zeros(CONFIG.batch)

    def step() -> tuple[float, float]:
        discriminator.zero_grad()
        loss_real = criterion(torch.sigmoid(discriminator(real)), ones)
        loss_real.backward()
        fake = generator(torch.randn(CONFIG.batch, CONFIG.local_channels, 1, 1))
        loss_fake = criterion(torch.sigmoid(discriminator(fake.detach())), zeros)
        loss_fake.backward()
        optimiser_d.step()
        generator.zero_grad()
        loss_g = criterion(torch.sigmoid(discriminator(fake)), ones)
        loss_g.backward()
        optimiser_g.step()
        return loss_real.item() + loss_fake.item(), loss_g.item()

    return step


def test_a_step_of_the_seed_configuration(capsys: pytest.CaptureFixture) -> None:
    """CPU seconds on one thread, which do not depend on what else the machine does; the two take turns."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        swatches = torch.randint(0, 256, (64, 3, 96, 96), dtype=torch.uint8)
        steps = {"ours": DcganTrainer(CONFIG, swatches).train_step, "plain": plain_step()}
        seconds: dict[str, list[float]] = {name: [] for name in steps}
        for _ in range(1 + REPEATS):
            for name, step in steps.items():
                started = time.process_time()
                step()
                seconds[name].append(time.process_time() - started)
    finally:
        torch.set_num_threads(threads)
    ours, plain = (min(seconds[name][1:]) for name in ("ours", "plain"))
    units = "bfloat16" if has_fast_bfloat16("cpu") else "single precision"
    if torch.cpu._is_amx_tile_supported():
        units = "matrix units"
    with capsys.disabled():
        print(f"\ntraining step, batch {CONFIG.batch}, {units}: {plain / ours:.2f} times as fast as plain code")
    assert plain >= LEAST_RATIOS[units] * ours
