"""The wall of prints in the studio: two mixed into one, all that wait cancelled."""

from __future__ import annotations

import math

from django.utils.translation import gettext as _

from webapp.errors import BadRequest
from webapp.models import CANDIDATES, Job, Pattern
from webapp.ownership import Owner
from webapp.services.common import must_own
from webapp.services.patterns import MOST_MIXES, queue_patterns, refuse_single_pictures, relative_of


def mix_patterns(*, owner: Owner, pattern: Pattern, other: Pattern, share: float = 0.5) -> Job:
    """Queue a print between two prints of one generator.

    Raises BadRequest, NotAllowed, NotFound, TooManyJobs, QueueUnavailable.

    A print's latent is a sum of the draws of its seeds, weighted so that the squares of the weights add up to 1
    (`generator.latents.mixed`). So two prints that are mixes themselves are mixed by their weights. The colours are
    those of `pattern`.

    Args:
        share: How far it goes to `other`: 0 would be `pattern` itself, 1 the other.
    """
    for each in (pattern, other):
        must_own(owner, each)
    if pattern.pk == other.pk or not 0 < share < 1:
        raise BadRequest(_("Choose two different prints, and a share between 0 and 1."))
    if pattern.version_id != other.version_id:
        raise BadRequest(_("Only two prints of one category, drawn by the same version of it, can be mixed."))
    refuse_single_pictures(pattern.version)
    weights: dict[int, float] = {}
    for each, part in ((pattern, math.cos(share * math.pi / 2)), (other, math.sin(share * math.pi / 2))):
        for seed, weight in _weights_of(each).items():
            weights[seed] = weights.get(seed, 0.0) + part * weight
    if len(weights) > MOST_MIXES + 1:
        raise BadRequest(
            _("Together these two are made of more than %(most)s prints. Mix simpler ones.") % {"most": MOST_MIXES + 1}
        )
    (first, weight), *rest = weights.items()
    length, mixes = weight**2, []
    for seed, weight in rest:
        length += weight**2
        mixes.append([seed, round(math.asin(weight / math.sqrt(length)) / (math.pi / 2), 6)])
    latent = {**(pattern.latent or {}), "mixes": mixes}
    latent.pop(CANDIDATES, None)
    return queue_patterns(owner, [{**relative_of(pattern, latent), "seed": first}])[0]


def _weights_of(pattern: Pattern) -> dict[int, float]:
    """The weight of each seed in a print."""
    weights = {pattern.seed: 1.0}
    for seed, share in (pattern.latent or {}).get("mixes", []):
        weights = {each: weight * math.cos(share * math.pi / 2) for each, weight in weights.items()}
        weights[seed] = weights.get(seed, 0.0) + math.sin(share * math.pi / 2)
    return weights


def cancel_prints(*, owner: Owner) -> int:
    """Stop every print of this owner that waits or is being drawn; returns how many there were."""
    return Job.objects.owned_by(owner).filter(kind=Job.Kind.GENERATE).cancel()
