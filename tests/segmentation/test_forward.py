from __future__ import annotations

import importlib.util
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from segmentation import forward, load_segmenter
from segmentation.forward import forward_of
from segmentation.models import Likelihoods, has_fast_bfloat16
from segmentation.published import build_published_unet

SIZES = ((96, 64), (64, 160), (320, 224))


def pictures(height: int, width: int, *, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (1, height, width, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def network() -> Likelihoods:
    return Likelihoods(load_segmenter(device="cpu").model)


WITH_UNITS = pytest.mark.skipif(not has_fast_bfloat16("cpu"), reason="no units for bfloat16, so it is never asked for")


@pytest.mark.parametrize("half", [False, pytest.param(True, marks=WITH_UNITS)])
def test_it_computes_what_pytorch_computes_at_every_size(network, half, monkeypatch):
    monkeypatch.setattr(forward, "has_fast_bfloat16", lambda device: half)
    fast = forward_of(network, "cpu")
    for height, width in SIZES:
        batch = pictures(height, width)
        with torch.inference_mode():
            expected = network(torch.from_numpy(batch)).numpy()
        found = fast(batch)
        assert found.shape == expected.shape
        assert found.dtype == np.float32
        difference = np.abs(found - expected)
        assert difference.max() < (0.3 if half else 1e-4)
        assert difference.mean() < (0.02 if half else 1e-5)


class Cloth(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.model = build_published_unet().eval()

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        return self.model(batch.permute(0, 3, 1, 2))


def test_the_published_network_is_computed_alike_at_sizes_other_than_the_first(monkeypatch):
    monkeypatch.setattr(forward, "has_fast_bfloat16", lambda device: False)
    network = Cloth()
    fast = forward_of(network, "cpu", pictures=torch.float32)
    for height, width in ((64, 64), (160, 96)):
        batch = np.random.default_rng(1).normal(0, 1, (1, height, width, 3)).astype(np.float32)
        with torch.inference_mode():
            expected = network(torch.from_numpy(batch)).numpy()
        assert np.abs(fast(batch) - expected).max() < 1e-3 * np.abs(expected).max()


def test_threads_that_ask_at_once_get_answers_of_their_own(network):
    fast = forward_of(network, "cpu")
    batches = [pictures(*SIZES[seed % len(SIZES)], seed=seed) for seed in range(12)]
    alone = [fast(batch) for batch in batches]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(fast, batches))
    assert all(np.array_equal(one, other) for one, other in zip(alone, together, strict=True))


@pytest.mark.parametrize("way", [forward._Torch, forward._OpenVino])
def test_a_mirrored_picture_need_not_be_copied_before(network, way):
    compute = way(network, "cpu") if way is forward._Torch else way(network, torch.uint8)
    batch = pictures(64, 96)
    assert np.array_equal(compute(batch[:, :, ::-1]), compute(np.ascontiguousarray(batch[:, :, ::-1])))


def test_both_ways_find_the_same(network, monkeypatch):
    monkeypatch.setattr(forward, "has_fast_bfloat16", lambda device: False)
    batch = pictures(96, 64)
    by_torch, by_openvino = forward._Torch(network, "cpu")(batch), forward._OpenVino(network, torch.uint8)(batch)
    assert by_torch.dtype == by_openvino.dtype == np.float32
    assert np.abs(by_torch - by_openvino).max() < 1e-4


@pytest.mark.parametrize(
    "said",
    [
        "Converting input model\nstd::bad_alloc",
        "Check 'ptr' failed at src/plugins/intel_cpu/src/cpu_memory.cpp",
        "libopenvino_intel_cpu_plugin.so: failed to map segment from shared object",
    ],
)
def test_what_openvino_says_where_memory_runs_out_is_a_memory_error(network, said, monkeypatch):
    fast = forward_of(network, "cpu")

    class Failing:
        def __init__(self, words: str) -> None:
            self.words = words

        def infer(self, *_, **__):
            raise RuntimeError(self.words)

    monkeypatch.setattr(fast, "_request", Failing(said))
    with pytest.raises(MemoryError, match="not enough memory"):
        fast(pictures(64, 64))
    monkeypatch.setattr(fast, "_request", Failing("Check 'shape' failed"))
    with pytest.raises(RuntimeError, match="shape"):
        fast(pictures(64, 64))


def test_nothing_that_reports_its_use_to_anybody_is_installed():
    assert importlib.util.find_spec("openvino_telemetry") is None
