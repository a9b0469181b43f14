"""The form that starts a run: the settings of webapp.training_settings in the words of the admin."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from webapp.models import TrainingRun
from webapp.training_settings import CELL, PRESETS, WAVE_CHANNELS, Settings

REPEATS = {
    "none": _("none: figures lie where they like"),
    "x": _("along one direction, 12 to 48 px"),
    "lines": _("along one direction, 16 to 40 px (stripes)"),
    "xy": _("along two directions"),
    "square": _("a square grid, 12 to 48 px"),
    "lattice": _("a square grid, 16 to 40 px (dots, checks)"),
    "motif": _("a square grid, 24 to 48 px"),
    "set": _("a square grid, 20 to 40 px (figures)"),
    "large": _("a square grid, 34 to 64 px (large figures)"),
    "chevron": _("along two, both wide (zigzags)"),
    "diamond": _("along two, 24 to 40 px, no wider than tall (argyle)"),
}
ARCHITECTURES = {"spatial": _("seamless, any size"), "dcgan": _("plain DCGAN, 64 px")}
NUMBER = {"step": "any"}
SIZES = [(cells * CELL, f"{cells * CELL} px") for cells in range(4, 17)]


class TrainForm(forms.Form):
    preset = forms.ChoiceField(
        required=False,
        label=_("Preset"),
        choices=[("", _("own numbers")), *((name, words) for name, (words, _settings) in PRESETS.items())],
        help_text=_("Fills the fields below, which can then be changed."),
    )
    start_from = forms.ChoiceField(label=_("Start from"), choices=TrainingRun.Start.choices, initial="scratch")
    minutes = forms.FloatField(required=False, label=_("Minutes"), help_text=_("Give minutes or epochs, not both."))
    epochs = forms.FloatField(required=False, label=_("Epochs"))
    learning_rate = forms.FloatField(label=_("Learning rate"))
    beta1 = forms.FloatField(label=_("Beta 1"))
    beta2 = forms.FloatField(label=_("Beta 2"))
    batch = forms.IntegerField(label=_("Batch"))
    image_size = forms.TypedChoiceField(
        label=_("Image size"),
        coerce=int,
        choices=SIZES,
        help_text=_("Side of the pictures that the generator is trained with."),
    )
    varied_grid = forms.BooleanField(
        required=False, label=_("Vary the size up to it"), help_text=_("For repeats: more of them fit.")
    )
    least_image_size = forms.TypedChoiceField(
        label=_("Smallest size"),
        coerce=int,
        choices=SIZES,
        help_text=_("Where sizes vary. Below 64 px, with an nz of 0, images are one repeat: for large figures."),
    )
    local_channels = forms.IntegerField(label=_("nz"), help_text=_("Noise of each place."))
    global_channels = forms.IntegerField(label=_("Look"), help_text=_("Noise that the whole print shares."))
    features = forms.IntegerField(label=_("ngf"), help_text=_("Width of the generator."))
    inks = forms.IntegerField(
        label=_("Inks"), help_text=_("Colours that a print is mixed from; 0 for any colour anywhere.")
    )
    discriminator_features = forms.IntegerField(label=_("ndf"), help_text=_("Width of the discriminator."))
    architecture = forms.ChoiceField(label=_("Network"), choices=list(ARCHITECTURES.items()))
    waves = forms.ChoiceField(label=_("Repeat"), choices=[(name, REPEATS[name]) for name in WAVE_CHANNELS])
    waves_throughout = forms.BooleanField(
        required=False,
        label=_("Let the whole network know the repeat"),
        help_text=_("For repeats of 16 px or wider."),
    )
    augment = forms.BooleanField(required=False, label=_("Vary light and place of the images"))
    quarter_turns = forms.BooleanField(
        required=False, label=_("Turn the images by 90°"), help_text=_("Right for tossed prints, wrong for stripes.")
    )
    upright = forms.BooleanField(
        required=False, label=_("Keep the images upright"), help_text=_("For figures that have an up and a down.")
    )
    mirrored = forms.BooleanField(
        required=False,
        label=_("Show the images mirrored too"),
        help_text=_("Wrong for figures that bend to one side, as paisleys do."),
    )
    ema_half_life = forms.IntegerField(label=_("Half-life of the average"), help_text=_("In steps; 0 keeps none."))
    cooling = forms.FloatField(
        label=_("Cool-down"),
        help_text=_("Share of the run, at its end, in which learning slows down to nothing: shapes settle."),
    )
    hold_out = forms.FloatField(
        label=_("Hold out"), help_text=_("Share of the images kept out of training to measure with, 0 to 0.5.")
    )
    cut = forms.BooleanField(
        required=False, label=_("Find the cloth in each image first"), help_text=_("For photos of people in clothes.")
    )
    seed = forms.IntegerField(label=_("Seed"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.FloatField):
                field.widget.attrs.update(NUMBER)

    def settings(self) -> Settings:
        """What was filled in. A preset whose numbers were changed is none any more."""
        said = dict(self.cleaned_data)
        said.pop("start_from")
        said["grid"] = said.pop("image_size") // CELL
        said["least_grid"] = said.pop("least_image_size") // CELL
        asked = Settings(**said)
        preset = PRESETS.get(asked.preset)
        alike = preset and all(getattr(preset[1], name) == getattr(asked, name) for name in Settings.TRAINER)
        return asked if alike else replace(asked, preset="")


def values_of(settings: Settings) -> dict[str, Any]:
    """The form's fields for these settings."""
    values = settings.stored()
    values["image_size"] = values.pop("grid") * CELL
    values["least_image_size"] = values.pop("least_grid") * CELL
    return values
