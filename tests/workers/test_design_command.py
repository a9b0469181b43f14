from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def trip(models, monkeypatch, tmp_path: Path) -> SimpleNamespace:
    """The command with fake models: the compositing is the real one."""
    import generator
    from workers import models_cache

    monkeypatch.setattr(generator, "shipped_weights", lambda: {"floral": tmp_path / "floral.safetensors"})
    monkeypatch.setattr(generator, "load_generator", lambda path, device: None)
    monkeypatch.setattr(
        generator, "sample_tile", lambda loaded, *, seed, size: Image.new("RGB", (size, size), (seed, 0, 0))
    )
    found = lambda photo: models.find_garments(photo, progress=lambda share: None)  # noqa: E731
    monkeypatch.setattr(models_cache, "segmenter_named", lambda name: SimpleNamespace(find_garments=found))
    photo = tmp_path / "photo.jpg"
    factories.picture().save(photo, quality=95)
    return SimpleNamespace(photo=photo, output=tmp_path / "made" / "out.png", models=models)


def run(trip: SimpleNamespace, capsys, **options) -> dict:
    options = {"category": "floral", "seed": 200, "output": str(trip.output), **options}
    call_command("design", str(trip.photo), **options)
    return json.loads(capsys.readouterr().out)


def test_the_whole_trip_prints_what_it_did_and_writes_the_picture(trip, capsys) -> None:
    report = run(trip, capsys)
    assert report["pattern"] == {"category": "floral", "seed": 200, "size": 512, "weights": "floral.safetensors"}
    assert [garment["label"] for garment in report["garments"]] == ["upper", "shoes", "shoes"]
    assert {"generate", "segment", "compose", "total"} <= report["seconds"].keys()
    assert report["output"] == str(trip.output)
    assert Image.open(trip.output).size == (120, 160)


def test_one_garment_can_be_chosen_and_a_jpeg_written(trip, capsys) -> None:
    output = trip.output.with_suffix(".jpg")
    assert run(trip, capsys, garment="upper", output=str(output))["garment"] == "upper"
    assert Image.open(output).format == "JPEG"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"category": "camouflage"}, "no category 'camouflage'. Known: floral"),
        ({"garment": "hat"}, "No hat was found on photo.jpg. Found: shoes, upper"),
        ({"output": "out.gif"}, "must end in one of .png"),
        ({"scale": 0}, "--scale must be from 0.05 to 20"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(trip, capsys, options, message) -> None:
    with pytest.raises(CommandError) as error:
        run(trip, capsys, **options)
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert error.value.returncode == 2
    assert not trip.output.exists()


def test_an_active_version_of_the_site_goes_before_the_shipped_file(trip, capsys, settings, tmp_path) -> None:
    from workers.local_files import sha256_of

    settings.AIFASHION_GENERATOR_WEIGHTS_DIR = str(tmp_path)
    weights = tmp_path / "zebra.safetensors"
    weights.write_bytes(b"weights")
    factories.version("zebra", sha256=sha256_of(weights))
    assert run(trip, capsys, category="zebra")["pattern"]["weights"] == "zebra.safetensors"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--category", "camouflage"], "camouflage"),
        (["--category", "floral", "--seed", "seven"], "'seven'"),
        ([], "required: --category"),
    ],
)
def test_the_real_command_ends_with_2_and_one_line_without_tables(tmp_path, options, message) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "design", "no-photo.jpg", *options, "--output", "out.png"],
        env={"AIFASHION_VAR_DIR": str(tmp_path), "PATH": ""},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert message in done.stderr
