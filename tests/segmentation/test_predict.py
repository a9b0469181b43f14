from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from PIL import Image

from segmentation.__main__ import main
from segmentation.checkpoint import save_weights
from segmentation.models import CLASSES, UnetConfig, build_unet, folded
from segmentation.predict import VIEWS, Segmenter
from segmentation.regions import drop_unworn_parts, locks_of_hair, settle_dresses, settle_skirts
from segmentation.votes import settle_kinds, winners

SMALL = UnetConfig(height=96, width=96, decoder_channels=(16, 16, 8, 8, 8))
COLOURS = {"upper": (200, 30, 30), "lower": (30, 30, 200), "dress": (30, 200, 30), "skin": (230, 190, 160)}


class ByColour(torch.nn.Module):
    """Stands in for the network: each class has its colour, and white is background."""

    def __init__(self) -> None:
        super().__init__()
        colours = [COLOURS.get(name, (255, 255, 255)) for name in CLASSES]
        self.register_buffer("colours", torch.tensor(colours))
        known = torch.tensor([name in COLOURS or name == "background" for name in CLASSES])
        self.register_buffer("penalty", torch.where(known, 0.0, 20.0))

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        distances = ((batch * 128 + 127).unsqueeze(1) - self.colours[..., None, None]).square().sum(2)
        return -distances / 2000 - self.penalty[:, None, None]


@pytest.fixture
def segmenter() -> Segmenter:
    return Segmenter(ByColour(), SMALL, name="by-colour", version="0", header={}, device="cpu")


def scene(width: int = 240, height: int = 360, **boxes: tuple[int, int, int, int]) -> Image.Image:
    photo = Image.new("RGB", (width, height), "white")
    for name, box in boxes.items():
        photo.paste(COLOURS[name.rstrip("0123456789")], box)
    return photo


def test_each_garment_is_found_at_the_photos_size_with_its_box(segmenter):
    photo = scene(skin=(90, 20, 150, 80), upper=(60, 80, 180, 200), lower=(70, 200, 170, 340))
    found = segmenter.find_garments(photo)
    assert [one.label for one in found.garments] == ["upper", "lower"]
    upper = found.garments[0]
    assert upper.mask.shape == found.clothing.shape == (360, 240)
    assert upper.mask.dtype == np.uint8
    assert np.allclose(upper.box, (60, 80, 180, 200), atol=3)
    assert upper.area == pytest.approx(120 * 120 / (240 * 360), rel=0.06)
    assert upper.confidence > 0.8
    assert found.clothing[140, 120] == found.clothing[270, 120] == 255
    assert found.clothing[50, 120] == 0


def test_a_mask_follows_the_photos_own_edge(segmenter):
    photo = scene(1200, 1600, upper=(333, 417, 901, 1203), skin=(500, 200, 700, 417))
    truth = np.zeros((1600, 1200), bool)
    truth[417:1203, 333:901] = True
    mask = segmenter.find_garments(photo).garments[0].mask > 127
    assert (mask & truth).sum() / (mask | truth).sum() > 0.985


def test_the_network_sees_a_grainy_photo_without_its_grain(segmenter):
    grainy = (128 + np.random.default_rng(0).normal(0, 25, (200, 160, 3))).clip(0, 255).astype(np.uint8)
    seen = []
    forward = segmenter.forward
    segmenter.forward = lambda pictures: (seen.append(float(pictures.std())), forward(pictures))[1]
    segmenter.predict(grainy)
    assert len(seen) == len(VIEWS)
    assert max(seen) < 6


def test_the_edge_of_a_mask_does_not_follow_the_grain_of_a_photo(segmenter):
    clean = scene(480, 640, upper=(120, 160, 360, 480), skin=(180, 60, 300, 160))
    noise = np.random.default_rng(0).normal(0, 80, (640, 480, 3))
    grainy = (np.asarray(clean) + noise).clip(0, 255).astype(np.uint8)
    (found,) = segmenter.find_garments(Image.fromarray(grainy)).garments
    mask = found.mask > 127
    truth = np.zeros_like(mask)
    truth[160:480, 120:360] = True
    assert (mask & truth).sum() / (mask | truth).sum() > 0.97
    edges = np.abs(np.diff(mask.astype(int), axis=1)).sum(axis=1)
    assert (edges[170:470] == 2).mean() > 0.98


def test_nothing_found_is_an_empty_list_and_a_black_mask(segmenter):
    found = segmenter.find_garments(scene())
    assert found.garments == []
    assert found.clothing.shape == (360, 240)
    assert not found.clothing.any()


def test_crumbs_are_not_garments(segmenter):
    found = segmenter.find_garments(scene(upper=(60, 80, 180, 200), upper2=(10, 330, 16, 336), skin=(90, 20, 150, 80)))
    assert len(found.garments) == 1
    assert found.clothing[333, 13] == 0


def test_transparent_parts_hold_no_clothes(segmenter):
    photo = scene(upper=(60, 80, 180, 200)).convert("RGBA")
    alpha = Image.new("L", photo.size, 255)
    alpha.paste(0, (0, 0, 120, 360))
    photo.putalpha(alpha)
    clothing = segmenter.find_garments(photo).clothing
    assert not clothing[:, :120].any()
    assert clothing[140, 150] == 255


def test_a_one_piece_dress_is_not_split(segmenter):
    photo = scene(skin=(90, 20, 150, 80), upper=(90, 80, 150, 110), dress=(60, 110, 180, 330))
    assert [one.label for one in segmenter.find_garments(photo).garments] == ["dress"]


def test_a_top_and_a_long_dress_of_quite_another_colour_below_it_are_a_blouse_and_a_skirt(segmenter):
    # The share of the top is that at which it is the dress's bodice where the colours are alike.
    boxes = {"skin": (90, 20, 150, 80), "upper": (80, 80, 160, 150), "dress": (70, 150, 170, 330)}
    probabilities = segmenter.predict(np.asarray(scene(**boxes)))
    labels = {}
    for name, below in (("alike", (200, 40, 40)), ("another", COLOURS["dress"])):
        photo = scene(**boxes)
        photo.paste(below, boxes["dress"])
        regions, _ = segmenter.settle(probabilities, np.asarray(photo), photo.height)
        labels[name] = [region.label for region in regions]
    assert labels == {"alike": ["dress"], "another": ["upper", "lower"]}


def test_a_short_coat_about_a_dress_of_another_colour_leaves_it_a_dress(segmenter):
    photo = scene(skin=(90, 20, 150, 80), dress=(80, 80, 160, 330), upper=(80, 80, 100, 230))
    photo.paste(COLOURS["upper"], (145, 80, 160, 230))
    assert [one.label for one in segmenter.find_garments(photo).garments] == ["upper", "dress"]


def test_a_coat_over_a_dress_stays_two_garments(segmenter):
    photo = scene(skin=(90, 20, 150, 80), upper=(60, 80, 180, 220), dress=(70, 220, 170, 330))
    assert [one.label for one in segmenter.find_garments(photo).garments] == ["upper", "dress"]


def test_the_halves_of_a_skirt_that_meet_along_a_long_line_are_one_garment(segmenter):
    photo = scene(
        skin=(90, 20, 150, 80), upper=(60, 80, 180, 180), dress=(70, 180, 120, 330), lower=(120, 180, 170, 330)
    )
    photo.paste(COLOURS["lower"], (70, 300, 120, 330))
    found = segmenter.find_garments(photo).garments
    assert [one.label for one in found] == ["upper", "lower"]
    assert np.allclose(found[1].box, (70, 180, 170, 330), atol=3)


def test_tights_under_a_dress_stay_a_garment_of_their_own(segmenter):
    photo = scene(
        skin=(90, 20, 150, 80), dress=(60, 80, 180, 230), lower=(75, 230, 105, 340), lower2=(135, 230, 165, 340)
    )
    assert [one.label for one in segmenter.find_garments(photo).garments] == ["dress", "lower"]


def test_two_people_apart_have_garments_of_their_own(segmenter):
    photo = scene(
        480,
        skin=(60, 20, 110, 80),
        upper=(40, 80, 130, 200),
        lower=(45, 200, 125, 340),
        skin2=(310, 20, 370, 80),
        upper2=(280, 80, 400, 220),
        lower2=(290, 220, 390, 350),
    )
    found = {one.label: one for one in segmenter.find_garments(photo).garments}
    assert list(found) == ["upper", "upper-2", "lower", "lower-2"]
    assert found["upper"].box[0] > 240 > found["upper-2"].box[2]
    assert not found["upper"].mask[:, :240].any()


def test_a_body_cut_in_two_by_a_bench_is_one_person(segmenter):
    photo = scene(
        skin=(90, 20, 150, 80), upper=(60, 80, 180, 200), upper2=(60, 230, 180, 300), skin2=(90, 300, 150, 340)
    )
    assert [one.label for one in segmenter.find_garments(photo).garments] == ["upper"]


def test_a_pair_of_pieces_laid_out_apart_is_two_garments(segmenter):
    photo = scene(480, upper=(40, 80, 190, 260), upper2=(290, 80, 430, 250))
    assert [one.label for one in segmenter.find_garments(photo).garments] == ["upper", "upper-2"]


def test_legs_that_the_top_of_the_photo_cuts_off_from_each_other_are_one_pair(segmenter):
    cut = scene(lower=(40, 0, 100, 300), lower2=(140, 0, 200, 300))
    assert [one.label for one in segmenter.find_garments(cut).garments] == ["lower"]
    tops = scene(upper=(40, 0, 100, 300), upper2=(140, 0, 200, 300))
    assert [one.label for one in segmenter.find_garments(tops).garments] == ["upper", "upper-2"]
    whole = scene(lower=(40, 40, 100, 300), lower2=(140, 40, 200, 300))
    assert [one.label for one in segmenter.find_garments(whole).garments] == ["lower", "lower-2"]


def test_cloth_or_not_is_decided_before_which_cloth():
    background, upper, dress = (CLASSES.index(name) for name in ("background", "upper", "dress"))
    probabilities = np.zeros((len(CLASSES), 1, 2), np.float32)
    probabilities[[background, upper, dress], 0, 0] = 0.4, 0.35, 0.25  # cloth, though no garment beats the wall
    probabilities[[background, upper, dress], 0, 1] = 0.6, 0.35, 0.05
    settled = settle_kinds(probabilities)
    assert settled.argmax(0).tolist() == [[upper, background]]
    np.testing.assert_allclose(settled[3:].sum(0), [[0.6, 0.4]], atol=1e-6)
    np.testing.assert_allclose(settled.sum(0), 1, atol=1e-6)


def test_a_garment_whose_kind_is_not_clear_is_found_though_the_wall_beats_each_kind(segmenter, monkeypatch):
    background, upper, dress = (CLASSES.index(name) for name in ("background", "upper", "dress"))
    probabilities = np.zeros((len(CLASSES), 96, 64), np.float32)
    probabilities[background] = 1
    probabilities[[background, upper, dress], 30:70, 16:48] = np.float32([0.4, 0.35, 0.25])[:, None, None]
    monkeypatch.setattr(segmenter, "predict", lambda pixels: probabilities.copy())
    (found,) = segmenter.find_garments(scene(64, 96, dress=(16, 30, 48, 70))).garments
    assert found.label == "upper"
    assert found.area == pytest.approx(40 * 32 / (96 * 64), rel=0.2)


def test_winners_are_the_likeliest_classes_and_of_equals_the_first():
    probabilities = np.random.default_rng(0).integers(0, 4, (len(CLASSES), 30, 40)).astype(np.float32)
    assert np.array_equal(winners(probabilities), probabilities.argmax(0))


def test_a_network_of_four_decoder_blocks_answers_at_half_the_size_and_others_are_refused():
    config = UnetConfig(height=96, width=64, decoder_channels=(16, 16, 8, 8))
    model = build_unet(config).eval()
    with torch.inference_mode():
        assert model(torch.zeros(1, 3, 96, 64)).shape == (1, len(CLASSES), 48, 32)
        assert folded(model)(torch.zeros(1, 3, 96, 64)).shape == (1, len(CLASSES), 48, 32)
    with pytest.raises(ValueError, match="four or five"):
        UnetConfig(decoder_channels=(16, 16, 8))


def test_a_folded_network_computes_the_same_with_no_batch_norm_left():
    torch.manual_seed(0)
    model = build_unet(SMALL)
    batch = torch.randn(2, 3, 64, 64)
    model.train()(batch)  # statistics that are not those of a new network
    with torch.no_grad():
        torch.testing.assert_close(folded(model)(batch), model.eval()(batch), atol=1e-4, rtol=1e-4)
    assert not any(isinstance(one, torch.nn.BatchNorm2d) for one in folded(model).modules())
    with pytest.raises(ValueError, match="batch norm"):
        folded(torch.nn.Sequential(torch.nn.BatchNorm2d(3)))


def test_settling_keeps_the_sum_of_probabilities():
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(len(CLASSES)), (40, 40)).transpose(2, 0, 1).astype(np.float32)
    settle_dresses(probabilities, np.zeros((40, 40, 3), np.uint8))
    settle_skirts(probabilities)
    assert np.allclose(probabilities.sum(0), 1, atol=1e-5)


@pytest.mark.parametrize("size", [(40, 400), (400, 40), (33, 33)])
def test_odd_sizes_are_no_trouble(segmenter, size):
    assert segmenter.find_garments(Image.new("RGB", size, COLOURS["upper"])).clothing.shape == size[::-1]


def test_progress_rises_to_one(segmenter):
    seen = []
    segmenter.find_garments(scene(upper=(60, 80, 180, 200)), progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "small.safetensors"
    return save_weights(path, build_unet(SMALL), SMALL, data_sources=[], metrics={})


def test_the_command_writes_masks_and_prints_json(weights, tmp_path, capsys):
    scene(upper=(60, 80, 180, 200)).save(tmp_path / "photo.png")
    command = [str(tmp_path / "photo.png"), "--output", str(tmp_path / "out"), "--model", str(weights)]
    assert main([*command, "--device", "cpu"]) == 0
    summary = json.loads(capsys.readouterr().out)
    with Image.open(tmp_path / "out" / "clothing.png") as mask:
        assert (mask.mode, mask.size) == ("L", (240, 360))
    assert (summary["width"], summary["height"]) == (240, 360)
    for garment in summary["garments"]:
        assert (tmp_path / "out" / f"{garment['label']}.png").is_file()


def test_the_command_says_in_one_line_what_is_wrong(weights, tmp_path, capsys):
    (tmp_path / "photo.jpg").write_text("no picture")
    assert main([str(tmp_path / "photo.jpg"), "--output", str(tmp_path), "--model", str(weights)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "not a picture" in captured.err
    with pytest.raises(SystemExit) as stop:
        main(["--output", str(tmp_path)])
    assert stop.value.code == 2


def test_cloth_that_hangs_on_nobody_is_left_alone_beside_a_person_only():
    background, skin, upper = (CLASSES.index(name) for name in ("background", "skin", "upper"))
    winner = np.full((120, 100), background)
    winner[30:100, 20:60] = upper
    winner[10:30, 30:50] = skin
    winner[20:40, 80:95] = upper  # a flag on the wall
    winner[110:116, 25:55] = CLASSES.index("shoes")  # on bare feet, whose skin the network missed
    kept = drop_unworn_parts(winner)
    assert (kept[20:40, 80:95] == background).all()
    assert (kept[:, :70] == winner[:, :70]).all()
    winner[winner == skin] = background  # a product shot: two pieces, both for sale
    assert (drop_unworn_parts(winner) == winner).all()


def test_the_first_view_tells_cloth_from_what_is_none_and_accessories_and_all_views_which_cloth():
    torch.manual_seed(0)
    segmenter = Segmenter(build_unet(SMALL), SMALL, name="any", version="1", header={}, device="cpu")
    photo = np.random.default_rng(0).integers(0, 256, (96, 96, 3)).astype(np.uint8)
    first, mirrored = (segmenter.predict(photo, views=((1.0, flip),)) for flip in (False, True))
    both = segmenter.predict(photo, views=((1.0, False), (1.0, True)))
    mean = (first + mirrored) / 2
    mean[CLASSES.index("accessory")] = first[CLASSES.index("accessory")]
    assert np.abs(mean - first).max() > 1e-3
    np.testing.assert_allclose(both.sum(0), 1, atol=1e-5)
    for group in (slice(0, 3), slice(3, None)):
        np.testing.assert_allclose(both[group].sum(0), first[group].sum(0), atol=1e-5)
        shares = both[group] / both[group].sum(0)
        np.testing.assert_allclose(shares, mean[group] / mean[group].sum(0), atol=1e-4)


def test_a_limb_that_is_bare_from_afar_is_no_cloth_but_edges_and_hats_are_as_seen_from_near():
    seen = {  # where, and what each view sees there, how likely
        "arm": (np.s_[10:70, 10:30], ("upper", 0.7), ("skin", 0.7)),
        "edge": (np.s_[10:70, 40:46], ("upper", 0.7), ("skin", 0.7)),
        "hat": (np.s_[10:40, 60:90], ("accessory", 0.6), ("hair", 0.95)),
        "sleeve": (np.s_[50:90, 60:90], ("upper", 0.7), ("upper", 0.7)),
    }
    near, far = (np.zeros((len(CLASSES), 96, 96), np.float32) for _ in range(2))
    for (rows, columns), *views in seen.values():
        for view, (name, likely) in zip((near, far), views, strict=True):
            view[CLASSES.index(name), rows, columns] = likely
    for view in (near, far):
        view[0] = 1 - view.sum(0)
    torch.manual_seed(0)
    segmenter = Segmenter(build_unet(SMALL), SMALL, name="any", version="1", header={}, device="cpu")
    segmenter._predict_view = lambda photo, size, mirrored: far if mirrored else near
    both = segmenter.predict(np.zeros((96, 96, 3), np.uint8), views=((1.0, False), (1.0, True)))
    np.testing.assert_allclose(both.sum(0), 1, atol=1e-5)
    cloth = both[3:].sum(0)
    assert cloth[seen["arm"][0]].max() < 0.2
    for name in ("edge", "hat", "sleeve"):
        np.testing.assert_allclose(cloth[seen[name][0]], near[3:].sum(0)[seen[name][0]], atol=1e-5)


def test_a_mirrored_view_lies_as_the_photo_does(segmenter):
    photo = np.asarray(scene(upper=(20, 80, 100, 200)))
    mirrored = segmenter.predict(photo, views=((1.0, True),)).argmax(0) == CLASSES.index("upper")
    height, width = mirrored.shape
    assert mirrored[
        height * 80 // 360 + 3 : height * 200 // 360 - 3, width * 20 // 240 + 3 : width * 100 // 240 - 3
    ].all()
    assert not mirrored[:, width // 2 :].any()


def test_a_lock_within_hair_is_no_hat_and_a_hat_on_hair_is_one():
    background, hair, accessory = (CLASSES.index(name) for name in ("background", "hair", "accessory"))
    winner = np.full((120, 100), background)
    winner[40:100, 20:80] = hair
    winner[60:75, 40:60] = accessory  # a lock
    winner[20:40, 20:80] = accessory  # a hat, the wall on three sides
    locks = locks_of_hair(winner, winner == accessory)
    assert locks[60:75, 40:60].all()
    assert not locks[20:40].any()


def test_a_lock_beside_hair_that_reaches_as_high_is_no_hat_and_a_scarf_stays():
    background, hair, accessory = (CLASSES.index(name) for name in ("background", "hair", "accessory"))
    winner = np.full((120, 100), background)
    winner[20:80, 20:60] = hair
    winner[25:55, 60:80] = accessory  # the other half of the head
    winner[70:95, 20:70] = accessory  # a scarf that the hair falls on
    locks = locks_of_hair(winner, winner == accessory)
    assert locks[25:55, 60:80].all()
    assert not locks[70:].any()
