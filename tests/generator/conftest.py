import pytest
import torch

from generator.checkpoint import save_generator
from generator.latents import WAVES
from generator.networks import HARMONICS, DcganGenerator, SpatialGenerator


def make_weights(path, *, waves="none", category="dotted", **others):
    """A small untrained generator on disk, with batch-norm statistics that are not the defaults."""
    torch.manual_seed(0)
    arguments = {
        "local_channels": 4,
        "global_channels": 3,
        "wave_channels": 2 * HARMONICS * WAVES[waves].directions,
        "features": 8,
        **others,
    }
    network = SpatialGenerator(**arguments)
    for name, buffer in network.named_buffers():
        if name.endswith("running_var"):
            buffer.fill_(0.02)
    header = {
        "architecture": "spatial",
        "hyper_parameters": arguments,
        "sampling": {"waves": waves},
        "category": category,
    }
    save_generator(network, header, path)
    return path


@pytest.fixture
def weights(tmp_path):
    return make_weights(tmp_path / "dotted.safetensors")


@pytest.fixture
def striped_weights(tmp_path):
    return make_weights(tmp_path / "striped.safetensors", waves="xy", category="striped")


@pytest.fixture
def lattice_weights(tmp_path):
    return make_weights(
        tmp_path / "leaves.safetensors", waves="lattice", waves_throughout=True, inks=3, category="leaves"
    )


@pytest.fixture
def strict_weights(tmp_path):
    """Without local noise, as figures, dots and checks are drawn."""
    return make_strict_weights(tmp_path / "dotted.safetensors", waves="lattice")


@pytest.fixture
def chevron_weights(tmp_path):
    """Without local noise, with a period of its own each way, as zigzags are drawn."""
    return make_strict_weights(tmp_path / "zigzag.safetensors", waves="chevron")


def make_strict_weights(path, *, waves):
    """A small untrained generator on disk that knows its waves alone, of the category that the file is named for."""
    return make_weights(path, waves=waves, waves_throughout=True, inks=3, local_channels=0, category=path.stem)


@pytest.fixture
def dcgan_weights(tmp_path):
    return make_dcgan_weights(tmp_path / "dcgan.safetensors")


def make_dcgan_weights(path):
    """A small untrained generator of one vector on disk."""
    header = {
        "architecture": "dcgan",
        "hyper_parameters": {"latent_channels": 10, "features": 4},
        "sampling": {"waves": "none"},
        "category": "floral",
    }
    save_generator(DcganGenerator(latent_channels=10, features=4), header, path)
    return path
