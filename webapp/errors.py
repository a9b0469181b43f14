"""What services refuse with. Every message is a sentence for the person who asked."""

from __future__ import annotations

from django.utils.translation import gettext as _


class ServiceError(Exception):
    """Something was refused; `.message` says what and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class UploadRefused(ServiceError):
    """The uploaded file cannot be taken."""


class QueueUnavailable(ServiceError):
    """The broker cannot be reached; nothing was kept."""

    def __init__(self, message: str = "") -> None:
        super().__init__(
            message or _("The queue is not reachable just now, so nothing was started. Try again in a minute.")
        )


class StorageUnavailable(ServiceError):
    """The file storage cannot be reached or refuses; nothing was kept."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or _("The file storage is not reachable just now. Try again in a minute."))


class NotAllowed(ServiceError):
    """The owner may not do this."""


class NotFound(ServiceError):
    """No such thing, or it belongs to someone else: both look the same."""


class NotReady(ServiceError):
    """Something this needs is not finished yet."""


class BadRequest(ServiceError):
    """A parameter makes no sense."""
