"""What services refuse with. Every message is a sentence for the person who asked.

Each class says its own word for programs and its HTTP status, so whoever answers programs needs no list of classes.
"""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop


class ServiceError(Exception):
    """Something was refused; `.message` says what and what to do."""

    code = "refused"
    """One word for programs, which stays when the message is worded better."""
    status = 400
    """The HTTP status that fits."""
    retry_after: int | None = None
    """Seconds after which it is worth asking again; None where waiting alone does not help."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class UploadRefused(ServiceError):
    """The uploaded file cannot be taken."""

    code = "upload_refused"
    status = 422


class UploadTooLarge(UploadRefused):
    """The uploaded file has more bytes or more pixels than are taken."""

    code = "upload_too_large"
    status = 413


class UploadUnreadable(UploadRefused):
    """The uploaded file is of no kind that is taken."""

    code = "upload_unreadable"
    status = 415


class Unavailable(ServiceError):
    """Something that the site needs does not answer just now; asking again later helps."""

    status = 503
    retry_after: int
    said: str
    """The message, in English."""

    def __init__(self) -> None:
        super().__init__(_(self.said))


class QueueUnavailable(Unavailable):
    """The broker cannot be reached; nothing was kept."""

    code = "queue_unavailable"
    retry_after = 60
    said = gettext_noop("The queue is not reachable just now, so nothing was started. Try again in a minute.")


class StorageUnavailable(Unavailable):
    """The file storage cannot be reached or refuses; nothing was kept."""

    code = "storage_unavailable"
    retry_after = 60
    said = gettext_noop("The file storage is not reachable just now. Try again in a minute.")


class Busy(Unavailable):
    """Other large pictures are being read, one after the other, and this one's turn did not come in time."""

    code = "busy"
    retry_after = 10
    said = gettext_noop("Other pictures are being read just now. Try again in ten seconds.")


class OutOfMemory(Unavailable):
    """Memory ran out while a picture was read."""

    code = "out_of_memory"
    retry_after = 60
    said = gettext_noop(
        "The server is short of memory, and this picture is too large for what is left. "
        "Try again in a minute, or make the picture smaller."
    )


class NotAllowed(ServiceError):
    """The owner may not do this."""

    code = "not_allowed"
    status = 403


class TooManyJobs(ServiceError):
    """The owner has as many jobs that wait or run as one may have at a time."""

    code = "too_many_jobs"
    status = 429
    retry_after = 15


class NotFound(ServiceError):
    """No such thing, or it belongs to someone else: both look the same."""

    code = "not_found"
    status = 404


class NotReady(ServiceError):
    """Something this needs is not finished yet."""

    code = "not_ready"
    status = 409


class BadRequest(ServiceError):
    """A parameter makes no sense."""

    code = "bad_request"
