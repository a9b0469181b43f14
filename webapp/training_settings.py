"""What a training run may be asked for: presets, their limits, and what can start from what.

The names and defaults are those of training.config.DcganConfig, and a test holds them to it; the presets are read from
the trainer's file of them.
"""

from __future__ import annotations

import tomllib
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings as site_settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from webapp.errors import BadRequest
from webapp.models import Category, ModelVersion
from webapp.site_setup import safetensors_metadata

PATCH = 64
"""Side in pixels of what the discriminator sees, of every configuration."""
CELL = 8
"""Side in pixels of a latent cell of the seamless generator."""
LEAST_IMAGES = 16
WIDE_GRIDS = ("lattice", "motif", "set", "large", "chevron", "diamond")
WAVE_CHANNELS = {"none": 0, "x": 4, "lines": 4} | dict.fromkeys(("xy", "square", *WIDE_GRIDS), 8)
"""Inputs of the generator for each kind of regular repeat."""
WIDE_REPEATS = ("lines", *WIDE_GRIDS)
"""Those of 16 px or more, which can be read among the cells."""


@dataclass(frozen=True)
class Settings:
    """One run. `minutes` or `epochs` says how long; the other is None."""

    preset: str = "default"
    architecture: str = "spatial"
    local_channels: int = 10
    global_channels: int = 20
    waves: str = "none"
    waves_throughout: bool = False
    features: int = 48
    inks: int = 0
    discriminator_features: int = 48
    grid: int = 8
    varied_grid: bool = False
    least_grid: int = PATCH // CELL
    batch: int = 32
    learning_rate: float = 2e-4
    beta1: float = 0.5
    beta2: float = 0.999
    augment: bool = True
    quarter_turns: bool = False
    upright: bool = False
    mirrored: bool = True
    ema_half_life: int = 200
    cooling: float = 0.2
    seed: int = 0
    minutes: float | None = 20.0
    epochs: float | None = None
    hold_out: float = 0.0
    cut: bool = False

    NETWORK = ("architecture", "local_channels", "global_channels", "waves", "waves_throughout", "features", "inks")
    """What decides how the generator is built."""

    SHAPE = (*NETWORK, "discriminator_features", "grid", "varied_grid", "least_grid", "batch", "augment")
    """What decides how long a step takes."""

    TRAINER = (
        *(*SHAPE, "learning_rate", "beta1", "beta2", "quarter_turns", "upright", "mirrored"),
        *("ema_half_life", "cooling", "seed"),
    )
    """What the trainer is given."""

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Settings:
        """From a row's JSON; entries of other versions of the site are left out."""
        known = {entry.name for entry in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})

    def stored(self) -> dict[str, Any]:
        return asdict(self)

    def shape(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.SHAPE}

    def network_arguments(self) -> dict[str, Any]:
        """The header entry `hyper_parameters` of a generator of these settings."""
        if self.architecture == "dcgan":
            return {"latent_channels": self.local_channels, "features": self.features}
        return {
            "local_channels": self.local_channels,
            "global_channels": self.global_channels,
            "wave_channels": WAVE_CHANNELS[self.waves],
            "waves_throughout": self.waves_throughout,
            "features": self.features,
            "inks": self.inks,
        }


PRESET_WORDS = {
    "default": gettext_lazy("Tossed prints: fur, flowers"),
    "skins": gettext_lazy("Skins in few clear colours: zebra, tiger"),
    "plain": gettext_lazy("Plain cloth"),
    "stripes": gettext_lazy("Stripes"),
    "lattice": gettext_lazy("Dots, checks and plaid"),
    "zigzags": gettext_lazy("Zigzags in a strict repeat"),
    "diamonds": gettext_lazy("Argyle: diamonds no wider than tall"),
    "figures": gettext_lazy("Small motifs in rows: houndstooth, herringbone"),
    "large": gettext_lazy("Large motifs in rows: flowers, leaves, paisleys, figures"),
    "plaids": gettext_lazy("Tartans: plaids of three colours or more"),
    "seed": gettext_lazy("Plain DCGAN of 2022: one 64 px picture, not seamless"),
}
"""The presets of the trainer that a category may be trained with; the others are baselines."""


def _presets() -> dict[str, tuple[Any, Settings]]:
    numbers = tomllib.loads((Path(site_settings.BASE_DIR) / "training" / "presets.toml").read_text())
    return {name: (words, Settings(preset=name, **numbers[name])) for name, words in PRESET_WORDS.items()}


PRESETS = _presets()
"""For each preset its words and its settings."""


def preset_of(category: Category) -> Settings:
    """Where the form begins: as the active version was trained, else the default.

    What its header does not say, because there was no such setting yet, is what the preset that it agrees with says.
    """
    version = category.active_version
    trained = (version.header if version else {}).get("training")
    if not isinstance(trained, dict):
        return PRESETS["default"][1]
    # A run that was taken up again has the cool-down of its last part, which is no measure for a whole one.
    known = {name: trained[name] for name in Settings.TRAINER if name in trained and name != "cooling"}
    for _words, preset in PRESETS.values():
        if all(getattr(preset, name) == value for name, value in known.items()):
            return preset
    return replace(PRESETS["default"][1], **known, preset="")


def check_settings(asked: Settings, *, images: int) -> None:
    """Raises BadRequest, with what to change."""
    if asked.architecture not in ("spatial", "dcgan") or asked.waves not in WAVE_CHANNELS:
        raise BadRequest(_("Choose the kind of network and the kind of repeat from the lists."))
    if asked.architecture == "dcgan" and (asked.waves != "none" or asked.grid * CELL != PATCH or asked.global_channels):
        raise BadRequest(_("The plain DCGAN has no repeat, no look of its own, and an image size of 64."))
    if asked.varied_grid and asked.architecture == "dcgan":
        raise BadRequest(_("The plain DCGAN draws pictures of one size: leave out the varied sizes."))
    if asked.varied_grid and asked.least_grid > asked.grid:
        raise BadRequest(_("Sizes vary from the smallest up to the image size: choose a smaller smallest size."))
    if asked.local_channels and (asked.least_grid if asked.varied_grid else asked.grid) * CELL < PATCH:
        raise BadRequest(_("Images below 64 px are one repeat, laid side by side: set nz to 0, or choose larger ones."))
    if asked.inks == 1 or (asked.inks and asked.architecture == "dcgan"):
        raise BadRequest(_("Inks are 2 or more and for the seamless network; 0 lets it draw any colour anywhere."))
    if asked.waves_throughout and asked.waves not in WIDE_REPEATS:
        raise BadRequest(_("The whole network can know a repeat of 16 px or wider only: choose one, or leave it."))
    ranges: dict[str, tuple[float, float, str]] = {
        "learning_rate": (1e-6, 0.01, _("The learning rate")),
        "beta1": (0, 0.999, _("Beta 1")),
        "beta2": (0, 0.99999, _("Beta 2")),
        "batch": (2, 512, _("The batch")),
        "grid": (4, 16, _("The image size in cells of 8 px")),
        "least_grid": (4, 16, _("The smallest size in cells of 8 px")),
        "local_channels": (0, 512, _("nz")),
        "global_channels": (0, 512, _("The look")),
        "features": (3, 128, _("ngf")),
        "discriminator_features": (2, 128, _("ndf")),
        "inks": (0, 16, _("The number of inks")),
        "ema_half_life": (0, 100_000, _("The half-life of the average")),
        "cooling": (0, 1, _("The cool-down")),
        "seed": (0, 2**31, _("The seed")),
        "hold_out": (0, 0.5, _("The share kept out")),
    }
    for name, (low, high, words) in ranges.items():
        if not low <= getattr(asked, name) <= high:
            raise BadRequest(
                _("%(words)s is from %(low)g to %(high)g, not %(value)g.")
                % {"words": words, "low": low, "high": high, "value": getattr(asked, name)}
            )
    if asked.architecture == "dcgan" and not asked.local_channels:
        raise BadRequest(_("The plain DCGAN draws from nz alone: give it a number above 0."))
    if asked.local_channels + asked.global_channels + WAVE_CHANNELS[asked.waves] == 0:
        raise BadRequest(_("The generator needs some noise to draw from: give nz or the look a number above 0."))
    if (asked.minutes is None) == (asked.epochs is None):
        raise BadRequest(_("Say either for how many minutes to train or for how many epochs, not both."))
    if asked.minutes is not None and not 0.1 <= asked.minutes <= 60 * 24 * 14:
        raise BadRequest(_("The minutes are from 0.1 to two weeks."))
    if asked.epochs is not None and not 0.1 <= asked.epochs <= 100_000:
        raise BadRequest(_("The epochs are from 0.1 to 100,000."))
    if images < LEAST_IMAGES:
        raise BadRequest(
            _(
                "This category has %(images)s training images, and %(least)s are the least: "
                "upload more first. A few hundred give a good generator."
            )
            % {"images": images, "least": LEAST_IMAGES}
        )
    if asked.hold_out and images * asked.hold_out < LEAST_IMAGES:
        raise BadRequest(
            _(
                "Of %(images)s images, a share of %(hold_out)g is about %(kept).0f: too few to "
                "measure with. Keep none out, or upload more: %(least)s must be kept out."
            )
            % {
                "images": images,
                "hold_out": asked.hold_out,
                "kept": images * asked.hold_out,
                "least": LEAST_IMAGES,
            }
        )


def check_start(asked: Settings, *, start_from: str, category: Category) -> ModelVersion | None:
    """The version to start from, if that is what was asked. Raises BadRequest, with what does not fit.

    The base and a version of ours hold both networks. A version that came with the site or was imported holds the
    generator alone: its discriminator is the base's where that is as wide, else one that starts anew.
    """
    if start_from == "base":
        base_for(asked)
    if start_from != "active":
        return None
    version = category.active_version
    if version is None:
        raise BadRequest(
            _("%(name)s has no active version yet. Start from the base or from nothing.") % {"name": category.name}
        )
    _must_be_built_as(version.header, asked, _("version %(number)s") % {"number": version.number})
    ndf = version.header.get("training", {}).get("discriminator_features")
    if version.networks_key:
        _must_judge_as(ndf, asked, _("Version %(number)s") % {"number": version.number})
    return version


def possible_starts(asked: Settings, category: Category) -> dict[str, str]:
    """Each start, with why it does not fit these settings; empty where it does."""
    reasons = {}
    for start in ("scratch", "base", "active"):
        try:
            check_start(asked, start_from=start, category=category)
        except BadRequest as error:
            reasons[start] = error.message
        else:
            reasons[start] = ""
    return reasons


@cache
def _header_of(path: Path, changed: float) -> dict[str, Any]:
    return safetensors_metadata(path)["aifashion"]


def bases() -> list[tuple[Path, dict[str, Any]]]:
    """Files of both networks that any category may start from, with their headers; unreadable ones are left out."""
    place = Path(site_settings.AIFASHION_BASE_NETWORKS)
    found = []
    for path in sorted(place.glob("*.safetensors")) if place.is_dir() else [place]:
        with suppress(OSError, ValueError, KeyError):
            found.append((path, _header_of(path, path.stat().st_mtime)))
    return found


def base_for(asked: Settings) -> Path:
    """The base that is built as these settings ask. Raises BadRequest: what the first was built with, if none is."""
    refusal = BadRequest(_("The base is not on this machine. Start from nothing, or from the active version."))
    for path, header in reversed(bases()):
        try:
            _must_be_built_as(header, asked, _("the base"))
            _must_judge_as(header.get("discriminator_features"), asked, _("The base"))
        except BadRequest as error:
            refusal = error
        else:
            return path
    raise refusal


def _must_be_built_as(header: dict[str, Any], asked: Settings, what: str) -> None:
    # Older files do not tell of waves throughout. The layers that mix inks start anew where there were others, or none.
    # Repeats of other lengths are learned soon, where the waves go as many ways.
    built, wanted = (
        {"waves_throughout": False, **numbers} | {"inks": None}
        for numbers in (header.get("hyper_parameters") or {}, asked.network_arguments())
    )
    if header.get("architecture") != asked.architecture:
        raise BadRequest(
            _("The network of %(what)s is another kind. Take its settings, or start from nothing.") % {"what": what}
        )
    if built != wanted:
        words = {
            "local_channels": "nz",
            "latent_channels": "nz",
            "global_channels": "look",
            "wave_channels": "repeat",
            "waves_throughout": _("a repeat that the whole network knows:"),
            "features": "ngf",
        }
        differing = [
            f"{words.get(name, name)} {_said(built.get(name))}" for name in wanted if built.get(name) != wanted[name]
        ]
        raise BadRequest(
            _(
                "This run cannot start from %(what)s, which was built with %(choices)s: take these "
                "numbers, or start from nothing."
            )
            % {"what": what, "choices": ", ".join(differing)}
        )


def _said(value: Any) -> str:
    return (_("yes") if value else _("no")) if isinstance(value, bool) else str(value)


def _must_judge_as(ndf: int | None, asked: Settings, what: str) -> None:
    if ndf != asked.discriminator_features:
        raise BadRequest(
            _(
                "%(what)s has a discriminator of ndf %(ndf)s, this run one of "
                "%(wanted)s: take its number, or start from nothing."
            )
            % {"what": what, "ndf": ndf, "wanted": asked.discriminator_features}
        )
