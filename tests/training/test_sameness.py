from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.training.made_prints import KINDS, copies, fine_print
from training import sameness
from training.intake import Seen


def like(seen: Seen, picture: np.ndarray, name: str) -> str | None:
    small = sameness.reduced(picture)
    return seen.like(small, sameness.look_of(small), name)


def coat(seed: int) -> np.ndarray:
    """A dark garment on white, of nearly the same outline as every other, with a fine pattern of its own."""
    random = np.random.default_rng(seed)
    corners = np.array([(60, 40), (180, 40), (195, 280), (45, 280)]) + random.integers(-7, 8, (4, 2))
    outline = cv2.fillPoly(np.zeros((300, 240), np.uint8), [corners.astype(np.int32)], 1)[..., None]
    cloth = random.integers(20, 60, (75, 60, 1), dtype=np.uint8).repeat(4, axis=0).repeat(4, axis=1)
    return np.where(outline, cloth, 250).astype(np.uint8).repeat(3, axis=2)


def gingham(period: int, side: int = 96) -> np.ndarray:
    """White and navy threads, half and half, both ways: (side, side, 3) uint8."""
    navy = (np.arange(side) % period < period / 2).astype(np.float32)
    share = (navy[:, None, None] + navy[None, :, None]) / 2
    return np.uint8(share * np.array([30, 48, 92]) + (1 - share) * np.array([246, 245, 240]))


def pin_dots(colour: tuple[int, int, int], ground: tuple[int, int, int], radius: int, side: int = 96) -> np.ndarray:
    picture = np.full((side, side, 3), ground, np.uint8)
    for down in range(10, side, 20):
        for across in range(10, side, 20):
            cv2.circle(picture, (across, down), radius, colour, cv2.FILLED, cv2.LINE_AA)
    return picture


@pytest.mark.parametrize("kind", KINDS)
def test_copies_of_fine_prints_are_found(kind: str) -> None:
    original = fine_print(kind, 14, 37, seed=1)
    missed = []
    for way, copy in copies(original).items():
        seen = Seen()
        assert like(seen, original, "the original") is None
        if like(seen, copy, way) is None:
            missed.append(way)
    # Half as large, 14 pixels are 7, of which JPEG leaves another contrast.
    assert set(missed) <= {"half as large"}


def test_prints_of_the_same_colours_that_differ_in_kind_period_or_direction_are_told_apart() -> None:
    seen = Seen()
    prints = [
        fine_print(kind, period, angle, seed=1)
        for kind in ("stripes", "dots")
        for period in (14, 18)
        for angle in (0, 20)
    ]
    assert [like(seen, picture, str(number)) for number, picture in enumerate(prints)] == [None] * len(prints)


def test_a_gingham_a_thirteenth_finer_is_another_and_its_copies_are_not() -> None:
    seen = Seen()
    assert like(seen, gingham(28), "wide") is None
    assert like(seen, gingham(26), "fine") is None
    assert [like(seen, copy, way) for way, copy in copies(gingham(28)).items()] == ["wide"] * 9


def test_dots_of_another_colour_are_another_print_though_as_light() -> None:
    grey, blue = pin_dots((160, 160, 160), (252, 252, 252), 3), pin_dots((84, 120, 160), (253, 252, 248), 2)
    strength = max(sameness.look_of(picture).strength for picture in (grey, blue))
    match = sameness.best_match(grey, blue)
    assert match is not None
    assert match.whole > sameness.FOUND
    assert match.detail > sameness.FOUND_DETAIL
    assert not sameness.show_the_same(grey, blue, strength)
    for picture in (grey, blue):
        copy = copies(picture)["quality 30"]
        assert sameness.show_the_same(picture, copy, strength)


def test_garments_of_the_same_outline_and_different_cloth_are_told_apart() -> None:
    seen = Seen()
    assert like(seen, coat(1), "a coat") is None
    assert like(seen, coat(2), "another") is None
    assert like(seen, copies(coat(1))["2 % cut off"], "a copy") == "a coat"


def test_the_nearest_are_compared_first_and_not_many(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, loaded = Seen(), []
    small = sameness.reduced(fine_print("checks", 40, 0, seed=1))
    look = sameness.look_of(small)
    for number in range(20):
        # All but the first are only near: their pictures are others.
        texture = look.texture * (1 if number == 11 else 1.2)
        picture = small if number == 11 else coat(number)

        def load(number: int = number, picture: np.ndarray = picture) -> np.ndarray:
            loaded.append(number)
            return picture

        seen.add(sameness.Look(look.colour, texture), load, str(number))
    assert seen.like(small, look, "new") == "11"
    assert loaded == [11]
    loaded.clear()
    assert seen.like(small[::-1].copy(), sameness.Look(look.colour, look.texture * 1.1), "new") in (None, "11")
    assert len(loaded) <= 8


def test_a_picture_that_is_gone_is_no_duplicate() -> None:
    seen = Seen()
    small = sameness.reduced(fine_print("dots", 24, 0, seed=1))
    seen.add(sameness.look_of(small), lambda: None, "gone")
    assert seen.like(small, sameness.look_of(small), "new") is None
    assert seen.like(small, sameness.look_of(small), "again") == "new"


def test_a_look_is_packed_and_unpacked_and_other_bytes_are_refused() -> None:
    look = sameness.look_of(fine_print("stripes", 24, 37, seed=3)[:100, :80])
    again = sameness.Look.unpacked(look.packed())
    assert np.allclose(again.colour, look.colour, rtol=1e-3)
    assert np.allclose(again.texture, look.texture, rtol=1e-3, atol=1e-3)
    with pytest.raises(ValueError, match="438 bytes"):
        sameness.Look.unpacked(b"words")
