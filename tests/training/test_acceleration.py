import dataclasses
import math

import pytest
import torch

from tests.training.tiny import TINY
from training.acceleration import autocast, compiler_for, placed
from training.dcgan import DcganTrainer, load_swatches
from training.parallel import Processes

UNITS = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")


@pytest.mark.parametrize(
    ("units", "precision"), [((), torch.float32), (UNITS[:1], torch.bfloat16), (UNITS[1:], torch.bfloat16)]
)
def test_a_cpu_convolves_in_bfloat16_where_it_has_units_for_it(monkeypatch, units, precision):
    for name in UNITS:
        monkeypatch.setattr(torch.cpu, name, lambda name=name: name in units)
    layer = torch.nn.Conv2d(3, 8, 3)
    with autocast("cpu"):
        assert layer(torch.zeros(1, 3, 8, 8)).dtype == precision


def test_on_a_cpu_weights_are_channels_last_and_nothing_is_compiled():
    layer = placed(torch.nn.Conv2d(3, 8, 3), "cpu")
    assert layer.weight.is_contiguous(memory_format=torch.channels_last)
    assert compiler_for("cpu")(layer) is layer


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("config", [TINY, dataclasses.replace(TINY, waves="xy", grid=12)])
def test_steps_on_a_gpu_give_what_they_give_on_a_cpu_but_for_rounding(swatches, config):
    pictures = load_swatches(swatches)
    on_cpu = DcganTrainer(config, pictures)
    on_gpu = DcganTrainer(config, pictures, processes=Processes(device="cuda"))
    for _ in range(3):
        expected, report = on_cpu.train_step(), on_gpu.train_step()
        assert math.isclose(report.loss_d, expected.loss_d, abs_tol=0.1)
        assert math.isclose(report.loss_g, expected.loss_g, abs_tol=0.1)
    assert torch.equal(on_gpu.random.get_state(), on_cpu.random.get_state())
    assert on_gpu.fixed_samples(on_gpu.averaged_generator()).isfinite().all()
