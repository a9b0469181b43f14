from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from webapp.expiry import expire_photos


class Command(BaseCommand):
    help = "Remove anonymous uploads that are past their time, with their masks and designs."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{expire_photos()} photos removed")
