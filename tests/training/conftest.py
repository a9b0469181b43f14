import pytest

from tests.training.labelled import write_labelled_photos
from tests.training.tiny import write_stripes


@pytest.fixture
def swatches(tmp_path):
    folder = tmp_path / "swatches"
    folder.mkdir()
    write_stripes(folder)
    return folder


@pytest.fixture(scope="package")
def labelled(tmp_path_factory):
    """A folder of photos with their masks, as the garment network learns from; nobody writes into it."""
    return write_labelled_photos(tmp_path_factory.mktemp("garments"))
