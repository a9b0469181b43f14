"""A garment network that takes a fraction of the time, taught by a large one (Hinton et al. 2015, "Distilling the
knowledge in a neural network"): the large one's encoder as it is, and a lighter decoder after it.

`python -m training distil --data DIR --products PHOTOS --teacher WEIGHTS --output DIR [--resume] [--minutes M]`

Both see the same view of a picture, and nothing but the teacher's answer is asked for (Beyer et al. 2022, "Knowledge
distillation: a good teacher is patient and consistent"): it is right where labels are missing, and it is the answer of
the mean of several runs, which one run's labels would teach away again. The new decoder begins as the most used
channels of the teacher's (`training.slimming`). The encoder stays as it is, so it runs once for both decoders, and what
else goes by its features (`segmentation.kinds`) fits the new network too.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from segmentation.checkpoint import load_weights, version_of
from segmentation.models import STRIDE, normalise
from segmentation.predict import VIEWS
from training.acceleration import autocast
from training.garments import LabelledPhotos, load_product_photos, load_street_photos
from training.slimming import slim_decoder
from training.unet import PRODUCTS, UnetRun, UnetTrainer, add_run_arguments, run_trainer, settings_of

LIGHT = (128, 64, 32, 16)
"""Widths of the lighter decoder, which ends at half the size: a quarter of the default one's multiplications."""

SCALES = tuple(sorted({scale for scale, _ in VIEWS}))
"""Sizes of the pictures by turns, in shares of the working size: those at which predictions will be asked for."""

PRODUCT_EVERY = 6
"""Every so many pictures one is a product photo: the teacher knows all of it, where labels knew its ground alone."""

SLIMMED_BY = 9
"""Batches by which the first decoder is fitted."""


class Distiller(UnetTrainer):
    """A run in which a new decoder learns to answer as a teacher's does.

    Args:
        run: its configuration is the new network's.
        teacher: weight file of a network with the same encoder.
        street, held_out, products, output: as for `UnetTrainer`; the labels choose views and score, and teach nothing.

    Raises:
        ValueError: the teacher has another encoder or other classes.
    """

    def __init__(
        self,
        run: UnetRun,
        teacher: Path,
        street: LabelledPhotos,
        held_out: LabelledPhotos,
        products: LabelledPhotos | None,
        output: Path,
    ) -> None:
        self.teacher, config, _ = load_weights(teacher)
        if (config.encoder, config.classes) != (run.config.encoder, run.config.classes):
            raise ValueError(f"{teacher} has another encoder or other classes than the network to teach. Give its own.")
        run = dataclasses.replace(run, details=0.0)  # the teacher's answers have none
        super().__init__(run, street, held_out, products, output, imagenet=False)
        self.teacher.to(run.device).to(memory_format=torch.channels_last).requires_grad_(False)
        encoder = self.model.get_submodule("encoder")
        encoder.load_state_dict(self.teacher.get_submodule("encoder").state_dict())
        encoder.requires_grad_(False)
        learning = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        self.optimizer = torch.optim.AdamW(learning, lr=run.learning_rate, weight_decay=run.weight_decay)
        self.about = {"teacher": version_of(teacher)}
        self.start = "the teacher's encoder and the most used channels of its decoder"

    def slim(self) -> None:
        """Begin as what is left of the teacher when the least used channels are taken away."""
        batches = [self._as_input(self.draw_batch(step)[0]) for step in range(SLIMMED_BY)]
        slim_decoder(self.model, self.teacher, batches, torch.Generator().manual_seed(self.run.seed))

    def batch_shape(self, step: int) -> tuple[int, int, int]:
        scale = SCALES[step % len(SCALES)]
        height, width = (
            round(side * scale / STRIDE) * STRIDE for side in (self.run.config.height, self.run.config.width)
        )
        return max(2, round(self.run.batch / scale**2)), height, width

    def _as_input(self, photos: np.ndarray) -> torch.Tensor:
        return normalise(photos).to(self.run.device, memory_format=torch.channels_last)

    def loss_of(self, pictures: torch.Tensor, masks: np.ndarray) -> torch.Tensor:
        """How far the answers are from the teacher's: Kullback-Leibler divergence, rare classes counted more."""
        del masks
        with torch.no_grad(), autocast(self.run.device):
            # The teacher's, always in evaluation mode: statistics of its batch norms stay what they are.
            features = self.teacher.get_submodule("encoder")(pictures)
            taught = _decoded(self.teacher, features).float().softmax(1)
        with autocast(self.run.device):
            logits = _decoded(self.model, features).float()
        if logits.shape != taught.shape:
            taught = functional.interpolate(taught, logits.shape[-2:], mode="area")
        divergence = functional.kl_div(logits.log_softmax(1), taught, reduction="none").sum(1)
        weights = torch.einsum("nchw,c->nhw", taught, self.loss.class_weights)
        return (divergence * weights).sum() / weights.sum()


def _decoded(model: nn.Module, features: list[torch.Tensor]) -> torch.Tensor:
    return model.get_submodule("segmentation_head")(model.get_submodule("decoder")(features))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run_arguments(parser, minutes=60.0, learning_rate=1e-3)
    parser.add_argument("--teacher", type=Path, required=True, help="weight file of the network to learn from")
    parser.add_argument("--decoder-channels", type=int, nargs="+", default=LIGHT, help="widths, from coarse to fine")


def run(args: argparse.Namespace) -> int:
    """Run the command; 0 and a JSON line of metrics, or 2 and one line that says what is wrong."""
    return run_trainer(args, _make_distiller)


def _make_distiller(args: argparse.Namespace) -> Distiller:
    _, config, _ = load_weights(args.teacher)
    config = dataclasses.replace(config, decoder_channels=tuple(args.decoder_channels))
    largest = [round(side * SCALES[-1]) for side in (config.height, config.width)]
    street = load_street_photos(args.data, *largest, held_out=False)
    held_out = load_street_photos(args.data, config.height, config.width, held_out=True)
    products = load_product_photos(args.products, *largest, limit=PRODUCTS) if args.products else None
    settings = settings_of(args, config, product_every=PRODUCT_EVERY)
    distiller = Distiller(settings, args.teacher, street, held_out, products, args.output)
    if args.resume:
        distiller.resume()
    else:
        distiller.slim()
    return distiller
