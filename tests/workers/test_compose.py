from __future__ import annotations

from collections.abc import Callable

import pytest

from tests import factories
from webapp import services
from webapp.models import Garment, Job, Photo
from webapp.ownership import Owner
from webapp.services import LayerInput
from workers import tasks

pytestmark = pytest.mark.django_db


def composed(owner: Owner, photo: Photo, *layers: LayerInput, meanwhile: Callable[[], object]) -> Job:
    """A design of these layers, once a worker has taken it; before, something happens to what it is made of."""
    job = services.create_design(owner=owner, photo=photo, layers=layers)
    meanwhile()
    tasks.serve("compose")
    job.refresh_from_db()
    return job


@pytest.mark.parametrize("lost", ["print", "garment"])
def test_a_design_that_lost_a_print_or_a_garment_while_it_waited_fails_and_says_so(sent, stored, lost: str) -> None:
    owner = factories.visitor()
    photo = factories.segmented_photo(owner)
    garment = photo.garments.get()
    stays, goes = factories.pattern(owner, seed=1), factories.pattern(owner, seed=2)
    layers = LayerInput(stays), LayerInput(goes, garment if lost == "garment" else None)

    def delete() -> None:
        if lost == "print":
            services.delete_pattern(owner=owner, pattern=goes)
        else:
            Garment.objects.all().delete()  # as where all strokes of a painted one are taken back

    job = composed(owner, photo, *layers, meanwhile=delete)
    assert job.state == "failed"
    assert "print or a garment of this design was deleted" in job.problem
    assert "Choose another" in job.problem
    assert not job.design.is_ready
    assert not [key for key in stored() if key.startswith("designs/")]


def test_a_design_whose_layers_are_all_there_is_made(sent) -> None:
    owner = factories.visitor()
    photo = factories.segmented_photo(owner)
    layers = LayerInput(factories.pattern(owner)), LayerInput(factories.pattern(owner), photo.garments.get())
    job = composed(owner, photo, *layers, meanwhile=lambda: None)
    assert (job.state, job.error) == ("succeeded", "")
