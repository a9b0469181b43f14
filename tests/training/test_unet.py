from __future__ import annotations

import argparse
import json
import signal

import cv2
import numpy as np
import pytest
import torch
from torch.nn import functional

from segmentation.checkpoint import load_weights, read_header, save_weights
from segmentation.models import CLASSES, UnetConfig, build_unet
from tests.training.labelled import LABELS
from training import unet
from training.config import TrainingError
from training.details import CLASS_OF, CLOTH
from training.garments import (
    IGNORE,
    Augmenter,
    DataError,
    LabelledPhotos,
    class_lookup,
    cut_out,
    in_a_studio,
    in_another_skin,
    load_street_photos,
    product_weights,
)
from training.garments import mask_on_plain_ground as plain_ground

SMALL = UnetConfig(height=64, width=64, decoder_channels=(16, 16, 8, 8, 8))


def trainer(labelled, output, **settings):
    run = unet.UnetRun(batch=2, config=SMALL, checkpoint_seconds=1e9, **settings)
    street = load_street_photos(labelled, 64, 64, held_out=False, detailed=True)
    held_out = load_street_photos(labelled, 64, 64, held_out=True)
    return unet.UnetTrainer(run, street, held_out, None, output, imagenet=False)


def test_the_split_holds_out_the_same_photos_every_time(labelled):
    assert load_street_photos(labelled, 64, 64, held_out=True).names == ("0005",)
    assert "0005" not in load_street_photos(labelled, 64, 64, held_out=False).names


def test_labels_become_classes_and_unknown_ones_are_ignored(labelled):
    table = class_lookup(LABELS)
    assert table[LABELS.index("coat")] == CLASSES.index("upper")
    assert table[LABELS.index("sunglasses")] == CLASSES.index("skin")
    assert table[LABELS.index("accessories")] == IGNORE
    masks = load_street_photos(labelled, 64, 64, held_out=True).masks
    assert set(np.unique(masks)) == {0, CLASSES.index("upper"), CLASSES.index("lower"), IGNORE}


def test_a_folder_without_labels_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"labels\.json"):
        load_street_photos(tmp_path, 64, 64, held_out=False)


def test_a_seed_fixes_a_view_and_classes_stay_whole(labelled):
    data = load_street_photos(labelled, 64, 64, held_out=False)
    augment = Augmenter(64, 64, laid_share=0.5)
    first, again = (augment(data.photos[0], data.masks[0], 7) for _ in range(2))
    other = augment(data.photos[0], data.masks[0], 8)
    assert np.array_equal(first[0], again[0])
    assert np.array_equal(first[1], again[1])
    assert not np.array_equal(first[0], other[0])
    assert set(np.unique(other[1])) <= {*range(len(CLASSES)), IGNORE}


def test_a_garment_on_plain_ground_masks_itself():
    photo = np.full((200, 160, 3), 250, np.uint8)
    photo[40:160, 40:120] = (20, 60, 120)
    mask = plain_ground(photo)
    assert mask[100, 80] == CLASSES.index("upper")
    assert mask[5, 5] == CLASSES.index("background")
    assert plain_ground(np.random.default_rng(0).integers(0, 255, (200, 160, 3), dtype=np.uint8)) is None


def test_of_a_garment_that_somebody_wears_on_plain_ground_only_the_ground_is_known():
    photo = np.full((200, 160, 3), 250, np.uint8)
    photo[40:160, 40:120] = (20, 60, 120)
    photo[60:140, 20:40] = (225, 170, 140)  # an arm
    mask = plain_ground(photo)
    assert set(np.unique(mask)) == {CLASSES.index("background"), IGNORE}
    assert mask[100, 80] == IGNORE


def test_a_small_garment_is_cut_out_by_itself_and_enlarged_on_plain_ground_as_often_as_not():
    street = np.random.default_rng(0).integers(0, 90, (240, 160, 3), dtype=np.uint8)
    mask = np.full((240, 160), CLASSES.index("background"), np.uint8)
    mask[220:236, 60:90] = CLASSES.index("shoes")
    street[mask > 0] = (200, 30, 30)
    shares, plain = [], 0
    for seed in range(40):
        photo, cut = cut_out(street, mask, np.random.default_rng(seed))
        shoes = cut == CLASSES.index("shoes")
        shares.append(shoes.mean())
        assert set(np.unique(cut)) == {CLASSES.index("background"), CLASSES.index("shoes")}
        assert np.abs(photo[shoes].astype(int) - (200, 30, 30)).max(1).mean() < 40
        assert (photo[:20] == street[:20]).all(axis=2).mean() < 0.01  # no street is left
        plain += photo[:20].reshape(-1, 3).std(0).max() < 2
    assert 10 <= plain <= 30
    assert max(shares) > 5 * (mask > 0).mean()
    assert max(shares) < 10 * (mask > 0).mean()


def somebody() -> tuple[np.ndarray, np.ndarray]:
    """A head, a top with an arm beside it, and trousers on a street of noise; what the person holds is not known."""
    mask = np.full((240, 160), CLASSES.index("background"), np.uint8)
    for name, (left, top, right, bottom) in {
        "hair": (70, 30, 90, 40),
        "skin": (70, 40, 90, 60),
        "upper": (60, 60, 100, 120),
        "lower": (62, 120, 98, 210),
    }.items():
        mask[top:bottom, left:right] = CLASSES.index(name)
    mask[70:125, 100:108], mask[125:135, 100:110] = CLASSES.index("skin"), IGNORE
    photo = np.random.default_rng(0).integers(0, 90, (240, 160, 3), dtype=np.uint8)
    photo[mask > 0] = (200, 30, 30)
    return photo, mask


def test_in_a_studio_somebody_keeps_skin_and_hair_on_a_plain_ground_and_is_mostly_seen_by_half():
    street, mask = somebody()
    heads, feet = 0, 0
    for seed in range(40):
        photo, worn = in_a_studio(street, mask, np.random.default_rng(seed))
        assert {CLASSES.index("skin"), CLASSES.index("upper")} <= set(np.unique(worn))
        assert IGNORE not in worn
        figure = worn > 0
        rows = ~cv2.dilate(figure.astype(np.uint8), np.ones((9, 17), np.uint8))[:, :9].any(1)
        steps = np.abs(np.diff(photo[:, :8].astype(int), axis=1))[rows]
        clothes = figure & (worn != CLASSES.index("skin"))  # whose colours stay
        assert np.abs(photo[clothes].astype(int) - (200, 30, 30)).max(1).mean() < 40
        assert not rows.any() or steps.mean() < 2  # a shadow at most, no street
        heads += (worn == CLASSES.index("hair")).any()
        feet += not figure[-1].any()
    assert 15 <= heads <= 38
    assert 3 <= feet <= 16


def test_skin_of_another_tone_keeps_its_shading_and_has_black_hair_where_it_is_deep():
    street, mask = somebody()
    skin, hair = (mask == CLASSES.index(name) for name in ("skin", "hair"))
    street[skin], street[hair] = (205, 150, 120), (190, 150, 90)
    street[70:125, 104:108] = (165, 115, 90)  # the arm's side in shadow
    far = ~cv2.dilate((skin | hair).astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    tones = []
    for seed in range(12):
        photo = in_another_skin(street, mask, np.random.default_rng(seed))
        assert np.abs(photo[far].astype(int) - street[far]).max() <= 1
        lit, shaded = (photo[80:120, columns].reshape(-1, 3).mean(0) for columns in (slice(101, 103), slice(105, 107)))
        assert lit.sum() - shaded.sum() > 30
        tones.append(photo[44:56, 74:86].reshape(-1, 3).mean())
        blond = photo[32:38, 73:87].reshape(-1, 3).mean(0)
        if tones[-1] < 100:
            assert blond.max() < 60
        elif tones[-1] > 150:
            np.testing.assert_allclose(blond, (190, 150, 90), atol=1)
    assert min(tones) < 100 and max(tones) > 195
    assert in_another_skin(street, np.zeros_like(mask), np.random.default_rng(0)) is street


def test_product_photos_with_deep_skin_are_drawn_more_often():
    street, mask = somebody()
    skin = mask == CLASSES.index("skin")
    photos = np.stack([street] * 3)
    photos[0][skin], photos[1][skin], photos[2][skin] = (224, 172, 140), (84, 52, 38), (20, 20, 20)
    masks = np.stack([mask, mask, np.where(skin, CLASSES.index("upper"), mask).astype(np.uint8)])
    weights = product_weights(photos, masks)
    assert weights.sum() == pytest.approx(1)
    assert weights[1] == pytest.approx(5 * weights[0]) and weights[2] == weights[0]


def test_every_sixth_picture_is_a_product_photo_and_deep_skin_comes_most(labelled, tmp_path):
    street = load_street_photos(labelled, 64, 64, held_out=False, detailed=True)
    photos, masks = np.zeros((2, 64, 64, 3), np.uint8), np.full((2, 64, 64), CLASSES.index("skin"), np.uint8)
    photos[0], photos[1] = (84, 52, 38), (224, 172, 140)
    products = LabelledPhotos(("deep", "light"), photos, masks)
    run = unet.UnetRun(batch=6, config=SMALL, steps=1, laid_share=0.0, close_share=0.0)
    one = unet.UnetTrainer(run, street, street, products, tmp_path / "run", imagenet=False)
    drawn = [one.draw_batch(step) for step in range(40)]
    skin = CLASS_OF[np.stack([masks for _, masks in drawn])] == CLASSES.index("skin")
    whole = skin.mean(axis=(2, 3)) > 0.4  # turned and moved, with unknown rims
    assert whole[:, 5].all() and not whole[:, :5].any()
    lights = np.array([photos[5][masks[5] == CLASSES.index("skin")].mean() for photos, masks in drawn])
    assert 0.6 < (lights < 125).mean() < 1


def test_unknown_pixels_do_not_change_the_loss():
    loss = unet.CrossEntropyDice(torch.ones(len(CLASSES)))
    target = torch.full((1, 8, 8), IGNORE)
    target[:, :4] = 3
    logits = torch.randn(1, len(CLASSES), 8, 8, generator=torch.Generator().manual_seed(0))
    changed = logits.clone()
    changed[:, :, 4:] += 5 * torch.randn(1, len(CLASSES), 4, 8, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(loss(logits, target), loss(changed, target))


def test_cloth_of_no_known_kind_teaches_that_it_is_cloth_and_not_which():
    loss = unet.CrossEntropyDice(torch.ones(len(CLASSES)))
    target = torch.full((1, 8, 8), CLASSES.index("upper"))
    target[:, :4] = CLOTH
    logits = torch.randn(1, len(CLASSES), 8, 8, generator=torch.Generator().manual_seed(0))
    another_kind, no_cloth = logits.clone(), logits.clone()
    another_kind[:, 3:, :4] = logits[:, 3:, :4].flip(1)
    no_cloth[:, CLASSES.index("skin"), :4] += 3
    assert torch.allclose(loss(logits, target), loss(another_kind, target))
    assert loss(no_cloth, target) > loss(logits, target) + 0.3
    # It weighs as much as cloth whose kind is known.
    known = target.where(target != CLOTH, IGNORE)
    of_cloth = -logits.softmax(1)[:, 3:, :4].sum(1).log().mean()
    of_kinds = functional.cross_entropy(logits, known, ignore_index=IGNORE)
    assert torch.allclose(loss(logits, target) - loss(logits, known), (of_cloth - of_kinds) / 2, atol=1e-5)


def test_metrics_of_a_perfect_and_of_a_wrong_guess():
    truth = np.array([[0, 3, 3, 5, IGNORE]])
    right, wrong = unet.GarmentMetrics(), unet.GarmentMetrics()
    right.add(truth, np.array([[0, 3, 3, 5, 0]]))
    wrong.add(truth, np.array([[0, 3, 0, 4, 0]]))
    assert right.summary()["clothing"] == right.summary()["upper"] == 1.0
    assert wrong.summary()["upper"] == 0.5
    assert wrong.summary()["clothing"] == pytest.approx(2 / 3, abs=1e-3)


def test_training_writes_a_curve_and_weights_that_load(labelled, tmp_path):
    rows = []
    one = trainer(labelled, tmp_path, steps=3)
    one.on_step = rows.append
    metrics = one.train()
    assert 0 <= metrics["clothing"] <= 1
    assert rows[-1]["iou"] == metrics
    assert json.loads((tmp_path / unet.CURVE_FILE).read_text().splitlines()[-1])["step"] == 3
    _, config, header = load_weights(tmp_path / unet.WEIGHTS_FILE)
    assert config == SMALL
    assert header["data_sources"][0]["licence"] == "Apache 2.0"
    assert header["training"]["steps"] == 3


def test_a_resumed_run_ends_where_an_uninterrupted_one_does(labelled, tmp_path):
    whole = trainer(labelled, tmp_path / "whole", steps=4)
    whole.train()
    first = trainer(labelled, tmp_path / "parts", steps=4)
    first.should_stop = lambda: first.step == 2
    first.train()
    second = trainer(labelled, tmp_path / "parts", steps=4)
    second.resume()
    assert second.step == 2
    second.train()
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, second.model.state_dict()[name]), name
    for name, value in whole.details.state_dict().items():
        assert torch.equal(value, second.details.state_dict()[name]), name


def test_details_end_with_the_run_and_can_be_left_out(labelled, tmp_path):
    trainer(labelled, tmp_path / "with", steps=1).train()
    without = trainer(labelled, tmp_path / "without", steps=1, details=0.0)
    without.train()
    assert without.details is None
    built = set(build_unet(SMALL).state_dict())
    for run in ("with", "without"):
        model, _, header = load_weights(tmp_path / run / unet.WEIGHTS_FILE)
        assert set(model.state_dict()) == built
        assert header["training"]["details"] == (run == "with")


def test_a_run_goes_on_with_the_heads_of_another(labelled, tmp_path):
    first = trainer(labelled, tmp_path / "first", steps=1)
    first.train()
    later = trainer(labelled, tmp_path / "later", steps=1, seed=1)
    later.take_details(tmp_path / "first")
    for name, value in first.details.state_dict().items():
        assert torch.equal(value, later.details.state_dict()[name]), name
    trainer(labelled, tmp_path / "without", steps=1, details=0.0).train()
    with pytest.raises(TrainingError, match="both runs must learn details"):
        later.take_details(tmp_path / "without")
    with pytest.raises(TrainingError, match="both runs must learn details"):
        trainer(labelled, tmp_path / "none", steps=1, details=0.0).take_details(tmp_path / "first")


@pytest.mark.parametrize(
    ("share", "reason"),
    [({"laid_share": 1.5}, "share laid out"), ({"close_share": -1}, "share close up"), ({"details": -1}, "details")],
)
def test_a_share_that_is_none_is_refused(share, reason):
    with pytest.raises(TrainingError, match=reason):
        unet.UnetRun(**share)


def test_a_run_is_neither_resumed_from_nothing_nor_overwritten_nor_from_a_damaged_checkpoint(labelled, tmp_path):
    with pytest.raises(TrainingError, match="leave --resume out"):
        trainer(labelled, tmp_path, steps=1).resume()
    trainer(labelled, tmp_path, steps=1).train()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(TrainingError, match="already holds a run: add --resume"):
        trainer(labelled, tmp_path, steps=1).train()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    (tmp_path / "checkpoint.pt").write_bytes(before["checkpoint.pt"][:999])
    with pytest.raises(TrainingError, match="cannot be read"):
        trainer(labelled, tmp_path, steps=1).resume()


@pytest.mark.parametrize("other", [{"seed": 1}, {"learning_rate": 1e-3}, {"small_share": 0.5}, {"details": 0.5}])
def test_a_run_is_resumed_with_its_own_settings_only_but_may_last_longer(labelled, tmp_path, other):
    trainer(labelled, tmp_path, steps=1).train()
    with pytest.raises(TrainingError, match=f"another {next(iter(other))}"):
        trainer(labelled, tmp_path, steps=1, **other).resume()
    longer = trainer(labelled, tmp_path, steps=2)
    with (tmp_path / unet.CURVE_FILE).open("a") as curve:
        curve.write('{"step": 2, "loss": 9}\n{"step": 2, "lo')  # killed after its checkpoint
    longer.resume()
    longer.train()
    rows = [json.loads(line) for line in (tmp_path / unet.CURVE_FILE).read_text().splitlines()]
    assert [(row["step"], "iou" in row) for row in rows] == [(1, True), (2, True)]


@pytest.mark.parametrize("what", ["loss", "weight"])
def test_a_run_with_a_number_that_is_none_stops_before_it_is_saved(labelled, tmp_path, what):
    trainer(labelled, tmp_path, steps=1).train()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    one = trainer(labelled, tmp_path, steps=2)
    one.resume()
    if what == "loss":
        one.loss_of = lambda pictures, masks: one.model(pictures).mean() * float("nan")
    else:
        take = one.take_step

        def take_step():
            loss = take()
            next(one.model.parameters()).data[0] = float("nan")
            return loss

        one.take_step = take_step
    with pytest.raises(TrainingError, match=f"{what} stopped being a number"):
        one.train()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_signal_ends_the_command_at_a_checkpoint(labelled, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(unet, "load_imagenet_encoder", lambda model: None)
    handlers = {}
    monkeypatch.setattr("training.runs.signal.signal", lambda number, handler: handlers.update({number: handler}))
    take = unet.UnetTrainer.take_step

    def take_step(one):
        loss = take(one)
        handlers[signal.SIGTERM]()
        return loss

    monkeypatch.setattr(unet.UnetTrainer, "take_step", take_step)
    parser = argparse.ArgumentParser()
    unet.add_arguments(parser)
    command = ["--data", str(labelled), "--output", str(tmp_path / "run"), "--steps", "9", "--batch", "2"]
    assert unet.run(parser.parse_args([*command, "--height", "64", "--width", "64", "--device", "cpu"])) == 0
    assert json.loads(capsys.readouterr().out)["steps"] == 1
    assert torch.load(tmp_path / "run" / "checkpoint.pt", weights_only=True)["step"] == 1


@pytest.mark.parametrize("option", ["--steps", "--minutes"])
def test_no_steps_or_minutes_are_one_line(labelled, tmp_path, capsys, monkeypatch, option):
    monkeypatch.setattr("training.runs.signal.signal", lambda *_: None)
    monkeypatch.setattr(unet.UnetTrainer, "train", lambda one: pytest.fail("it trains"))
    parser = argparse.ArgumentParser()
    unet.add_arguments(parser)
    command = ["--data", str(labelled), "--output", str(tmp_path), option, "0", "--height", "64", "--width", "64"]
    assert unet.run(parser.parse_args(command)) == 2
    said = capsys.readouterr().err
    assert (said.count("\n"), f"a run has {'1 step' if option == '--steps' else 'minutes above 0'}" in said) == (
        1,
        True,
    )


def test_the_command_trains_and_bad_data_is_one_line(labelled, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("training.runs.signal.signal", lambda *_: None)
    monkeypatch.setattr(unet, "load_imagenet_encoder", lambda model: None)
    parser = argparse.ArgumentParser()
    unet.add_arguments(parser)
    common = ["--output", str(tmp_path), "--steps", "1", "--batch", "2", "--height", "64", "--width", "64"]
    assert unet.run(parser.parse_args(["--data", str(labelled), *common])) == 0
    assert json.loads(capsys.readouterr().out)["steps"] == 1
    assert read_header(tmp_path / unet.WEIGHTS_FILE)["architecture"] == "unet"
    assert unet.run(parser.parse_args(["--data", str(tmp_path / "none"), *common])) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_run_starts_from_the_weights_of_an_earlier_one_and_says_so(labelled, tmp_path):
    first = trainer(labelled, tmp_path / "first", steps=2)
    first.train()
    weights = tmp_path / "first" / unet.WEIGHTS_FILE
    run = unet.UnetRun(batch=2, steps=1, learning_rate=0.0, config=SMALL, checkpoint_seconds=1e9)
    street = load_street_photos(labelled, 64, 64, held_out=False)
    later = unet.UnetTrainer(run, street, street, None, tmp_path / "later", start_from=weights)
    earlier, _, _ = load_weights(weights)
    for name, value in earlier.state_dict().items():
        torch.testing.assert_close(later.model.state_dict()[name], value)
    later.train()
    assert read_header(tmp_path / "later" / unet.WEIGHTS_FILE)["training"]["start"] == "a run of 2 steps at 64 px"


def test_a_run_that_starts_from_a_lighter_network_keeps_its_decoder(labelled, tmp_path, monkeypatch):
    light = UnetConfig(height=96, width=64, decoder_channels=(16, 8, 8, 8))
    start = save_weights(
        tmp_path / "light.safetensors", build_unet(light), light, data_sources=[], metrics={}, training={"steps": 9}
    )
    parser = argparse.ArgumentParser()
    unet.add_arguments(parser)
    command = ["--data", str(labelled), "--output", str(tmp_path / "run"), "--start-from", str(start)]
    command += ["--steps", "1", "--batch", "2", "--height", "64", "--width", "64"]
    monkeypatch.setattr("training.runs.signal.signal", lambda *_: None)
    assert unet.run(parser.parse_args(command)) == 0
    _, config, header = load_weights(tmp_path / "run" / unet.WEIGHTS_FILE)
    assert (config.height, config.width, config.decoder_channels) == (64, 64, light.decoder_channels)
    assert header["training"]["start"] == "a run of 9 steps at 96 px"


def test_the_first_part_of_a_run_is_spent_at_a_smaller_size():
    run = unet.UnetRun(small_share=0.6, config=UnetConfig(height=576, width=384))
    assert run.size_at(0.59) == (384, 256)
    assert run.size_at(0.6) == (576, 384)
