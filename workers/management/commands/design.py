from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")


class Command(BaseCommand):
    help = "The whole trip in one process: a photo and a category in, the photo in a new print out. JSON on stdout."
    requires_system_checks = ()

    def create_parser(self, *args: Any, **kwargs: Any) -> CommandParser:
        """Complaints about the arguments are one line, as all others are: argparse would print its whole usage."""
        parser = super().create_parser(*args, **kwargs)
        if parser.called_from_command_line:
            parser.error = lambda message: parser.exit(2, f"CommandError: {message}\n")
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("photo", type=Path)
        parser.add_argument("--category", required=True, metavar="SLUG")
        parser.add_argument("--seed", type=int, help="The same seed gives the same print; random when left out.")
        parser.add_argument("--garment", default="all", metavar="LABEL", help='A label such as "dress", or "all".')
        parser.add_argument("--scale", type=float, default=1.0, help="1 makes a repeat 20 cm wide on the garment.")
        parser.add_argument("--output", type=Path, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        output = Path(options["output"])
        if output.suffix.lower() not in SUFFIXES:
            raise _error(f"The output must end in one of {', '.join(SUFFIXES)}, got {output.name!r}.")
        if not 0.05 <= options["scale"] <= 20:
            raise _error(f"--scale must be from 0.05 to 20, got {options['scale']}.")
        try:
            report = self._trip(
                **{key: options[key] for key in ("photo", "category", "seed", "garment", "scale")}, output=output
            )
        except CommandError:
            raise
        except Exception as error:
            if type(error).__module__.split(".")[0] in ("generator", "segmentation", "workers") or isinstance(
                error, OSError
            ):
                raise _error(str(error)) from error
            from workers.messages import NO_MEMORY, is_out_of_memory

            if is_out_of_memory(error):
                raise _error(NO_MEMORY) from error
            raise
        self.stdout.write(json.dumps(report, indent=2))

    def _trip(
        self, *, photo: Path, category: str, seed: int | None, garment: str, scale: float, output: Path
    ) -> dict[str, Any]:
        seconds: dict[str, float] = {}
        with _timed(seconds, "import"):
            import generator
            import segmentation
            from workers import models_cache
            from workers.pipeline import detailed
        weights = _weights(category)
        seed = secrets.randbelow(2**31) if seed is None else seed
        with _timed(seconds, "load_photo"):
            if not photo.is_file():
                raise _error(f"There is no photo {photo}.")
            picture = segmentation.load_photo(photo)
        with _timed(seconds, "load_models"):
            loaded = generator.load_generator(weights, device=settings.AIFASHION_DEVICE)
            segmenter = models_cache.segmenter_named(settings.AIFASHION_SEGMENTER)
        with _timed(seconds, "generate"):
            tile = generator.sample_tile(loaded, seed=seed, size=512)
        with _timed(seconds, "segment"):
            found = segmenter.find_garments(picture)
        masks = [item.mask for item in found.garments if item.label == garment]
        if garment == "all":
            masks = [found.clothing]
        labels = sorted({item.label for item in found.garments})
        if not masks or not any(mask.any() for mask in masks):
            wanted = "garment" if garment == "all" else garment
            raise _error(f"No {wanted} was found on {photo.name}. Found: {', '.join(labels) or 'nothing'}.")
        with _timed(seconds, "compose"):
            drawn = detailed(tile, segmentation.repeat_pixels(scale, found.cm_per_px))
            layers = [segmentation.Layer(tile=drawn, mask=mask, scale=scale) for mask in masks]
            result = segmentation.composite(picture, layers, cm_per_px=found.cm_per_px)
        with _timed(seconds, "save"):
            output.parent.mkdir(parents=True, exist_ok=True)
            if output.suffix.lower() in (".jpg", ".jpeg"):
                result.convert("RGB").save(output, quality=95, subsampling=0)
            elif output.suffix.lower() == ".webp":
                result.save(output, lossless=True)
            else:
                result.save(output, compress_level=3)
        return {
            "pattern": {"category": category, "seed": seed, "size": tile.width, "weights": weights.name},
            "garments": [
                {
                    "label": item.label,
                    "area": round(float(item.area), 4),
                    "confidence": round(float(item.confidence), 4),
                    "box": [int(side) for side in item.box],
                }
                for item in found.garments
            ],
            "garment": garment,
            "scale": scale,
            "repeat_cm": scale * segmentation.REPEAT_CM,
            "cm_per_px": round(found.cm_per_px, 5),
            "size": list(result.size),
            "seconds": {**seconds, "total": round(sum(seconds.values()), 3)},
            "output": str(output),
        }


def _weights(category: str) -> Path:
    """The site's active version of the category; where the site has no tables yet, the shipped file."""
    from django.db import DatabaseError

    from webapp.models import ModelVersion
    from workers.models_cache import weights_path

    try:
        version = ModelVersion.objects.filter(category__slug=category, is_active=True).first()
    except DatabaseError:
        version = None
    if version is not None:
        return weights_path(version)
    import generator

    shipped = generator.shipped_weights()
    if category not in shipped:
        raise _error(f"There is no category {category!r}. Known: {', '.join(sorted(shipped)) or 'none'}.")
    return Path(shipped[category])


@contextmanager
def _timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[step] = round(time.perf_counter() - start, 3)


def _error(message: str) -> CommandError:
    return CommandError(" ".join(message.split()), returncode=2)
