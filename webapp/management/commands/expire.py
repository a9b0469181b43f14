from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from webapp.expiry import expire_all


class Command(BaseCommand):
    help = "Remove what is past its time: of visitors without an account, print files, reports, sessions."

    def handle(self, *args: Any, **options: Any) -> None:
        for what, count in expire_all().items():
            self.stdout.write(f"{what}: {count} removed")
