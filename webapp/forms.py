"""Forms check the shape of what was sent; what it means is for the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import UserCreationForm
from django.utils.translation import gettext_lazy as _

from webapp.models import FIRST_REPEAT_CM, REPEAT_CM
from webapp.services import LARGEST_SEED, MOST_PATTERNS


class GenerateForm(forms.Form):
    category = forms.SlugField()
    count = forms.IntegerField(min_value=1, max_value=MOST_PATTERNS, initial=6, label=_("How many"))
    seed = forms.IntegerField(
        min_value=0,
        max_value=LARGEST_SEED - MOST_PATTERNS,
        required=False,
        label=_("Seed"),
        help_text=_("Leave empty for new prints; the same seed draws the same print again."),
    )


class VaryForm(forms.Form):
    share = forms.FloatField(min_value=0.05, max_value=0.9, label=_("How different"))


class MixForm(forms.Form):
    other = forms.UUIDField(
        error_messages={"required": _("Choose a second print."), "invalid": _("Choose a second print.")}
    )
    share = forms.FloatField(min_value=0.05, max_value=0.95, initial=0.5, label=_("Share of the second"))


class PrintForm(forms.Form):
    repeat = forms.ChoiceField(
        choices=[
            ("basic", _("Basic")),
            ("half-drop", _("Half-drop")),
            ("half-brick", _("Half-brick")),
            ("mirror", _("Mirror")),
        ],
        label=_("Repeat"),
    )
    tile_cm = forms.FloatField(min_value=0.5, max_value=300, initial=FIRST_REPEAT_CM, label=_("Width of a tile in cm"))
    dpi = forms.TypedChoiceField(
        coerce=int, choices=[(dpi, dpi) for dpi in (72, 150, 300, 600)], initial=150, label=_("Dots per inch")
    )
    extension = forms.ChoiceField(choices=[("png", "PNG"), ("tif", "TIFF"), ("jpg", "JPEG")], label=_("File"))

    def __init__(self, *args: Any, basic_only: bool = False, **options: Any) -> None:
        """`basic_only` offers no other repeat: for prints whose version draws none."""
        super().__init__(*args, **options)
        if basic_only:
            self.fields["repeat"].choices = self.fields["repeat"].choices[:1]


class UploadForm(forms.Form):
    photo = forms.FileField(label=_("Photo of a garment"), allow_empty_file=True)


class DesignForm(forms.Form):
    photo = forms.UUIDField()
    pattern = forms.UUIDField(
        error_messages={"required": _("Choose a print first."), "invalid": _("Choose a print first.")}
    )
    garment = forms.UUIDField(required=False, help_text=_("Empty means all clothing."))
    scale = forms.FloatField(min_value=0.05, max_value=20, required=False, label=_("Size of the repeat"))
    repeat_cm = forms.FloatField(min_value=1, max_value=400, required=False, label=_("Size of the repeat in cm"))
    rotation = forms.FloatField(min_value=-360, max_value=360, initial=0, label=_("Rotation in degrees"))
    offset_x = forms.FloatField(min_value=-1, max_value=1, initial=0, required=False, label=_("Shift right"))
    offset_y = forms.FloatField(min_value=-1, max_value=1, initial=0, required=False, label=_("Shift down"))

    def clean(self) -> dict[str, Any]:
        """The size is given in cm by the page, or as a scale (1 is a repeat of 20 cm) by programs."""
        asked = super().clean()
        if asked.get("scale") is None and not {"scale", "repeat_cm"} & set(self.errors):
            if asked.get("repeat_cm") is None:
                self.add_error("repeat_cm", _("Say how wide one repeat is."))
            else:
                asked["scale"] = asked["repeat_cm"] / REPEAT_CM
        return asked


class LayerForm(forms.Form):
    """One layer of a design as the live preview sends it."""

    pattern = forms.UUIDField()
    garment = forms.UUIDField(required=False)
    scale = forms.FloatField(min_value=0.05, max_value=20, label=_("Size of the repeat"))
    rotation = forms.FloatField(min_value=-360, max_value=360, required=False, label=_("Rotation in degrees"))
    offset_x = forms.FloatField(min_value=-1, max_value=1, required=False, label=_("Shift right"))
    offset_y = forms.FloatField(min_value=-1, max_value=1, required=False, label=_("Shift down"))


class TokenForm(forms.Form):
    """The name of a new token for the API."""

    name = forms.CharField(max_length=80, label=_("Name of the token"), widget=forms.TextInput({"autocomplete": "off"}))


class SignUpForm(UserCreationForm):
    pass
