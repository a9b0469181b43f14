"""What must hold for the repository as a whole."""

import importlib.metadata
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def tracked():
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_exactly_one_opencv_is_installed():
    installed = {d.metadata["Name"].lower() for d in importlib.metadata.distributions() if d.metadata["Name"]}
    assert {name for name in installed if name.startswith("opencv-")} == {"opencv-python-headless"}


def test_no_tracked_file_is_larger_than_25_mb(tracked):
    assert [str(path) for path in tracked if path.stat().st_size > 25_000_000] == []


def test_no_text_names_a_package_registry(tracked):
    hosts = [".".join(parts).encode() for parts in (("pypi", "org"), ("files", "pythonhosted"), ("registry", "npmjs"))]
    text = {".py", ".txt", ".md", ".toml", ".yml", ".yaml", ".json", ".html", ".js", ".css", ""}
    named = [path for path in tracked if path.suffix in text and any(host in path.read_bytes() for host in hosts)]
    assert named == []
