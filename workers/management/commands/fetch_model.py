from __future__ import annotations

import shutil
import tempfile
import urllib.error
import urllib.request
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

TIMEOUT_S = 60
MOST_BYTES = 512 * 2**20


class Command(BaseCommand):
    help = "Fetch a published garment network into the site's storage. Nothing else here ever fetches weights."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="Unet_2020-10-30")
        parser.add_argument("--from", dest="source", help="Another address, or a file, of the same network.")
        parser.add_argument("--sha256", help="The checksum that the file must have.")

    def handle(self, *args: Any, **options: Any) -> None:
        import segmentation
        from workers import published
        from workers.local_files import sha256_of

        name, source = options["name"], options["source"] or segmentation.PUBLISHED_ADDRESS
        if name != segmentation.PUBLISHED:
            raise _error(f"There is no published network {name!r}; there is {segmentation.PUBLISHED}.")
        known = published.record_of(name)
        expected = (options["sha256"] or (known.sha256 if known else "")).lower()
        folder = Path(settings.VAR_DIR) / "cache" / "fetched"
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as place:
            path = Path(place) / f"{name}.zip"
            _download(name, source, path)
            found = sha256_of(path)
            if expected and found != expected:
                whence = "you gave" if options["sha256"] else f"was recorded on {known.fetched if known else ''}"
                raise _error(
                    f"The file from {source} has the checksum {found}, not {expected}, which {whence}. It was refused "
                    f"and nothing was changed. If you know that it is right, give its sum: "
                    f"python manage.py fetch_model {name} --from {source} --sha256 {found}"
                )
            try:
                segmentation.load_published(path, device="cpu")
            except segmentation.SegmentationError as error:
                raise _error(f"The file from {source} was refused: {error}") from error
            fetched = datetime.now(UTC).isoformat(timespec="seconds")
            key = f"{published.FOLDER}/{name}-{found[:16]}.zip"
            published.keep(published.Published(name, key, found, path.stat().st_size, source, fetched), path)
        _mark_as_available(name)
        trust = (
            "the checksum is the expected one"
            if expected
            else "its publisher states no checksum, so this one was recorded and is asked for from now on"
        )
        self.stdout.write(f"Fetched {name} ({path.name}, sha256 {found}): {trust}. Use it: AIFASHION_SEGMENTER={name}")


def _download(name: str, source: str, path: Path) -> None:
    try:
        if "://" not in source:
            shutil.copyfile(source, path)
            return
        if not source.startswith(("http://", "https://")):
            raise _error(f"Expected an address that starts with https://, or a file, got {source}.")
        with urllib.request.urlopen(source, timeout=TIMEOUT_S) as response, path.open("wb") as file:
            declared = response.headers.get("Content-Length")
            while piece := response.read(2**20):
                file.write(piece)
                if file.tell() > MOST_BYTES:
                    raise _error(f"{source} sends more than {MOST_BYTES // 2**20} MB: it is not this network.")
        if declared and path.stat().st_size != int(declared):
            raise _error(f"{source} broke off after {path.stat().st_size:,} of {int(declared):,} bytes. Try again.")
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise _error(
            f"{source} cannot be fetched ({reason}). Try again; where this machine may not reach it, bring the file: "
            f"python manage.py fetch_model {name} --from FILE"
        ) from error


def _mark_as_available(name: str) -> None:
    from django.utils import timezone

    from webapp.models import SegmentationModel

    SegmentationModel.objects.filter(name=name).update(is_available=True, changed_at=timezone.now())


def _error(message: str) -> CommandError:
    return CommandError(" ".join(message.split()), returncode=2)
