import dataclasses
import json
import signal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generator.doubling import Upscaler, doubled
from generator.upscaling import SHIPPED, load_upscaler, read_upscaler_header, upscale
from tests.generator.test_upscaling import make_upscaler
from training import evaluate_upscaler, upscaler
from training.__main__ import main
from training.composed.compose import design_tile
from training.composed.drawing import render_large
from training.evaluate_upscaler import beats_lanczos, feature_distance, gradient_deviation, psnr
from training.upscaler import TrainingError, UpscalerConfig, UpscalerTrainer, enlarged, train_upscaler
from training.upscaler_data import draw_pairs, is_held_out, of_unseen_garments, reduced, split_photos
from training.upscaler_prints import HELD_OUT, compose_tiles, draw_print_pairs, held_out_prints, roughened

TINY = UpscalerConfig(features=4, blocks=1, patch=24, batch=2, prints=9, steps=4)


def cloth(seed, side=160):
    """A weave of two threads, at an angle of its own."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] * random.uniform(0.5, 1.1)
    weave = 110 + 40 * np.sin(x + 0.3 * y) * np.sin(y)
    return np.uint8(weave[..., None] * random.uniform(0.6, 1, 3))


@pytest.fixture
def close_ups(tmp_path):
    """Ten garments of two photos; numbers of one garment follow each other."""
    folder = tmp_path / "close-ups"
    folder.mkdir()
    for garment in range(10):
        for photo in range(2):
            Image.fromarray(cloth(garment)).save(folder / f"cloth_{10 * garment + photo:05d}.png")
    return folder


@pytest.fixture(scope="module")
def tiles():
    return compose_tiles(8, seed=0)


def drawn_by(network, pictures):
    return np.stack([doubled(network, picture) for picture in pictures]).astype(float)


def losses(output):
    rows = [json.loads(line) for line in (output / "losses.jsonl").read_text().splitlines()]
    return [{key: value for key, value in row.items() if key != "seconds"} for row in rows]


def test_photos_of_one_garment_are_all_trained_on_or_all_held_out(close_ups):
    trained_on, held_out = split_photos([close_ups])
    assert len(trained_on) + len(held_out) == 20
    garments = [{path.stem[:-1] for path in paths} for paths in (trained_on, held_out)]
    assert not garments[0] & garments[1]
    assert all(is_held_out(path.stem[:-1] + "0") for path in held_out)


def test_the_held_out_garments_are_the_same_on_every_machine():
    assert [number for number in range(40) if is_held_out(f"cloth_{number:05d}")] == [2, 5, 14, 35, 38]


def test_a_stopped_and_resumed_run_gives_what_an_unbroken_one_gives(close_ups, tmp_path):
    whole = train_upscaler(TINY, data=[close_ups], output=tmp_path / "whole")
    seen = []
    arguments = {"data": [close_ups], "output": tmp_path / "parts"}
    train_upscaler(TINY, **arguments, on_step=seen.append, should_stop=lambda: len(seen) == 2)
    with (tmp_path / "parts" / "losses.jsonl").open("a") as log:
        log.write(json.dumps({"step": 3, "loss": 9}) + "\n")
    parts = train_upscaler(TINY, **arguments, resume=True)
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole")
    assert parts.read_bytes() == whole.read_bytes()
    assert read_upscaler_header(parts)["steps"] == 4
    assert (tmp_path / "parts" / "samples" / "000004.png").exists()
    assert upscale(Image.new("RGB", (16, 16), (9, 9, 9)), 2, device="cpu", weights=parts).getpixel((5, 5)) == (9, 9, 9)


def test_training_lowers_the_error_of_a_weave(tiles):
    trainer = UpscalerTrainer(dataclasses.replace(TINY, batch=4, learning_rate=5e-3), [cloth(1)], tiles)
    small, large = draw_pairs([cloth(1)], count=16, side=24, random=np.random.default_rng(1))

    def error():
        return np.abs(drawn_by(trainer.average, small) - large).mean()

    before = error()
    for _ in range(40):
        trainer.train_step()
    assert error() < 0.95 * before


def test_every_step_shows_fabric_and_prints(tiles, monkeypatch):
    shown = {}

    def watch(name, draw):
        def watched(data, *, count, **arguments):
            shown[name] = (data, count)
            return draw(data, count=count, **arguments)

        monkeypatch.setattr(upscaler, name, watched)

    watch("draw_pairs", draw_pairs)
    watch("draw_print_pairs", draw_print_pairs)
    weaves = [cloth(1)]
    UpscalerTrainer(dataclasses.replace(TINY, batch=5), weaves, tiles).train_step()
    assert shown == {"draw_pairs": (weaves, 3), "draw_print_pairs": (tiles, 2)}


def test_shipped_weights_make_rough_prints_smoother_than_lanczos_does():
    pairs = held_out_prints(8, side=32, seed=5)
    scores = evaluate_upscaler.score_upscaler(load_upscaler(SHIPPED, "cpu"), {"prints_x4": pairs})
    assert beats_lanczos(scores)


@pytest.mark.parametrize(("resume", "reason"), [(True, "leave --resume out"), (False, "already holds a run")])
def test_a_run_is_neither_resumed_from_nothing_nor_overwritten(close_ups, tmp_path, resume, reason):
    if not resume:
        (tmp_path / "checkpoint.pt").touch()
    with pytest.raises(TrainingError, match=reason):
        train_upscaler(TINY, data=[close_ups], output=tmp_path, resume=resume)


@pytest.mark.parametrize(
    ("option", "value", "reason"), [("--steps", "0", "1 step or more, got 0"), ("--minutes", "0", "minutes above 0")]
)
def test_a_run_without_steps_or_minutes_ends_with_one_line(
    close_ups, tmp_path, capsys, monkeypatch, option, value, reason
):
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    asked = ["upscaler", "--data", str(close_ups), "--output", str(tmp_path / "run"), "--device", "cpu"]
    assert main([*asked, option, value]) == 2
    said = capsys.readouterr().err
    assert (said.count("\n"), reason in said) == (1, True), said
    assert not (tmp_path / "run").exists()


def test_a_checkpoint_cut_short_is_said_so(close_ups, tmp_path):
    (tmp_path / "checkpoint.pt").write_bytes(b"PK\x03\x04 half of a file")
    with pytest.raises(TrainingError, match=r"checkpoint\.pt cannot be read"):
        train_upscaler(TINY, data=[close_ups], output=tmp_path, resume=True)


def test_pairs_are_halves_of_each_other(close_ups):
    small, large = draw_pairs([cloth(1)], count=6, side=24, random=np.random.default_rng(0))
    assert (small.shape, large.shape) == ((6, 24, 24, 3), (6, 48, 48, 3))
    means = large.reshape(6, 24, 2, 24, 2, 3).mean((2, 4))
    assert np.abs(small - means).mean() < 12
    assert np.array_equal(small[0], draw_pairs([cloth(1)], count=6, side=24, random=np.random.default_rng(0))[0][0])


def test_pictures_are_reduced_in_many_ways():
    random = np.random.default_rng(0)
    ways = {reduced(cloth(1), random).tobytes() for _ in range(20)}
    assert len(ways) > 10


def test_the_categories_of_tiles_do_not_change_with_those_that_can_be_composed(tiles):
    names = ("cartoon", "checkered", "dotted", "floral", "leaves", "paisley", "striped", "zigzag")
    drawn = (render_large(design_tile(name, seed=0, number=number)[0]) for number, name in enumerate(names))
    assert all(np.array_equal(*pair) for pair in zip(tiles, drawn, strict=True))


def test_only_garments_that_training_saw_in_no_other_row_are_scored_where_there_are_any():
    def photos(*stems):
        return [Path(f"{stem}.jpg") for stem in stems]

    trained_on = photos("floral_00134", "cloth_00001")
    held_out = photos("floral_00143", "floral_00284", "cloth_00010")
    assert of_unseen_garments(held_out, trained_on) == held_out[1:]


def test_composed_tiles_are_of_all_categories_by_turns_and_others_for_other_numbers(tiles):
    assert len({tile.tobytes() for tile in tiles}) == 8
    assert all(tile.shape[0] % 4 == tile.shape[1] % 4 == 0 for tile in tiles)
    assert all(np.array_equal(*pair) for pair in zip(tiles, compose_tiles(8, seed=0), strict=True))
    held_out = compose_tiles(8, seed=0, first=HELD_OUT)
    assert not {tile.tobytes() for tile in held_out} & {tile.tobytes() for tile in tiles}


def test_pairs_of_prints_are_drawings_and_what_a_generator_would_make_of_them(tiles):
    small, large = draw_print_pairs(tiles, count=12, side=24, random=np.random.default_rng(0))
    assert (small.shape, large.shape) == ((12, 24, 24, 3), (12, 48, 48, 3))
    halves = large.reshape(12, 24, 2, 24, 2, 3).mean((2, 4))
    apart = np.abs(small - halves).mean((1, 2, 3))
    assert apart.max() < 40, "a pair shows two different places"
    assert (apart < 1).sum() >= 1, "none is clean"
    assert (apart > 3).sum() >= 3, "none is rough"


def test_a_rough_print_has_stairs_and_wavers_while_flat_ground_stays(tiles):
    edge = np.zeros((160, 160, 3), np.uint8)
    edge[:, 80:] = 200
    places = set()
    for seed in range(8):
        small = roughened(edge, np.random.default_rng(seed))
        assert small.shape == (40, 40, 3)
        assert np.abs(small[:, :10].astype(int)).mean() < 3
        assert np.abs(small[:, 30:].astype(int) - 200).mean() < 3
        places |= set((small[..., 0] > 100).argmax(1).tolist())
    assert {19, 20, 21} <= places <= set(range(15, 26))


def test_held_out_prints_are_known_at_four_times_the_size():
    pairs = held_out_prints(3, side=16, seed=0)
    assert [(small.shape, whole.shape) for small, whole in pairs] == [((16, 16, 3), (64, 64, 3))] * 3
    quarters = [whole.reshape(16, 4, 16, 4, 3).mean((1, 3)) for _, whole in pairs]
    assert all(np.abs(small - quarter).mean() < 40 for (small, _), quarter in zip(pairs, quarters, strict=True))


def test_a_picture_is_doubled_until_it_is_wide_enough():
    assert enlarged(Upscaler(features=4, blocks=1), cloth(1, 16), 64).shape == (64, 64, 3)


def test_the_measures_know_a_soft_picture_from_a_true_one():
    true = cloth(3, 192)
    soft = np.asarray(Image.fromarray(true).resize((64, 64)).resize((192, 192)))
    close = np.uint8(np.clip(true + np.random.default_rng(0).normal(0, 2, true.shape), 0, 255))
    assert psnr(true, true + 1) == pytest.approx(10 * np.log10(255**2))
    assert psnr(true, close) > psnr(true, soft)
    for measure in (feature_distance, gradient_deviation):
        assert measure(true, true) == pytest.approx(0, abs=1e-6)
        assert measure(true, close) < measure(true, soft)


def test_the_network_must_be_better_in_every_measure():
    def scores(psnr_db, distance):
        return {"prints_x2": {"psnr_db": {"network": psnr_db, "lanczos": 30}, "feature_distance": distance}}

    nearer, further = {"network": 0.1, "lanczos": 0.2}, {"network": 0.3, "lanczos": 0.2}
    assert beats_lanczos(scores(31, nearer))
    assert not beats_lanczos(scores(31, further))
    assert not beats_lanczos(scores(29, nearer))
    assert not beats_lanczos(scores(30, nearer))


def test_scores_are_printed_and_recorded_in_the_header_of_the_weights(close_ups, tmp_path, capsys, monkeypatch):
    weights = train_upscaler(TINY, data=[close_ups], output=tmp_path / "run")
    monkeypatch.setattr(evaluate_upscaler, "PRINTS", 2)
    arguments = ["evaluate", "upscaler", "--data", str(close_ups), "--weights", str(weights)]
    assert main([*arguments, "--record"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["photos"] == len(split_photos([close_ups])[1])
    assert printed["photos_of_unseen_garments"] == printed["photos"]
    assert printed["prints"] == 2
    assert {"fabric_x2", "fabric_x4", "prints_x2", "prints_x4"} <= printed.keys()
    assert read_upscaler_header(weights)["metrics"] == printed
    assert read_upscaler_header(weights)["steps"] == 4


@pytest.mark.parametrize("command", [["upscaler", "--output", "run"], ["evaluate", "upscaler"]])
def test_a_missing_folder_exits_2_with_one_line(command, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    weights = ["--weights", str(make_upscaler(tmp_path / "w.safetensors"))] if command[0] == "evaluate" else []
    assert main([*command, *weights, "--data", "nowhere"]) == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert "nowhere is not a folder" in message
