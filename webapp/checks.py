"""`manage.py check` says what is missing before a designer finds out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register


@register()
def shipped_weights_are_there(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    folder = Path(settings.AIFASHION_GENERATOR_WEIGHTS_DIR)
    if any(folder.glob("*.safetensors")):
        return []
    return [
        Warning(
            f"No generator weights in {folder}: no category can be generated.",
            hint="Restore generator/weights/*.safetensors, or set AIFASHION_GENERATOR_WEIGHTS_DIR.",
            id="webapp.W001",
        )
    ]
