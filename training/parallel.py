"""One run in several processes, as `torchrun` starts them: each takes its share of every batch.

Every process starts from the same weights and draws the whole batch from the same stream, then computes its share of
it; gradients are averaged before each update. So all processes hold the same weights after every step, and their shares
together are the batch that a single process would have taken, whatever their number. What differs from a single process
is rounding and, on a CPU, batch norm: there each process normalises over its own share, as no CPU kernel does it over
all of them. On CUDA `SyncBatchNorm` does.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn

from training.config import TrainingError


@dataclass(frozen=True)
class Processes:
    """The processes of a run, seen from one of them.

    Attributes:
        rank: Number of this one, from 0. The first writes all files and decides when to stop.
        count: How many there are.
        device: What this one computes on: "cpu", "cuda" or "cuda:<number>".
    """

    rank: int = 0
    count: int = 1
    device: str = "cpu"

    @property
    def first(self) -> bool:
        return self.rank == 0

    def share_of(self, batch: int) -> slice:
        """The rows of a batch that this process computes.

        Raises:
            TrainingError: The batch does not split evenly into shares of two or more, which batch norm needs.
        """
        each, left = divmod(batch, self.count)
        if left or each < 2:
            raise TrainingError(f"a batch of {batch} does not split evenly into {self.count} shares of 2 or more")
        return slice(self.rank * each, (self.rank + 1) * each)

    def mean(self, values: Tensor) -> Tensor:
        """The mean over all processes of a tensor of equal shape in each."""
        if self.count > 1:
            dist.all_reduce(values)
            values /= self.count
        return values

    def average_gradients(self, network: nn.Module) -> None:
        """Give every parameter the mean of its gradients: with equal shares, the gradient of the whole batch's loss."""
        if self.count == 1:
            return
        gradients = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
        # In one piece: one message costs less than one per layer.
        means = self.mean(torch.cat([gradient.flatten() for gradient in gradients]))
        for gradient, mean in zip(gradients, means.split([entry.numel() for entry in gradients]), strict=True):
            gradient.copy_(mean.view_as(gradient))

    def agreed(self, decision: int) -> int:
        """What the first process decided; the others wait for it here."""
        if self.count == 1:
            return decision
        message = torch.tensor(decision, device=self.device)
        dist.broadcast(message, src=0)
        return int(message)


ALONE = Processes()


@contextmanager
def joined_processes(device: str) -> Iterator[Processes]:
    """Join the processes that torchrun started along with this one, by gloo on "cpu" and by nccl on "cuda".

    Raises:
        TrainingError: There are more processes than GPUs.
    """
    if not dist.is_torchelastic_launched() or os.environ["WORLD_SIZE"] == "1":
        yield Processes(device=device)
        return
    if device == "cuda":
        number, gpus = int(os.environ["LOCAL_RANK"]), torch.cuda.device_count()
        if number >= gpus:
            raise TrainingError(f"each process needs a GPU of its own, and there are {gpus}: start as many processes")
        device = f"cuda:{number}"
        torch.cuda.set_device(number)
    dist.init_process_group("gloo" if device == "cpu" else "nccl")
    try:
        yield Processes(dist.get_rank(), dist.get_world_size(), device)
    finally:
        dist.destroy_process_group()
