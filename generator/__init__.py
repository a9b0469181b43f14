"""The pattern generator: a seed in, a tile out that repeats without a seam.

The trip through it: `latents` turns a seed into a code, cells and waves; `networks` turns these into a picture;
`sampling` does so at any size; `colour` changes its palette; `upscaling` adds detail; `prints` writes it at a true size
for the printer; `checkpoint` keeps networks on disk. Nothing here knows of the website.
"""

from generator.checkpoint import LoadedGenerator, available_device, load_generator, read_header, shipped_weights
from generator.colour import palette_of, recolour
from generator.errors import GeneratorError, WeightsError
from generator.prints import ENDINGS, PrintFile, export_print
from generator.sampling import MEASURED, REPEATS, measured_tile, reaches_least_look, sample_tile
from generator.upscaling import FACTORS, close_up, upscale, upscale_to

__all__ = [
    "ENDINGS",
    "FACTORS",
    "MEASURED",
    "REPEATS",
    "GeneratorError",
    "LoadedGenerator",
    "PrintFile",
    "WeightsError",
    "available_device",
    "close_up",
    "export_print",
    "load_generator",
    "measured_tile",
    "palette_of",
    "reaches_least_look",
    "read_header",
    "recolour",
    "sample_tile",
    "shipped_weights",
    "upscale",
    "upscale_to",
]
