import pytest

from tests.training.tiny import write_stripes


@pytest.fixture
def swatches(tmp_path):
    folder = tmp_path / "swatches"
    folder.mkdir()
    write_stripes(folder)
    return folder
