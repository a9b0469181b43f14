from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from webapp.sweep import ownerless_files, sweep


class Command(BaseCommand):
    help = "Remove stored files older than a day that belong to nothing, as a worker that died leaves them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only list them")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["dry_run"]:
            self.stdout.write(f"{sweep()} files removed")
            return
        count = size = 0
        for file in ownerless_files():
            self.stdout.write(f"{file.written:%Y-%m-%d %H:%M}  {file.size:>12,}  {file.key}")
            count, size = count + 1, size + file.size
        self.stdout.write(f"{count} files of {size:,} bytes belong to nothing")
