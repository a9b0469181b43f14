"""Keeps what a visitor sends from filling the disk before anyone has looked at it."""

from __future__ import annotations

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler


class LimitedUploadHandler(FileUploadHandler):
    """Stands before Django's own handlers and passes no more on than the largest upload and one chunk.

    The rest is read and dropped, so that the sender gets an answer; the file that arrives is larger than allowed, and
    the check of uploads says so.
    """

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data if start <= settings.AIFASHION_MAX_UPLOAD_BYTES else None

    def file_complete(self, file_size: int) -> UploadedFile | None:
        return None
