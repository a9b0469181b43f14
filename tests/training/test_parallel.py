import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from generator import read_header
from tests.training.tiny import TINY, losses
from training.config import TrainingError
from training.dcgan import DcganTrainer, load_swatches
from training.parallel import Processes

ROOT = Path(__file__).parents[2]
EIGHT = dataclasses.replace(TINY, batch=8, steps=3)
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}

TWO_TRAINERS = """
import json, sys
from pathlib import Path
import torch
from training.config import DcganConfig
from training.dcgan import DcganTrainer, load_swatches
from training.parallel import joined_processes

with joined_processes("cpu") as processes:
    config, swatches = DcganConfig(**json.loads(sys.argv[1])), load_swatches(Path(sys.argv[2]))
    trainer = DcganTrainer(config, swatches, processes=processes)
    reports = [trainer.train_step() for _ in range(2)]
    figures = [[report.loss_d, report.loss_g, report.d_real, report.d_fake] for report in reports]
    kept = [parameter for network in (trainer.generator, trainer.discriminator, trainer.average)
            for parameter in network.parameters()]
    torch.save([*kept, torch.tensor(figures), trainer.random.get_state()], f"{sys.argv[3]}/{processes.rank}.pt")
"""


def test_the_shares_of_all_processes_are_the_batch_of_a_single_one(swatches):
    pictures = load_swatches(swatches)
    one = DcganTrainer(EIGHT, pictures)
    parts = [DcganTrainer(EIGHT, pictures, processes=Processes(rank, 2)) for rank in range(2)]
    for _ in range(2):
        whole = one._augmented(one._real_patches())
        halves = [part._augmented(part._real_patches()) for part in parts]
        assert [len(half) for half in halves] == [4, 4]
        assert torch.equal(torch.cat(halves), whole)
    assert all(torch.equal(part.random.get_state(), one.random.get_state()) for part in parts)


@pytest.mark.parametrize("count", [3, 8])
def test_a_batch_that_does_not_split_evenly_is_refused(count):
    with pytest.raises(TrainingError, match=f"batch of 8 does not split evenly into {count} shares"):
        Processes(0, count).share_of(8)


@pytest.mark.slow
def test_two_processes_hold_the_same_weights_and_draw_what_one_draws(swatches, tmp_path):
    (tmp_path / "script.py").write_text(TWO_TRAINERS)
    arguments = [json.dumps(dataclasses.asdict(EIGHT)), str(swatches), str(tmp_path)]
    subprocess.run([*TORCHRUN, tmp_path / "script.py", *arguments], env=ENVIRONMENT, cwd=ROOT, check=True)
    first, second = (torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in range(2))
    assert len(first) == len(second) > 20
    assert all(torch.equal(one, other) for one, other in zip(first, second, strict=True))
    single = DcganTrainer(EIGHT, load_swatches(swatches))
    reports = [single.train_step() for _ in range(2)]
    alone = torch.tensor([[report.loss_d, report.loss_g, report.d_real, report.d_fake] for report in reports])
    *_, figures, random = first
    assert torch.equal(random, single.random.get_state())
    # Batch norm over half a batch: near the single run's figures, not equal to them.
    assert not torch.equal(figures, alone)
    assert torch.allclose(figures, alone, atol=0.15)


@pytest.mark.slow
def test_a_run_of_two_processes_stops_at_a_signal_and_resumes_to_what_an_unbroken_one_gives(swatches, tmp_path):
    config = tmp_path / "config.json"
    # Minutes that are over have cooled the run, if it cools at all.
    config.write_text(json.dumps(dataclasses.asdict(dataclasses.replace(EIGHT, steps=60, cooling=0.0))))

    def command(output, *more):
        module = ["-m", "training", "dcgan", "--data", swatches, "--category", "striped", "--config", config]
        return [*TORCHRUN, *map(str, [*module, "--judge-codes", 0, "--output", output, "--device", "cpu", *more])]

    whole, parts = tmp_path / "whole", tmp_path / "parts"
    subprocess.run(command(whole), env=ENVIRONMENT, cwd=ROOT, check=True)
    # The minutes are over within the first steps.
    subprocess.run(command(parts, "--minutes", "0.001"), env=ENVIRONMENT, cwd=ROOT, check=True)
    state = json.loads((parts / "run.json").read_text())
    assert (state["state"], state["reason"], state["processes"]) == ("stopped", "the minutes are over", 2)
    assert 0 < state["step"] < 60
    going_on = subprocess.Popen(command(parts, "--resume"), env=ENVIRONMENT, cwd=ROOT)
    while going_on.poll() is None and len(losses(parts)) <= state["step"]:
        time.sleep(0.02)
    going_on.send_signal(signal.SIGTERM)
    going_on.wait(120)
    assert state["step"] < json.loads((parts / "run.json").read_text())["step"] <= 60
    subprocess.run(command(parts, "--resume"), env=ENVIRONMENT, cwd=ROOT, check=True)
    assert losses(parts) == losses(whole)
    assert [row["step"] for row in losses(whole)] == list(range(1, 61))
    assert (parts / "striped.safetensors").read_bytes() == (whole / "striped.safetensors").read_bytes()
    assert read_header(whole / "striped.safetensors")["processes"] == 2
    assert json.loads((parts / "run.json").read_text())["state"] == "finished"
