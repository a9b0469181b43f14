"""The wall of prints: mixing, hiding, cancelling all."""

from __future__ import annotations

import uuid

import numpy as np
import pytest

from generator.latents import mixed
from tests import factories
from webapp import selectors, services
from webapp.models import Job, Pattern
from webapp.ownership import Owner

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> Owner:
    return Owner(visitor=uuid.uuid4())


def drawn(seed: int, mixes: list) -> np.ndarray:
    """What the generator makes of a print's seed and mixes, where each seed up to 12 draws an axis of its own."""
    axes = np.eye(13, dtype=np.float32)
    found = axes[seed]
    for other, share in mixes:
        found = mixed(found, axes[other], share)
    return found


def test_two_plain_prints_mix_to_the_first_with_a_share_of_the_second(owner: Owner, sent: list) -> None:
    one, other = factories.pattern(owner, seed=7), factories.pattern(owner, seed=12)
    made = services.mix_patterns(owner=owner, pattern=one, other=other, share=0.3).pattern
    assert (made.seed, made.latent) == (7, {"mixes": [[12, 0.3]]})
    assert (sent, made.jobs.get().state) == (["generate"], "queued")


def test_a_mix_with_a_variation_has_no_candidates(owner: Owner, sent: list) -> None:
    variation = services.vary_pattern(owner=owner, pattern=factories.pattern(owner), count=1)[0].pattern
    made = services.mix_patterns(owner=owner, pattern=variation, other=factories.pattern(owner, seed=12)).pattern
    assert made.latent.keys() == {"mixes"}


def test_two_mixes_mix_by_the_weights_of_their_seeds(owner: Owner, sent: list) -> None:
    one, other = factories.pattern(owner, seed=7), factories.pattern(owner, seed=12)
    for each, mixes in ((one, [[3, 0.4]]), (other, [[5, 0.2], [6, 0.7]])):
        each.latent = {"mixes": mixes, "palette": [f"#{each.seed:06}"]}
        each.save()
    made = services.mix_patterns(owner=owner, pattern=one, other=other, share=0.6).pattern
    between = mixed(drawn(7, [[3, 0.4]]), drawn(12, [[5, 0.2], [6, 0.7]]), 0.6)
    assert drawn(made.seed, made.latent["mixes"]) == pytest.approx(between, abs=1e-5)
    assert made.latent["palette"] == ["#000007"]


def test_what_cannot_be_mixed_is_refused(owner: Owner, sent: list) -> None:
    one = factories.pattern(owner)
    with pytest.raises(services.BadRequest, match="two different"):
        services.mix_patterns(owner=owner, pattern=one, other=one)
    with pytest.raises(services.NotFound):
        services.mix_patterns(owner=owner, pattern=one, other=factories.pattern(Owner(visitor=uuid.uuid4()), seed=8))
    striped = factories.pattern(owner, seed=9)
    striped.version = factories.version("striped")
    with pytest.raises(services.BadRequest, match="by the same version"):
        services.mix_patterns(owner=owner, pattern=one, other=striped)
    assert Pattern.objects.count() == 3


def test_a_hidden_print_leaves_the_wall_and_comes_back(owner: Owner, sent: list) -> None:
    pattern = factories.pattern(owner)
    wall = selectors.wall_of(owner=owner, category=pattern.category)
    services.mark(owner=owner, rows=[pattern], hidden=True)
    assert not wall.all().exists()
    services.mark(owner=owner, rows=[pattern], hidden=False)
    assert wall.all().get() == pattern


def test_cancelling_all_stops_what_waits_of_this_owner_alone(owner: Owner, sent: list) -> None:
    category = factories.pattern(owner).category
    services.generate_patterns(owner=owner, category=category, count=3)
    services.generate_patterns(owner=Owner(visitor=uuid.uuid4()), category=category, count=2)
    assert services.cancel_prints(owner=owner) == 3
    assert Job.objects.active().count() == 2
