import dataclasses
import json

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from generator import load_generator, sample_tile
from training.config import SEED_CONFIG, DcganConfig, TrainingError
from training.dcgan import DcganTrainer, load_swatches
from training.loop import train_dcgan

TINY = DcganConfig(
    local_channels=2, global_channels=2, features=4, discriminator_features=4, batch=4, steps=4, quarter_turns=True
)


@pytest.fixture
def swatches(tmp_path):
    folder = tmp_path / "swatches"
    folder.mkdir()
    random = np.random.default_rng(0)
    for index in range(16):
        ramp = np.sin(np.arange(80) / (3 + index))[None, :, None] * 100 + 128
        picture = np.broadcast_to(ramp, (80, 80, 3)) + random.normal(0, 5, (80, 80, 3))
        Image.fromarray(np.uint8(np.clip(picture, 0, 255))).save(folder / f"{index}.png")
    return folder


def losses(output):
    rows = [json.loads(line) for line in (output / "losses.jsonl").read_text().splitlines()]
    return [{key: value for key, value in row.items() if key != "seconds"} for row in rows]


@pytest.mark.parametrize("config", [TINY, dataclasses.replace(TINY, waves="xy", grid=12)])
def test_a_run_leaves_weights_that_sample_losses_and_a_grid(swatches, tmp_path, config):
    weights = train_dcgan(config, data=swatches, category="striped", output=tmp_path / "run")
    assert sample_tile(load_generator(weights, "cpu"), seed=1, size=96).size == (96, 96)
    assert [row["step"] for row in losses(tmp_path / "run")] == [1, 2, 3, 4]
    assert (tmp_path / "run" / "samples" / "000004.png").exists()


def test_a_stopped_and_resumed_run_gives_what_an_unbroken_one_gives(swatches, tmp_path):
    whole = train_dcgan(TINY, data=swatches, category="striped", output=tmp_path / "whole")
    seen = []
    train_dcgan(
        TINY,
        data=swatches,
        category="striped",
        output=tmp_path / "parts",
        on_step=seen.append,
        should_stop=lambda: len(seen) == 2,
    )
    assert len(losses(tmp_path / "parts")) == 2
    parts = train_dcgan(TINY, data=swatches, category="striped", output=tmp_path / "parts", resume=True)
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole")
    assert parts.read_bytes() == whole.read_bytes()


def test_the_seed_projects_configuration_trains(swatches):
    assert (SEED_CONFIG.local_channels, SEED_CONFIG.features, SEED_CONFIG.batch) == (10, 64, 128)
    small = dataclasses.replace(SEED_CONFIG, batch=4, features=4, discriminator_features=4)
    trainer = DcganTrainer(small, load_swatches(swatches))
    before = [parameter.clone() for parameter in trainer.generator.parameters()]
    report = trainer.train_step()
    assert 0 < report.d_real < 1
    after = list(trainer.generator.parameters())
    assert all(not torch.equal(old, new) for old, new in zip(before, after, strict=True))


def test_a_run_starts_from_the_networks_of_another(swatches, tmp_path):
    train_dcgan(TINY, data=swatches, category="base", output=tmp_path / "base")
    networks = tmp_path / "base" / "networks.safetensors"
    trainer = DcganTrainer(dataclasses.replace(TINY, seed=5), load_swatches(swatches))
    trainer.start_from(networks)
    kept = load_file(networks)
    weight = trainer.generator.state_dict()["coarse.0.weight"]
    assert torch.equal(weight.half(), kept["generator.coarse.0.weight"])
    wider = DcganTrainer(dataclasses.replace(TINY, features=6), load_swatches(swatches))
    with pytest.raises(TrainingError, match=r"generator of .* built otherwise"):
        wider.start_from(networks)
    with pytest.raises(TrainingError, match="not a file of networks"):
        trainer.start_from(tmp_path / "nothing.safetensors")


def test_resuming_with_another_configuration_is_refused(swatches, tmp_path):
    train_dcgan(TINY, data=swatches, category="striped", output=tmp_path / "run")
    other = dataclasses.replace(TINY, learning_rate=1e-3)
    with pytest.raises(TrainingError, match="another configuration"):
        train_dcgan(other, data=swatches, category="striped", output=tmp_path / "run", resume=True)


def test_a_folder_that_holds_a_run_is_not_overwritten(swatches, tmp_path):
    train_dcgan(TINY, data=swatches, category="striped", output=tmp_path / "run")
    with pytest.raises(TrainingError, match="add --resume"):
        train_dcgan(TINY, data=swatches, category="striped", output=tmp_path / "run")


def test_too_few_swatches_are_counted_in_the_message(tmp_path):
    with pytest.raises(TrainingError, match="holds 0 pictures"):
        load_swatches(tmp_path)


def test_a_grid_smaller_than_a_patch_is_refused():
    with pytest.raises(TrainingError, match="8 cells or more, got 6"):
        dataclasses.replace(TINY, grid=6)


def test_a_configuration_file_with_an_unknown_setting_is_refused_by_name(tmp_path):
    path = tmp_path / "config.json"
    path.write_text('{"learning_rat": 1}')
    with pytest.raises(TrainingError, match="learning_rat"):
        DcganConfig.from_file(path)
