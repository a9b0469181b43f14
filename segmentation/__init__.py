"""A garment photo in, garment masks out, and a new print on them.

The trip: `load_photo` decodes the picture upright; `load_segmenter(...).find_garments` runs the U-Net small
(models.py, checkpoint.py), settles what is what (predict.py) and refines the masks at the photo's own size
(refine.py); `composite` lays prints on them with the light of the old cloth (shading.py, compositing.py).
"""

from segmentation.compositing import Layer, composite
from segmentation.errors import PhotoError, SegmentationError, WeightsError
from segmentation.photo import decode_own, encode_png, load_photo, pixels_of, thumbnail_of
from segmentation.predict import FoundGarment, FoundGarments, Segmenter, available_device, load_segmenter

__all__ = [
    "FoundGarment",
    "FoundGarments",
    "Layer",
    "PhotoError",
    "SegmentationError",
    "Segmenter",
    "WeightsError",
    "available_device",
    "composite",
    "decode_own",
    "encode_png",
    "load_photo",
    "load_segmenter",
    "pixels_of",
    "thumbnail_of",
]
