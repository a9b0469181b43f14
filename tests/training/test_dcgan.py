import dataclasses
import json
import signal
from hashlib import sha256

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file

from generator import load_generator, read_header, sample_tile
from generator.sampling import fineness_of, is_strict
from tests.training.tiny import TINY, losses
from training import collapse
from training.__main__ import main
from training.collapse import CollapseError
from training.config import SEED_CONFIG, DcganConfig, TrainingError
from training.dcgan import PALETTE_RATE, DcganTrainer, load_swatches
from training.loop import train_dcgan
from training.manifests import describe_networks
from training.parallel import Processes
from training.run_folder import RunFolder
from training.splits import held_out_files

LARGE = dataclasses.replace(
    TINY, local_channels=0, waves="large", waves_throughout=True, varied_grid=True, least_grid=5
)
"""Pictures of one repeat, smaller than a patch."""


@pytest.mark.parametrize(
    "config",
    [
        TINY,
        LARGE,
        dataclasses.replace(TINY, waves="xy", grid=12),
        dataclasses.replace(
            TINY, inks=3, upright=True, waves="lattice", waves_throughout=True, local_channels=0, grid=10
        ),
        dataclasses.replace(TINY, waves="set", waves_throughout=True, grid=10, varied_grid=True),
    ],
)
def test_a_run_leaves_weights_that_sample_losses_and_a_grid(swatches, tmp_path, config):
    weights = train_dcgan(config, data=swatches, category="striped", output=tmp_path / "run")
    assert sample_tile(load_generator(weights, "cpu"), seed=1, size=96).size == (96, 96)
    assert [row["step"] for row in losses(tmp_path / "run")] == [1, 2, 3, 4]
    (sample,) = [json.loads(line) for line in (tmp_path / "run" / "samples.jsonl").read_text().splitlines()]
    assert (sample["step"], sample["file"]) == (4, "samples/000004.png")
    assert (tmp_path / "run" / sample["file"]).exists()
    assert (tmp_path / "run" / "losses.png").read_bytes()[:4] == b"\x89PNG"
    state = json.loads((tmp_path / "run" / "run.json").read_text())
    assert (state["state"], state["reason"], state["step"]) == ("finished", None, 4)


@pytest.mark.parametrize(("local_channels", "whole"), [(0, True), (2, False)])
def test_prints_without_local_noise_repeat_by_whole_cells_and_are_finished(local_channels, whole, swatches, tmp_path):
    config = dataclasses.replace(TINY, local_channels=local_channels, waves="lattice", waves_throughout=True, steps=1)
    weights = train_dcgan(config, data=swatches, category="striped", output=tmp_path / "run")
    assert read_header(weights)["sampling"]["whole_cells"] is whole
    loaded = load_generator(weights, "cpu")
    assert is_strict(loaded) is whole
    assert fineness_of(loaded) == (2 if whole else 1)


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
    state = json.loads((tmp_path / "parts" / "run.json").read_text())
    assert (state["state"], state["reason"]) == ("stopped", "asked to stop")
    with (tmp_path / "parts" / "losses.jsonl").open("a") as log:
        log.write('{"step": 3, "loss_d": 1')  # killed while it wrote
    parts = train_dcgan(TINY, data=swatches, category="striped", output=tmp_path / "parts", resume=True)
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole")
    assert parts.read_bytes() == whole.read_bytes()


def rates_of_a_run(monkeypatch, config, swatches, output, **options):
    """The learning rates of each step of a run, of all its groups, in shares of the configuration's."""
    rates = []
    take = DcganTrainer.train_step

    def watched(trainer, left):
        report = take(trainer, left)
        groups = [*trainer.optimiser_g.param_groups, *trainer.optimiser_d.param_groups]
        rates.append([group["lr"] / config.learning_rate for group in groups])
        return report

    with monkeypatch.context() as patched:
        patched.setattr(DcganTrainer, "train_step", watched)
        train_dcgan(config, data=swatches, category="striped", output=output, checkpoint_minutes=1e9, **options)
    return rates


def test_in_the_cool_down_the_learning_rates_fall_in_a_line_to_the_last_step(swatches, tmp_path, monkeypatch):
    config = dataclasses.replace(TINY, steps=4, cooling=0.75, inks=3)
    rates = rates_of_a_run(monkeypatch, config, swatches, tmp_path)
    assert rates[0] == pytest.approx([1, PALETTE_RATE, 1])
    assert [row[0] for row in rates] == pytest.approx([1, 1, 2 / 3, 1 / 3])
    assert rates[3] == pytest.approx([1 / 3, PALETTE_RATE / 3, 1 / 3])
    with pytest.raises(TrainingError, match="cool-down"):
        dataclasses.replace(config, cooling=1.5)
    with pytest.raises(TrainingError, match="1 step or more"):
        dataclasses.replace(config, steps=0)


def test_a_run_by_minutes_cools_by_the_clock_and_a_resumed_one_by_all_its_minutes(swatches, tmp_path, monkeypatch):
    config = dataclasses.replace(TINY, steps=1000, cooling=0.5)
    clock = iter(range(0, 100000, 6))  # seconds: every look at it takes 6
    monkeypatch.setattr("training.loop.time.monotonic", lambda: float(next(clock)))
    rates = [row[0] for row in rates_of_a_run(monkeypatch, config, swatches, tmp_path / "whole", minutes=4)]
    assert rates[0] == 1
    assert rates == sorted(rates, reverse=True)
    assert any(0.25 < rate < 0.75 for rate in rates)
    assert rates[-1] < 0.25
    late = [
        row[0] for row in rates_of_a_run(monkeypatch, config, swatches, tmp_path / "rest", minutes=1, minutes_in_all=4)
    ]
    assert late[0] == pytest.approx(0.5, abs=0.1)  # a quarter is left, and half of the run cools


def test_all_processes_cool_at_the_rate_that_they_agree_on(swatches, tmp_path, monkeypatch):
    class WithAnotherClock(Processes):
        def mean(self, values):
            return torch.full_like(values, 0.1)

    config = dataclasses.replace(TINY, steps=2, cooling=0.5)
    rates = rates_of_a_run(monkeypatch, config, swatches, tmp_path / "run", minutes=60, processes=WithAnotherClock())
    assert [row[0] for row in rates] == pytest.approx([0.2, 0.2])


def test_a_run_tells_of_each_checkpoint_once_it_is_written(swatches, tmp_path):
    told = []

    def look(report):
        state = torch.load(tmp_path / "run" / "checkpoint.pt", weights_only=True)
        told.append((report.step, state["step"], report.samples.exists(), report.diversity >= 0))

    train_dcgan(
        TINY, data=swatches, category="striped", output=tmp_path / "run", checkpoint_minutes=0, on_checkpoint=look
    )
    assert told == [(step, step, True, True) for step in (1, 2, 3, 4)]


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
    with safe_open(str(networks), framework="pt") as file:
        header = json.loads(file.metadata()["aifashion"])
    assert header["hyper_parameters"] == TINY.network_arguments()
    assert header["discriminator_features"] == TINY.discriminator_features
    kept = load_file(networks)
    weight = trainer.generator.state_dict()["coarse.0.weight"]
    assert torch.equal(weight.half(), kept["generator.coarse.0.weight"])
    wider = DcganTrainer(dataclasses.replace(TINY, features=6), load_swatches(swatches))
    with pytest.raises(TrainingError, match=r"generator of .* built otherwise"):
        wider.start_from(networks)
    with pytest.raises(TrainingError, match="not a file of networks"):
        trainer.start_from(tmp_path / "nothing.safetensors")


def test_weights_start_a_run_with_the_discriminator_of_other_networks(swatches, tmp_path):
    """With a finisher among its tensors, as shipped weights have one."""
    strict = dataclasses.replace(TINY, waves="set", waves_throughout=True, local_channels=0, grid=10)
    weights = train_dcgan(strict, data=swatches, category="dotted", output=tmp_path / "dots", sources=["dots"])
    train_dcgan(TINY, data=swatches, category="base", output=tmp_path / "base", sources=["a base"])
    networks = tmp_path / "base" / "networks.safetensors"
    trainer = DcganTrainer(dataclasses.replace(strict, seed=5), load_swatches(swatches))
    with pytest.raises(TrainingError, match=r"dotted.safetensors holds no discriminator: .* --discriminator-from"):
        trainer.start_from(weights)
    with pytest.raises(TrainingError, match=r"dotted.safetensors holds no discriminator"):
        trainer.start_from(networks, discriminator_from=weights)
    trainer.start_from(weights, discriminator_from=networks)
    drawing, judging = load_file(weights), load_file(networks)
    assert any(name.startswith("finisher.") for name in drawing)
    for network in (trainer.generator, trainer.average):
        for name, tensor in network.state_dict().items():
            assert torch.equal(tensor.half(), drawing[name].half()), name
    for name, tensor in trainer.discriminator.state_dict().items():
        assert torch.equal(tensor.half(), judging[f"discriminator.{name}"].half()), name
    run = {"data": swatches, "category": "dotted", "output": tmp_path / "run", "should_stop": lambda: True}
    train_dcgan(strict, **run, start_from=weights, discriminator_from=networks)
    began = read_header(tmp_path / "run" / "dotted.safetensors")["started_from"]
    assert began["sha256"] == sha256(weights.read_bytes()).hexdigest()
    assert began["discriminator"] == {"networks": "networks", "sha256": sha256(networks.read_bytes()).hexdigest()}
    assert began["sources"] == ["a base", "dots"]
    with pytest.raises(TrainingError, match=r"alone starts nothing: .* --start-from"):
        train_dcgan(strict, **{**run, "output": tmp_path / "other"}, discriminator_from=networks)
    assert not (tmp_path / "other").exists()


def test_a_run_with_inks_starts_from_networks_without_them_but_for_the_layers_that_colour(swatches, tmp_path):
    train_dcgan(TINY, data=swatches, category="base", output=tmp_path / "base")
    trainer = DcganTrainer(dataclasses.replace(TINY, inks=4, seed=5), load_swatches(swatches))
    own = {name: tensor.clone() for name, tensor in trainer.generator.state_dict().items()}
    trainer.start_from(tmp_path / "base" / "networks.safetensors")
    kept = load_file(tmp_path / "base" / "networks.safetensors")
    colouring = {"fine.6.weight", "fine.6.bias"} | {name for name in own if name.startswith("palette.")}
    for name, tensor in trainer.generator.state_dict().items():
        expected = own[name] if name in colouring else kept[f"generator.{name}"].float()
        assert torch.allclose(tensor.float(), expected.float(), atol=1e-3), name
    assert len(colouring) == 6


def test_upright_swatches_are_never_shown_upside_down(swatches):
    pictures = torch.zeros(16, 3, 64, 64, dtype=torch.uint8)
    pictures[:, :, :32] = 255
    for upright in (True, False):
        trainer = DcganTrainer(dataclasses.replace(TINY, upright=upright, quarter_turns=False), pictures)
        tops = torch.cat([trainer._real_patches()[:, 0, :32].mean((1, 2)) for _ in range(8)])
        assert bool((tops == 1).all()) is upright


def test_swatches_are_shown_mirrored_unless_their_motifs_bend_to_one_side(swatches):
    pictures = torch.zeros(16, 3, 64, 64, dtype=torch.uint8)
    pictures[:, :, :, :32] = 255
    for mirrored in (True, False):
        trainer = DcganTrainer(dataclasses.replace(TINY, mirrored=mirrored, quarter_turns=False), pictures)
        lefts = torch.cat([trainer._real_patches()[:, 0, :, :32].mean((1, 2)) for _ in range(8)])
        assert bool((lefts == 1).all()) is not mirrored


def test_a_checkpoint_of_before_knows_other_settings_and_is_resumed(swatches, tmp_path):
    train_dcgan(TINY, data=swatches, category="striped", output=tmp_path / "run")
    state = torch.load(tmp_path / "run" / "checkpoint.pt", weights_only=True)
    state["config"] = {name: value for name, value in state["config"].items() if name not in ("cooling", "mirrored")}
    state["config"]["cool_down"] = 500
    torch.save(state, tmp_path / "run" / "checkpoint.pt")
    longer = dataclasses.replace(TINY, steps=6)
    train_dcgan(longer, data=swatches, category="striped", output=tmp_path / "run", resume=True)
    assert [row["step"] for row in losses(tmp_path / "run")] == [1, 2, 3, 4, 5, 6]


def test_resuming_with_another_configuration_is_refused(swatches, tmp_path):
    train_dcgan(TINY, data=swatches, category="striped", output=tmp_path / "run")
    other = dataclasses.replace(TINY, learning_rate=1e-3)
    with pytest.raises(TrainingError, match="another configuration"):
        train_dcgan(other, data=swatches, category="striped", output=tmp_path / "run", resume=True)


def test_a_finished_run_is_resumed_to_cool_down(swatches, tmp_path):
    arguments = ["dcgan", "--data", str(swatches), "--category", "striped", "--output", str(tmp_path / "run")]
    config = tmp_path / "config.json"
    config.write_text(json.dumps(dataclasses.asdict(TINY)))
    arguments += ["--config", str(config), "--judge-codes", "0"]
    assert main([*arguments, "--steps", "2"]) == 0
    assert main([*arguments, "--steps", "4", "--cooling", "0.5", "--resume"]) == 0
    assert [row["step"] for row in losses(tmp_path / "run")] == [1, 2, 3, 4]
    assert read_header(tmp_path / "run" / "striped.safetensors")["training"]["cooling"] == 0.5


def test_a_run_killed_while_it_writes_its_networks_leaves_those_of_before(tmp_path, monkeypatch):
    folder = RunFolder(tmp_path, "striped")
    folder.write_networks({"generator.one": torch.zeros(2)}, {})
    before = folder.networks.read_bytes()

    def killed(tensors, path, metadata):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr("training.run_folder.save_file", killed)
    with pytest.raises(KeyboardInterrupt):
        folder.write_networks({"generator.one": torch.ones(2)}, {})
    assert folder.networks.read_bytes() == before


def test_a_folder_that_holds_a_run_is_not_overwritten(swatches, tmp_path):
    train_dcgan(TINY, data=swatches, category="striped", output=tmp_path / "run")
    with pytest.raises(TrainingError, match="add --resume"):
        train_dcgan(TINY, data=swatches, category="striped", output=tmp_path / "run")


def test_too_few_swatches_are_counted_in_the_message(tmp_path):
    with pytest.raises(TrainingError, match="holds 0 pictures"):
        load_swatches(tmp_path)


def test_a_picture_that_the_manifest_does_not_name_teaches_nothing(swatches):
    rows = [{"file": f"{number}.png", "source": "a.jpg", "licence": "ours"} for number in range(16)]
    (swatches / "manifest.json").write_text(json.dumps(rows))
    Image.new("RGB", (80, 80), (255, 0, 0)).save(swatches / "left-behind.png")
    assert len(load_swatches(swatches)) == 16
    (swatches / "manifest.json").write_text("{")
    with pytest.raises(TrainingError, match="is not a manifest"):
        load_swatches(swatches)


def test_larger_swatches_are_reduced_to_the_smallest_with_all_that_is_on_them(swatches):
    large = np.zeros((100, 160, 3), np.uint8)
    large[:, 30:130] = 90
    large[:10, 30:40] = 255
    Image.fromarray(large).save(swatches / "zz.png")
    loaded = load_swatches(swatches)
    assert loaded.shape == (17, 3, 80, 80)
    assert loaded[-1, 0, :8, :8].float().mean() > 240  # the corner of its square
    assert loaded[-1, 0, 20:, 20:].unique().tolist() == [90]


def test_a_header_names_the_sources_of_its_swatches_and_the_networks_it_began_as(swatches, tmp_path):
    rows = [
        {"file": "0.png", "source": "photos/floral/a.jpg", "licence": "CC BY 4.0"},
        {"file": "1.png", "source": "photos/floral/b.jpg", "licence": "CC BY 4.0"},
        {"file": "2.png", "source": "noto:cat, noto:owl, own drawing", "licence": "Apache 2.0, MIT", "design": "x"},
        {"file": "3.png", "source": "https://example.org/c.jpg", "licence": "not stated"},
    ]
    rows += [{**rows[0], "file": f"{number}.png"} for number in range(4, 16)]
    (swatches / "manifest.json").write_text(json.dumps(rows))
    base = train_dcgan(TINY, data=swatches, category="base", output=tmp_path / "base")
    sources = [
        "composed from noto, own drawing: Apache 2.0, MIT",
        "example.org: licence not stated",
        "photos/floral: CC BY 4.0",
    ]
    assert read_header(base)["sources"] == sources
    assert read_header(base)["started_from"] is None
    networks = tmp_path / "base" / "networks.safetensors"
    began = {"networks": "networks", "sha256": sha256(networks.read_bytes()).hexdigest(), "sources": sources}
    arguments = {"data": swatches, "category": "striped", "output": tmp_path / "run", "sources": ["mine"]}
    train_dcgan(TINY, **arguments, start_from=networks, should_stop=lambda: True)
    header = read_header(train_dcgan(TINY, **arguments, resume=True))
    assert (header["sources"], header["started_from"]) == (["mine"], began)
    later = describe_networks(tmp_path / "run" / "networks.safetensors")
    assert later["sources"] == sorted(["mine", *sources])


def test_a_grid_smaller_than_a_patch_is_refused_with_local_noise():
    with pytest.raises(TrainingError, match="8 cells or more, got 6"):
        dataclasses.replace(TINY, grid=6)
    with pytest.raises(TrainingError, match="8 cells or more, got 6"):
        dataclasses.replace(TINY, varied_grid=True, least_grid=6)
    with pytest.raises(TrainingError, match="4 cells or more, got 3"):
        dataclasses.replace(LARGE, least_grid=3)
    with pytest.raises(TrainingError, match="from least_grid up to grid, got 9 and 8"):
        dataclasses.replace(LARGE, least_grid=9)


def test_a_picture_smaller_than_a_patch_is_laid_side_by_side():
    config = dataclasses.replace(LARGE, augment=False)
    trainer = DcganTrainer(config, torch.zeros(16, 3, 64, 64, dtype=torch.uint8))
    drawn, judged = [], []
    trainer._draw = lambda latent, waves: drawn.append(trainer.generator(latent, waves)) or drawn[-1]
    trainer._judge = lambda patches: judged.append(patches) or trainer.discriminator(patches)
    for _ in range(12):
        trainer.train_step()
    assert {pictures.shape[-1] for pictures in drawn} == {40, 48, 56, 64}
    for pictures, fake in zip(drawn, judged[1::3], strict=True):
        period = pictures.shape[-1]
        assert fake.shape == (4, 3, 64, 64)
        torch.testing.assert_close(fake[..., period:], fake[..., : 64 - period])
        torch.testing.assert_close(fake[..., period:, :], fake[..., : 64 - period, :])
        # What a repeat shows is what was drawn, moved.
        shown, whole = (part.float().flatten().sort().values for part in (fake[..., :period, :period], pictures))
        torch.testing.assert_close(shown, whole)


def test_waves_throughout_are_refused_with_a_repeat_too_narrow_for_the_cells():
    assert dataclasses.replace(TINY, waves="lattice", waves_throughout=True, grid=10).network_arguments()[
        "waves_throughout"
    ]
    with pytest.raises(TrainingError, match="16 px or more: waves 'square'"):
        dataclasses.replace(TINY, waves="square", waves_throughout=True)


def test_a_varied_grid_gives_pictures_of_all_sizes_from_a_patch_up_and_samples_of_the_largest():
    config = dataclasses.replace(TINY, waves="set", grid=10, varied_grid=True)
    trainer = DcganTrainer(config, torch.zeros(16, 3, 64, 64, dtype=torch.uint8))
    drawn = []
    trainer._draw = lambda latent, waves: drawn.append(latent.shape[-1]) or trainer.generator(latent, waves)
    for _ in range(12):
        trainer.train_step()
    assert set(drawn) == {8, 9, 10}
    assert trainer.fixed_samples(trainer.generator).shape == (16, 3, 80, 80)
    with pytest.raises(TrainingError, match="pictures of one size"):
        dataclasses.replace(SEED_CONFIG, varied_grid=True)


def test_one_ink_or_inks_of_the_plain_dcgan_are_refused():
    for config, inks in ((TINY, 1), (TINY, -1), (SEED_CONFIG, 4)):
        with pytest.raises(TrainingError, match="2 inks or more"):
            dataclasses.replace(config, inks=inks)


def test_a_configuration_file_with_an_unknown_setting_is_refused_by_name(tmp_path):
    path = tmp_path / "config.json"
    path.write_text('{"learning_rat": 1}')
    with pytest.raises(TrainingError, match="learning_rat"):
        DcganConfig.from_file(path)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("[1, 2]", "holds no object of settings"),
        ('{"batch": "32"}', "batch is a whole number, got '32'"),
        ('{"waves": ["x"]}', "waves is a word"),
        ('{"augment": 1}', "augment is true or false"),
        ('{"learning_rate": -1}', "learning rate is above 0, got -1"),
        ('{"learning_rate": NaN}', "learning_rate is a number, got nan"),
        ('{"beta1": 1}', "beta1 lies from 0"),
        ('{"features": 0}', "features is 1 or more"),
        ('{"local_channels": 0, "global_channels": 0}', "without any channel"),
    ],
)
def test_settings_of_a_wrong_kind_or_range_end_the_command_with_one_line(
    swatches, tmp_path, capsys, monkeypatch, written, reason
):
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    config = tmp_path / "config.json"
    config.write_text(written)
    arguments = ["--data", swatches, "--category", "striped", "--config", config, "--output", tmp_path / "run"]
    assert main(["dcgan", *map(str, arguments), "--device", "cpu"]) == 2
    said = capsys.readouterr().err
    assert (said.count("\n"), reason in said) == (1, True), said


@pytest.mark.parametrize("minutes", ["0", "-3", "nan", "inf"])
def test_a_run_without_minutes_ends_with_one_line_before_it_makes_a_folder(
    swatches, tmp_path, capsys, monkeypatch, minutes
):
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    arguments = ["--data", str(swatches), "--category", "striped", "--output", str(tmp_path / "run")]
    assert main(["dcgan", *arguments, "--device", "cpu", "--minutes", minutes]) == 2
    said = capsys.readouterr().err
    assert (said.count("\n"), "minutes above 0" in said) == (1, True), said
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("damage", ["cut short", "of something else"])
def test_a_damaged_checkpoint_ends_with_one_line_that_says_so(swatches, tmp_path, capsys, monkeypatch, damage):
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    output, config = tmp_path / "run", tmp_path / "config.json"
    config.write_text(json.dumps(dataclasses.asdict(TINY)))
    train_dcgan(TINY, data=swatches, category="striped", output=output, should_stop=lambda: True)
    checkpoint = output / "checkpoint.pt"
    if damage == "cut short":
        checkpoint.write_bytes(checkpoint.read_bytes()[:1000])
    else:
        torch.save({"weights": torch.zeros(2)}, checkpoint)
    arguments = ["--data", swatches, "--category", "striped", "--config", config, "--output", output, "--resume"]
    assert main(["dcgan", *map(str, arguments), "--device", "cpu"]) == 2
    said = capsys.readouterr().err
    reason = "cannot be read" if damage == "cut short" else "holds no run"
    assert (said.count("\n"), f"{checkpoint} {reason}" in said) == (1, True), said


def test_a_run_whose_loss_is_no_number_stops_with_the_reason_and_keeps_its_checkpoint(swatches, tmp_path):
    output = tmp_path / "run"
    train_dcgan(TINY, data=swatches, category="striped", output=output, should_stop=lambda: True)
    before = {name: (output / name).read_bytes() for name in ("checkpoint.pt", "striped.safetensors", "losses.jsonl")}
    state = torch.load(output / "checkpoint.pt", weights_only=True)
    state["discriminator"]["layers.0.weight"].fill_(torch.nan)
    torch.save(state, output / "checkpoint.pt")
    broken = (output / "checkpoint.pt").read_bytes()
    with pytest.raises(CollapseError, match="collapsed at step 2: a loss is no number"):
        train_dcgan(TINY, data=swatches, category="striped", output=output, resume=True)
    assert (output / "checkpoint.pt").read_bytes() == broken
    assert (output / "striped.safetensors").read_bytes() == before["striped.safetensors"]
    assert (output / "losses.jsonl").read_bytes() == before["losses.jsonl"]
    assert json.loads((output / "run.json").read_text())["state"] == "collapsed"


def test_a_collapsed_run_is_saved_as_it_was_and_its_command_exits_2_with_one_line(
    swatches, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(collapse, "WINDOW", 3)
    sign = collapse.Rule("every step is a sign", lambda report: report.step > 0)
    monkeypatch.setattr(collapse, "RULES", (sign,))
    config = tmp_path / "config.json"
    config.write_text(json.dumps(dataclasses.asdict(TINY)))
    arguments = ["--data", swatches, "--category", "striped", "--config", config, "--output", tmp_path / "run"]
    assert main(["dcgan", *map(str, arguments), "--device", "cpu"]) == 2
    said = capsys.readouterr().err
    assert (said.count("\n"), "step 3: in 3 of the last 3 steps every step is a sign" in said) == (1, True)
    state = json.loads((tmp_path / "run" / "run.json").read_text())
    assert (state["state"], state["step"]) == ("collapsed", 3)
    assert torch.load(tmp_path / "run" / "checkpoint.pt", weights_only=True)["step"] == 3


def test_a_run_that_cools_all_the_way_ends_whatever_its_discriminator_says(swatches, tmp_path, monkeypatch):
    monkeypatch.setattr(collapse, "WINDOW", 2)
    monkeypatch.setattr(
        collapse, "RULES", (collapse.Rule("a sign", lambda report: report.step > 0, while_cooling=False),)
    )
    config = dataclasses.replace(TINY, cooling=1.0)
    train_dcgan(config, data=swatches, category="striped", output=tmp_path / "run")
    assert json.loads((tmp_path / "run" / "run.json").read_text())["state"] == "finished"


def test_photos_kept_out_do_not_train_and_their_share_is_asked_for_again(swatches, tmp_path):
    rows = [{"file": f"{index}.png", "source": f"photos/{index % 10}.jpg"} for index in range(16)]
    rows += [{"file": f"copy-{index}.png", "source": "copies/f.jpg"} for index in range(16)]
    (swatches / "manifest.json").write_text(json.dumps(rows))
    for index in range(16):
        (swatches / f"copy-{index}.png").write_bytes((swatches / f"{index}.png").read_bytes())
    kept_out = held_out_files(swatches, 0.3)
    assert 0 < len(kept_out) < 16
    with pytest.raises(TrainingError, match="in the part kept out"):
        load_swatches(swatches, hold_out=0.3, kept_out=True)
    assert len(load_swatches(swatches, hold_out=0.3)) == 32 - len(kept_out)
    weights = train_dcgan(
        TINY, data=swatches, category="striped", output=tmp_path / "run", hold_out=0.3, should_stop=lambda: True
    )
    assert read_header(weights)["hold_out"] == 0.3
    with pytest.raises(TrainingError, match=r"give --hold-out 0\.3"):
        train_dcgan(TINY, data=swatches, category="striped", output=tmp_path / "run", resume=True)
