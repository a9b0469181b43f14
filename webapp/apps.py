from __future__ import annotations

from django.apps import AppConfig


class WebappConfig(AppConfig):
    name = "webapp"
    verbose_name = "AI Fashion"

    def ready(self) -> None:
        from webapp import checks, ownership  # noqa: F401  (registers the checks and the login signal)
