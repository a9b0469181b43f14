"""The pattern generator: a seed in, a tile out that repeats without a seam.

The trip through it: `latents` turns a seed into a code, cells and waves; `networks` turns these into a picture;
`sampling` does so at any size; `checkpoint` keeps networks on disk. Nothing here knows of the website.
"""

from generator.checkpoint import LoadedGenerator, available_device, load_generator, read_header, shipped_weights
from generator.errors import GeneratorError, WeightsError
from generator.sampling import sample_tile

__all__ = [
    "GeneratorError",
    "LoadedGenerator",
    "WeightsError",
    "available_device",
    "load_generator",
    "read_header",
    "sample_tile",
    "shipped_weights",
]
