"""Private files and the signed links that show them."""

from __future__ import annotations

import mimetypes
import posixpath
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.core.signing import BadSignature, TimestampSigner, b62_encode
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from s3transfer.exceptions import RetriesExceededError

from webapp.errors import StorageUnavailable
from webapp.ownership import known_owner_of

if TYPE_CHECKING:
    from webapp.models import Category, Owned, TrainingImage

STORAGE_ERRORS = (BotoCoreError, ClientError, RetriesExceededError, OSError)
"""What a storage raises that is away, full, or refuses; a missing file is a FileNotFoundError, one of these too."""

YOUNG = timedelta(days=1)
"""What was written within this time may belong to a row that is still to come: no sweep looks at it (webapp.sweep)."""


class _Signer(TimestampSigner):
    def timestamp(self) -> str:
        """The start of the current sixth of a link's life: within it a page's pictures keep their addresses, so that
        browsers show those they have instead of fetching them for every view of the page."""
        step = max(1, settings.FILE_LINK_SECONDS // 6)
        return b62_encode(int(time.time()) // step * step)


_signer = _Signer(salt="webapp.files")


def file_url(key: str, row: Owned | Category | TrainingImage) -> str:
    """An address that shows a file of this row for a while: to the row's owner alone, or, where S3 signs it, to whoever
    has it. Empty for no file."""
    if key and settings.S3_BUCKET and settings.S3_SIGNED_LINKS:
        return default_storage.url(key)
    return own_url(key, row)


def own_url(key: str, row: Owned | Category | TrainingImage) -> str:
    """An address of this site that shows a file of this row to the row's owner for a while. Empty for no file.

    For pictures that scripts draw on a canvas: of another origin's, as S3's are, browsers keep the pixels from them.
    """
    return reverse("file", args=[_signer.sign_object([key, row.holder])]) if key else ""


@require_safe
@cache_control(private=True, max_age=600)
def show_file(request: HttpRequest, token: str) -> HttpResponse:
    """A file, to whom its link was made out. Raises Http404, StorageUnavailable."""
    try:
        key, holder = _signer.unsign_object(token, max_age=settings.FILE_LINK_SECONDS)
    except BadSignature:
        # An expired signature is one kind of bad signature: both look like nothing is there.
        raise Http404(_("This link has expired or is not whole. Reload the page that showed it.")) from None
    if holder and holder != known_owner_of(request).holder:
        raise Http404(_("This link was made for someone else."))
    try:
        file = open_file(key)
    except FileNotFoundError:
        raise Http404(_("This file was deleted.")) from None
    except STORAGE_ERRORS as error:
        raise StorageUnavailable from error
    response = FileResponse(file, content_type=mimetypes.guess_type(key)[0] or "application/octet-stream")
    response["Content-Disposition"] = f'inline; filename="{posixpath.basename(key)}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def store_bytes(key: str, data: bytes) -> str:
    """Write a file whole under exactly this key, over what was there."""
    return default_storage.save(key, ContentFile(data))


def store_file(key: str, path: Path) -> str:
    """Write a local file under exactly this key, without holding it in memory."""
    with path.open("rb") as file:
        return default_storage.save(key, File(file))


def open_file(key: str) -> File:
    """To be read in pieces and closed by whoever asked. Raises FileNotFoundError, STORAGE_ERRORS."""
    file = default_storage.open(key, "rb")
    file.open()  # S3 has been asked for its length alone: it is fetched here, where whoever asked minds failures
    return file


def read_bytes(key: str) -> bytes:
    with open_file(key) as file:
        return file.read()


def exists(key: str) -> bool:
    return bool(key) and default_storage.exists(key)


def written_at(key: str) -> datetime | None:
    """When the file was last written; None where there is none."""
    try:
        return default_storage.get_modified_time(key) if exists(key) else None
    except FileNotFoundError:  # deleted meanwhile
        return None


def taken(key: str) -> bool:
    """Whether the file is there, for a row that is to name it. An old one is written anew: a sweep leaves it then."""
    written = written_at(key)
    if written is not None and timezone.now() - written > YOUNG / 2:
        store_bytes(key, read_bytes(key))
    return written is not None


def keys_under(folder: str) -> list[str]:
    """The keys of the files that lie directly in a folder of the storage. Raises StorageUnavailable."""
    try:
        return [f"{folder}/{name}" for name in default_storage.listdir(folder)[1] if name]
    except FileNotFoundError:
        return []
    except STORAGE_ERRORS as error:
        raise StorageUnavailable from error


def delete_keys(*keys: str) -> None:
    for key in keys:
        if key:
            default_storage.delete(key)


urlpatterns = [path("files/<str:token>", show_file, name="file")]
