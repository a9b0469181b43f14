import io
import json
import os
import stat
import struct
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from training import intake
from training.__main__ import main
from training.archives import IntakeError, Kind, Limits, files_in
from training.intake import LARGEST, squares_of, take_images, take_in
from training.swatches import SWATCH, CutRule


def print_of(seed, height=100, width=100):
    """Cloth with blots of its own colours: no two seeds look alike."""
    blots = np.random.default_rng(seed).integers(0, 255, (9, 9, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(blots).resize((width, height), Image.Resampling.BICUBIC))


def encoded(picture, kind="PNG", **options):
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, kind, **options)
    return buffer.getvalue()


def zip_of(path, files, **options):
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return path


def verdicts(source, **options):
    limits = Limits(**options)
    return {
        judged.file: judged.refusal.kind if judged.refusal else "taken" for judged in take_images(source, limits=limits)
    }


def test_each_file_of_a_folder_is_taken_or_refused_with_its_reason(tmp_path):
    good = encoded(print_of(0), "JPEG", quality=95)
    nested = io.BytesIO()
    zip_of(nested, [("a.png", b"")])
    files = {
        "a.jpg": good,
        "b.webp": encoded(print_of(1), "WEBP"),
        "broken.jpg": good[: len(good) // 2],
        "copy.png": encoded(print_of(0)),
        "deep/c.png": encoded(print_of(2)),
        "large.png": encoded(print_of(3, 300, 300)),
        "more.zip": nested.getvalue(),
        "notes.jpg": b"not a picture",
        "old.bmp": encoded(print_of(4), "BMP"),
        "small.png": encoded(print_of(5, 63, 100)),
        ".DS_Store": b"left by a system",
    }
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    (tmp_path / "link.png").symlink_to(tmp_path / "b.webp")
    (tmp_path / "elsewhere").symlink_to("/")
    os.mkfifo(tmp_path / "pipe.png")
    assert verdicts(tmp_path, pixels=80_000) == {
        "a.jpg": "taken",
        "b.webp": "taken",
        "broken.jpg": Kind.BROKEN,
        "copy.png": Kind.DUPLICATE,
        "deep/c.png": "taken",
        "elsewhere": Kind.LINK,
        "large.png": Kind.LARGE,
        "link.png": Kind.LINK,
        "more.zip": Kind.ARCHIVE,
        "notes.jpg": Kind.TYPE,
        "old.bmp": Kind.TYPE,
        "pipe.png": Kind.TYPE,
        "small.png": Kind.SMALL,
    }


def test_colourways_and_plain_cloth_of_several_colours_are_no_duplicates(tmp_path):
    for number, colour in enumerate([(200, 30, 30), (30, 30, 200), (30, 32, 200)]):
        (tmp_path / f"plain{number}.png").write_bytes(encoded(np.full((80, 80, 3), colour, np.uint8)))
    (tmp_path / "print.png").write_bytes(encoded(print_of(0)))
    (tmp_path / "print2.png").write_bytes(encoded(np.uint8(print_of(0) // 2)))
    found = verdicts(tmp_path)
    assert [name for name, verdict in found.items() if verdict == Kind.DUPLICATE] == ["plain2.png"]


def test_a_refused_duplicate_names_the_picture_that_it_repeats(tmp_path):
    path = zip_of(tmp_path / "a.zip", [("first.png", encoded(print_of(0))), ("second.png", encoded(print_of(0)))])
    first, second = take_images(path)
    assert first.picture is not None
    assert "first.png" in second.refusal.reason


def test_names_links_and_locks_of_a_zip_are_refused(tmp_path):
    picture = encoded(print_of(0))
    link = zipfile.ZipInfo("link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    names = ["/etc/a.png", "../a.png", "b/../../a.png", "C:\\a.png", "..\\a.png", "a.png@.exe"]
    path = zip_of(
        tmp_path / "a.zip", [*((name, picture) for name in names), (link, "/etc/passwd"), ("ok.png", picture)]
    )
    path.write_bytes(path.read_bytes().replace(b"a.png@.exe", b"a.png\0.exe"))
    found = list(files_in(path, Limits()))
    assert [refusal.kind for _, refusal in found[:-1]] == [Kind.NAME] * 6 + [Kind.LINK]
    assert found[-1] == ("ok.png", picture)

    locked = bytearray(zip_of(tmp_path / "locked.zip", [("a.png", picture)]).read_bytes())
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(signature) + place] |= 1
    (tmp_path / "locked.zip").write_bytes(locked)
    assert verdicts(tmp_path / "locked.zip") == {"a.png": Kind.ENCRYPTED}


def test_bombs_are_refused_by_their_ratio_their_total_and_their_packing(tmp_path):
    flat = bytes(3 * 2**20)
    noise = np.random.default_rng(0).bytes(1000)
    packed = zip_of(tmp_path / "ratio.zip", [("a.png", flat)], compression=zipfile.ZIP_DEFLATED)
    assert verdicts(packed) == {"a.png": Kind.BOMB}
    three = zip_of(tmp_path / "total.zip", [(f"{number}.png", noise) for number in range(3)])
    assert verdicts(three, total_bytes=2500) == {"0.png": Kind.TYPE, "1.png": Kind.TYPE, "2.png": Kind.BOMB}
    assert verdicts(three, file_bytes=999) == {f"{number}.png": Kind.LARGE for number in range(3)}
    rare = zip_of(tmp_path / "rare.zip", [("a.png", noise)], compression=zipfile.ZIP_LZMA)
    assert verdicts(rare) == {"a.png": Kind.BROKEN}


def test_a_file_that_unpacks_to_more_than_it_claims_is_cut_off_and_refused(tmp_path):
    path = zip_of(tmp_path / "a.zip", [("a.png", bytes(2**20))], compression=zipfile.ZIP_DEFLATED)
    data = bytearray(path.read_bytes())
    claim = data.index(b"PK\x01\x02") + 24
    data[claim : claim + 4] = struct.pack("<I", 100)
    path.write_bytes(data)
    assert verdicts(path) == {"a.png": Kind.BROKEN}


def test_too_many_files_and_an_endless_directory_are_refused_as_a_whole(tmp_path):
    path = zip_of(tmp_path / "a.zip", [(f"{number}.png", b"") for number in range(5)])
    with pytest.raises(IntakeError, match="more than the 4 files"):
        verdicts(path, files=4)
    path = zip_of(tmp_path / "b.zip", [("n" * 60_000 + f"{number}.png", b"") for number in range(3)])
    with pytest.raises(IntakeError, match="directory is longer"):
        verdicts(path, files=4)
    for number in range(5):
        (tmp_path / f"{number}.png").touch()
    with pytest.raises(IntakeError, match="more than the 4 files"):
        verdicts(tmp_path, files=4)


def test_a_name_that_begins_with_a_zero_byte_is_refused(tmp_path):
    path = zip_of(tmp_path / "a.zip", [("@.png", b"x")])
    path.write_bytes(path.read_bytes().replace(b"@.png", b"\0.png"))
    ((name, refusal),) = files_in(path, Limits())
    assert (name, refusal.kind) == ("\N{REPLACEMENT CHARACTER}.png", Kind.NAME)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A sound zip's bytes, and the path of a file to write hostile ones to."""
    path = tmp_path_factory.mktemp("zips") / "a.zip"
    files = [(f"{seed}.png", encoded(print_of(seed, 64, 64))) for seed in range(2)]
    return zip_of(path, files, compression=zipfile.ZIP_DEFLATED).read_bytes(), path


@settings(max_examples=60, deadline=None, derandomize=True)
@given(data=st.data())
def test_a_zip_with_damaged_bytes_is_judged_or_refused_and_never_raises_anything_else(hostile, data):
    sound, path = hostile
    damaged = bytearray(sound)
    # Most of the bytes are pixels: the headers, which zipfile trusts, lie at the ends.
    last = len(damaged) - 1
    places = st.one_of(st.integers(0, 60), st.integers(last - 180, last), st.integers(0, last))
    for place, value in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=6)):
        damaged[place] = value
    path.write_bytes(damaged[: len(damaged) - data.draw(st.integers(0, 40))])
    try:
        judged = list(take_images(path))
    except IntakeError:
        return
    assert all((one.picture is None) == (one.refusal is not None) for one in judged)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(name=st.text(st.sampled_from("./\\:Ca\n\x1b\u202e"), min_size=1, max_size=8))
def test_no_name_in_a_report_leaves_its_folder_or_holds_control_characters(hostile, name):
    path = zip_of(hostile[1], [(name, b"x")])
    for said, found in files_in(path, Limits()):
        assert said.isprintable()
        if isinstance(found, bytes):
            assert ".." not in said.replace("\\", "/").split("/")
            assert not said.startswith(("/", "\\"))


def test_pictures_are_decoded_one_at_a_time(tmp_path, monkeypatch):
    for seed in range(3):
        (tmp_path / f"{seed}.png").write_bytes(encoded(print_of(seed)))
    decoded = []
    load = intake.load_photo
    monkeypatch.setattr(intake, "load_photo", lambda *given, **options: decoded.append(1) or load(*given, **options))
    images = take_images(tmp_path)
    next(images)
    assert len(decoded) == 1
    assert len(list(images)) == 2


def test_a_photo_is_turned_upright_and_its_transparent_parts_lie_on_white(tmp_path):
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.fromarray(print_of(0, 80, 120)).save(tmp_path / "a.jpg", exif=turned)
    clear = np.zeros((70, 70, 4), np.uint8)
    (tmp_path / "b.png").write_bytes(encoded(clear))
    upright, white = take_images(tmp_path)
    assert upright.picture.shape == (120, 80, 3)
    assert white.picture.min() == 255


@pytest.mark.parametrize(("shape", "side"), [((64, 70), SWATCH), ((200, 150), 150), ((400, 700), LARGEST)])
def test_a_whole_picture_becomes_the_square_in_its_middle(shape, side):
    picture = print_of(0, *shape)
    ((swatch, left, top, source_side),) = squares_of(picture, cut=None, random=np.random.default_rng(0))
    assert swatch.shape == (side, side, 3)
    assert source_side == min(shape)
    assert (left, top) == ((shape[1] - source_side) // 2, (shape[0] - source_side) // 2)
    if side == source_side:
        assert np.array_equal(swatch, picture[top : top + side, left : left + side])


def test_a_strip_is_refused_as_a_swatch():
    refusal = squares_of(print_of(0, 100, 201), cut=None, random=np.random.default_rng(0))
    assert refusal.kind == Kind.NARROW


def test_photos_of_cloth_are_cut_where_they_are_even():
    down, across = np.mgrid[:700, :700]
    checks = np.uint8(130 + 50 * np.sign(np.sin(across / 8)) + 50 * np.sign(np.sin(down / 8)))
    photo = np.repeat(checks[..., None], 3, axis=2).copy()
    photo[:, 350:] = 128
    squares = squares_of(photo, cut=CutRule(), random=np.random.default_rng(0))
    assert squares
    for swatch, left, top, side in squares:
        assert swatch.shape == (SWATCH, SWATCH, 3)
        # No quarter has under 45 % of the richest one's detail: at most 28 % of a side lies on the plain half.
        assert left + side <= 350 + 0.3 * side
        assert top >= 0
    nothing = squares_of(np.full((300, 300, 3), 128, np.uint8), cut=CutRule(), random=np.random.default_rng(0))
    assert nothing.kind == Kind.UNEVEN


def test_taking_in_writes_swatches_their_manifest_a_grid_and_the_report_and_repeats_exactly(tmp_path):
    files = [(f"{seed}.png", encoded(print_of(seed, 90 + seed, 110))) for seed in range(3)]
    source = zip_of(tmp_path / "mine.zip", [*files, ("no.txt", b"no")])
    heard = []
    rows = take_in(source, tmp_path / "out", report=heard.append)
    assert heard == rows
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert (report["taken"], report["refused"], report["swatches"]) == (3, {"wrong type": 1}, 3)
    assert report["files"][3]["reason"].startswith("It is no picture")
    manifest = (tmp_path / "out" / "manifest.json").read_text()
    assert [row["source"] for row in json.loads(manifest)] == [f"mine.zip/{seed}.png" for seed in range(3)]
    assert (tmp_path / "out-grid.png").exists()
    take_in(source, tmp_path / "again", report=heard.append)
    assert (tmp_path / "again" / "manifest.json").read_text() == manifest
    with pytest.raises(IntakeError, match="not empty"):
        take_in(source, tmp_path / "out")


def test_the_command_prints_counts_or_exits_2_with_one_line(tmp_path, capsys):
    source = zip_of(tmp_path / "mine.zip", [("a.png", encoded(print_of(0))), ("no.txt", b"no")])
    assert main(["prepare", "--images", str(source), "--output", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out.startswith("1 of 2 files taken; refused: 1 wrong type\n1 swatches in")
    (tmp_path / "text.zip").write_bytes(b"no zip")
    useless = zip_of(tmp_path / "useless.zip", [("no.txt", b"no")])
    for wrong, message in [
        (tmp_path / "missing.zip", "there is no folder or zip"),
        (tmp_path / "text.zip", "no zip that can be read"),
        (useless, "none of 1 files can be used (1 wrong type)"),
    ]:
        assert main(["prepare", "--images", str(wrong), "--output", str(tmp_path / f"{wrong.stem}-out")]) == 2
        said = capsys.readouterr()
        assert (said.out, said.err.count("\n")) == ("", 1)
        assert message in said.err
