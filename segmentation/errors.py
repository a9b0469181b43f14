"""What can go wrong with photos and masks, said so that the person who brought the photo understands it."""

from __future__ import annotations


class SegmentationError(ValueError):
    """A photo, mask or weight file cannot be used; the message says why and what to do."""


class WeightsError(SegmentationError):
    """A weight file is missing, damaged or does not fit the network."""


class PhotoError(SegmentationError):
    """A photo cannot be read or is outside the limits."""
