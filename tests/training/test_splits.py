import json
from itertools import pairwise

import pytest

from training.close_ups import GARMENTS, LONGEST_ROW
from training.config import TrainingError
from training.splits import held_out_files, is_held_out, origin_of

PHOTOS = [f"striped/{number}.jpg" for number in range(1000)]


def test_the_share_of_photos_held_out_is_about_the_one_asked_for():
    assert sum(is_held_out(photo, 0.2) for photo in PHOTOS) == pytest.approx(200, abs=40)


def test_nothing_is_held_out_of_a_share_of_none():
    assert not any(is_held_out(photo, 0.0) for photo in PHOTOS)


def test_a_larger_share_holds_out_what_a_smaller_one_does_and_more():
    small, large = ({photo for photo in PHOTOS if is_held_out(photo, share)} for share in (0.1, 0.3))
    assert small < large


def test_squares_of_one_photo_and_their_dyed_copies_have_one_origin_and_composed_tiles_each_their_own():
    assert origin_of({"source": "solid/1.jpg, dyed #112233"}) == origin_of({"source": "solid/1.jpg"}) == "solid/1.jpg"
    tiles = [{"source": "own drawing", "design": "dots", "number": number} for number in (1, 2)]
    assert origin_of(tiles[0]) != origin_of(tiles[1])


def test_close_ups_of_one_garment_are_one_origin_in_whatever_row_and_colours():
    def origin(name):
        return origin_of({"source": f"finger-camera/{name}.jpg"})

    assert origin("solid/none_00392") == origin("solid/none_00398") == origin("solid/none_00401")
    dyed = {"source": "finger-camera/solid/none_00405.jpg, dyed #112233"}
    assert origin_of(dyed) == origin("solid/none_00392")
    assert origin("solid/none_00407") != origin("solid/none_00410")
    assert origin("floral/floral_00137") == origin("floral/floral_00143") == origin("floral/floral_00281")
    assert origin_of({"source": "shop/none_00392.jpg"}) == "shop/none_00392.jpg"
    assert origin("solid/mine") == "finger-camera/solid/mine.jpg"


def test_the_rows_of_all_garments_are_apart():
    for name, garments in GARMENTS.items():
        rows = sorted(first for garment in garments for first in garment)
        assert all(later - first >= LONGEST_ROW for first, later in pairwise(rows)), name
    assert sum(len(garments) for garments in GARMENTS.values()) == 23


def test_all_swatches_of_a_photo_go_the_same_way(tmp_path):
    rows = [{"file": f"{number}.png", "source": f"striped/{number // 4}.jpg"} for number in range(200)]
    (tmp_path / "manifest.json").write_text(json.dumps(rows))
    files = held_out_files(tmp_path, 0.3)
    assert 0 < len(files) < 200
    assert files == {f"{number}.png" for number in range(200) if f"{number // 4 * 4}.png" in files}


@pytest.mark.parametrize("text", [None, "no json", '[{"file": "1.png"}]', "[1]"])
def test_a_manifest_that_does_not_say_which_photo_is_refused(tmp_path, text):
    if text is not None:
        (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(TrainingError, match="manifest"):
        held_out_files(tmp_path, 0.1)


def test_a_share_of_everything_is_refused(tmp_path):
    with pytest.raises(TrainingError, match="got 1"):
        held_out_files(tmp_path, 1)
