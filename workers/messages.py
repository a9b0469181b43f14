"""Failures in words for the person who waits: kept in English, translated where they are shown (Job.problem)."""

from __future__ import annotations

from django.utils.translation import gettext_noop

NO_MEMORY = gettext_noop("The machine ran out of memory. Try a smaller size, or try again later.")
BROKEN_WEIGHTS = gettext_noop(
    "The model for this could not be loaded: its weight file is missing or damaged. Please tell the admin."
)
FILE_GONE = gettext_noop("A file this needs is gone: it was deleted while the job waited.")
STORAGE_DOWN = gettext_noop("The file storage could not be reached. Try again in a minute.")
UNKNOWN = gettext_noop("Something went wrong on our side. Try again; if it happens twice, please tell the admin.")


class JobFailed(Exception):
    """A failure that already has its sentence."""


def is_out_of_memory(error: BaseException | None) -> bool:
    """Whether this error, or one that it was raised from, says that memory ran out."""
    if error is None:
        return False
    # By name: asking for their classes would import torch and OpenCV where nothing has loaded them.
    kinds, text = _kinds(error), str(error).lower()
    if kinds & {"MemoryError", "OutOfMemoryError"} or (
        type(error).__module__ == "cv2" and "insufficient memory" in text
    ):
        return True
    # The last is all that oneDNN says where it finds no room for a layer's code.
    said = (
        "can't allocate memory",
        "cannot allocate memory",
        "not enough memory",
        "out of memory",
        "could not create a primitive",
    )
    if isinstance(error, (RuntimeError, OSError)) and any(words in text for words in said):
        return True
    return is_out_of_memory(error.__cause__)


def message_for(error: BaseException) -> str:
    kinds = _kinds(error)
    if is_out_of_memory(error):
        return NO_MEMORY
    if isinstance(error, JobFailed):
        return str(error)
    if kinds & {"WeightsError", "BrokenWeights", "SafetensorError"}:
        return BROKEN_WEIGHTS
    if kinds & {"GeneratorError", "SegmentationError", "PhotoError", "IntakeError"}:
        return str(error)
    if isinstance(error, FileNotFoundError):
        return FILE_GONE
    if kinds & {"BotoCoreError", "ClientError", "RetriesExceededError"}:
        return STORAGE_DOWN
    return UNKNOWN


def _kinds(error: BaseException) -> set[str]:
    return {kind.__name__ for kind in type(error).__mro__}
