"""Failures in words for the person who waits."""

from __future__ import annotations

NO_MEMORY = "The machine ran out of memory. Try a smaller size, or try again later."
BROKEN_WEIGHTS = "The model for this could not be loaded: its weight file is missing or damaged. Please tell the admin."
FILE_GONE = "A file this needs is gone: it was deleted while the job waited."
STORAGE_DOWN = "The file storage could not be reached. Try again in a minute."
UNKNOWN = "Something went wrong on our side. Try again; if it happens twice, please tell the admin."


class JobFailed(Exception):
    """A failure that already has its sentence."""


def is_out_of_memory(error: BaseException) -> bool:
    # By name: asking for torch's class would import torch where nothing has loaded it.
    if isinstance(error, MemoryError) or "OutOfMemoryError" in _kinds(error):
        return True
    text = str(error).lower()
    return isinstance(error, (RuntimeError, OSError)) and (
        "can't allocate memory" in text or "cannot allocate memory" in text or "out of memory" in text
    )


def message_for(error: BaseException) -> str:
    kinds = _kinds(error)
    if is_out_of_memory(error):
        return NO_MEMORY
    if isinstance(error, JobFailed):
        return str(error)
    if kinds & {"WeightsError", "BrokenWeights", "SafetensorError"}:
        return BROKEN_WEIGHTS
    if kinds & {"GeneratorError", "SegmentationError", "PhotoError"}:
        return str(error)
    if isinstance(error, FileNotFoundError):
        return FILE_GONE
    if kinds & {"BotoCoreError", "ClientError"}:
        return STORAGE_DOWN
    return UNKNOWN


def _kinds(error: BaseException) -> set[str]:
    return {kind.__name__ for kind in type(error).__mro__}
