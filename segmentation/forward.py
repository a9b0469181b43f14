"""How a network's forward is computed: by PyTorch on a GPU, by OpenVINO on a CPU.

OpenVINO joins each convolution with what follows it and keeps pictures in the order that the CPU's units read them in,
so that the same sums take about half of PyTorch's time. Where there are units for numbers of half the bits, both use
them.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import openvino
import torch
from torch import nn

from segmentation.models import STRIDE, has_fast_bfloat16

Forward = Callable[[np.ndarray], np.ndarray]
"""A batch of pictures (N, H, W, 3), H and W multiples of 32, to the network's outputs (N, C, h, w), float32. Several
threads may call it."""

OUT_OF_MEMORY = ("bad_alloc", "cpu_memory.cpp", "failed to map segment")
"""What OpenVINO's errors name where memory runs out: the exception of C++, its own file that asks for memory, or what
the loader says of a library without room."""


def forward_of(model: nn.Module, device: str, *, pictures: torch.dtype = torch.uint8) -> Forward:
    """The forward of a model in evaluation mode, for inference alone.

    What the model becomes afterwards is not seen on a CPU: its weights are copied.

    Args:
        model: takes pictures (N, H, W, 3).
        pictures: their type.
    """
    return _Torch(model, device) if device == "cuda" else _OpenVino(model, pictures)


class _Torch:
    """What a GPU does; it works on a CPU too."""

    def __init__(self, model: nn.Module, device: str) -> None:
        self.model, self.device = model, device
        self.half = has_fast_bfloat16(device)

    @torch.inference_mode()
    def __call__(self, pictures: np.ndarray) -> np.ndarray:
        batch = torch.from_numpy(np.ascontiguousarray(pictures)).to(self.device)
        with torch.autocast(self.device, torch.bfloat16, enabled=self.half):
            outputs = self.model(batch)
        return outputs.float().cpu().numpy()


class _OpenVino:
    def __init__(self, model: nn.Module, pictures: torch.dtype) -> None:
        with _memory_errors():
            self._request = _compiled(model, pictures).create_infer_request()
        self._lock = threading.Lock()

    def __call__(self, pictures: np.ndarray) -> np.ndarray:
        # A request holds the network's buffers and computes one batch at a time, on all threads.
        with self._lock, _memory_errors():
            return self._request.infer(np.ascontiguousarray(pictures), share_inputs=True)[0]


@contextmanager
def _memory_errors() -> Iterator[None]:
    """Raise as MemoryError what OpenVINO says in other words where memory runs out."""
    try:
        yield
    except Exception as error:  # its converter and its runtime raise several types for it
        if any(words in str(error) for words in OUT_OF_MEMORY):
            raise MemoryError("There is not enough memory for the garment network.") from error
        raise


def _compiled(model: nn.Module, pictures: torch.dtype) -> openvino.CompiledModel:
    # Any size will do: padding depends on whether sides are even, and multiples of 32 halved are, at every stage.
    example = torch.zeros(1, 2 * STRIDE, 2 * STRIDE, 3, dtype=pictures)
    with torch.no_grad(), warnings.catch_warnings():
        # OpenVINO's other way in, torch.export, takes three times as long.
        warnings.filterwarnings("ignore", message=".*torch.jit.trace", category=FutureWarning)
        traced = torch.jit.trace(model, example, check_trace=False)
    settings = {
        "INFERENCE_PRECISION_HINT": "bf16" if has_fast_bfloat16("cpu") else "f32",
        "INFERENCE_NUM_THREADS": torch.get_num_threads(),
        # Other work shares the cores: threads that may not move wait for it.
        "ENABLE_CPU_PINNING": False,
    }
    return openvino.Core().compile_model(openvino.convert_model(traced), "CPU", settings)
