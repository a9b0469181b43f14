"""A garment photo in, garment masks out, and a new print on them.

The trip: `load_photo` decodes the picture upright; `load_segmenter(...).find_garments` runs the U-Net small
(models.py, checkpoint.py, forward.py), settles what is what (regions.py) and refines the masks at the photo's own size
(refine.py); `apply_strokes` corrects them by hand (corrections.py); `composite` lays prints on them with the light of
the old cloth (shading.py, printing.py, compositing.py), and `preview_maps` lets a browser do the same (preview.py).
"""

from segmentation.compositing import Layer, composite
from segmentation.corrections import Stroke, apply_strokes
from segmentation.errors import PhotoError, SegmentationError, WeightsError
from segmentation.photo import decode_own, encode_png, load_photo, pixels_of, thumbnail_of
from segmentation.predict import FoundGarment, FoundGarments, Segmenter, available_device
from segmentation.preview import BEND_MOST, PREVIEW_SIDE, PreviewMaps, encode_maps, preview_maps, render_preview
from segmentation.printing import REPEAT_CM, repeat_pixels
from segmentation.published import PUBLISHED, PUBLISHED_ADDRESS, load_published
from segmentation.regions import kind_of
from segmentation.registry import load_segmenter
from segmentation.sizes import usual_cm_per_px

__all__ = [
    "BEND_MOST",
    "PREVIEW_SIDE",
    "PUBLISHED",
    "PUBLISHED_ADDRESS",
    "REPEAT_CM",
    "FoundGarment",
    "FoundGarments",
    "Layer",
    "PhotoError",
    "PreviewMaps",
    "SegmentationError",
    "Segmenter",
    "Stroke",
    "WeightsError",
    "apply_strokes",
    "available_device",
    "composite",
    "decode_own",
    "encode_maps",
    "encode_png",
    "kind_of",
    "load_photo",
    "load_published",
    "load_segmenter",
    "pixels_of",
    "preview_maps",
    "render_preview",
    "repeat_pixels",
    "thumbnail_of",
    "usual_cm_per_px",
]
