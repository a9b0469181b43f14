"""What pages read. Nothing here changes anything."""

from __future__ import annotations

import uuid
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet

from webapp.errors import NotFound
from webapp.models import Category, Design, Job, ModelVersion, Owned, Pattern, Photo
from webapp.ownership import Owner

__all__ = [
    "designs_of",
    "finished_patterns",
    "get_category",
    "get_owned",
    "get_photo",
    "job_of_design",
    "job_of_pattern",
    "jobs_of",
    "patterns_of",
    "photos_of",
    "published_categories",
    "queue_position",
    "segment_job_of",
    "stock_photos",
    "wall_of",
]

OwnedModel = TypeVar("OwnedModel", bound=Owned)


def published_categories() -> QuerySet[Category]:
    """Categories on the site: published, with a version to generate with. Each has `.cover`."""
    active = ModelVersion.objects.filter(category=OuterRef("pk"), is_active=True)
    return Category.objects.published().filter(Exists(active))


def get_category(*, slug: str) -> Category:
    """A published category. Raises NotFound."""
    category = published_categories().filter(slug=slug).first()
    if category is None:
        raise NotFound("There is no such category.")
    return category


def get_owned(model: type[OwnedModel], *, owner: Owner, pk: uuid.UUID | str) -> OwnedModel:
    """A row of this owner. Raises NotFound, also for what belongs to someone else."""
    try:
        return model.objects.owned_by(owner).get(pk=pk)
    except (model.DoesNotExist, ValidationError, ValueError, TypeError):
        raise NotFound(f"This {model._meta.verbose_name} does not exist, or was deleted.") from None


def get_photo(*, owner: Owner, pk: uuid.UUID | str) -> Photo:
    """A photo this owner may use: their own, or a stock garment. Raises NotFound."""
    try:
        stock = stock_photos().filter(pk=pk).first()
    except (ValidationError, ValueError, TypeError):
        raise NotFound("This photo does not exist, or was deleted.") from None
    return stock or get_owned(Photo, owner=owner, pk=pk)


def stock_photos() -> QuerySet[Photo]:
    return Photo.objects.stock().prefetch_related("garments").order_by("stock_slug")


def finished_patterns(*, owner: Owner) -> QuerySet[Pattern]:
    """Finished patterns, newest first, also hidden ones."""
    return (
        Pattern.objects.owned_by(owner)
        .exclude(image_key="")
        .select_related("version__category")
        .order_by("-created_at", "seed")
    )


def patterns_of(*, owner: Owner) -> QuerySet[Pattern]:
    """Finished patterns, newest first, without hidden ones."""
    return finished_patterns(owner=owner).filter(is_hidden=False)


def wall_of(*, owner: Owner, category: Category) -> QuerySet[Pattern]:
    """Prints of a category on this owner's wall, also those that are still being drawn, newest first."""
    return (
        Pattern.objects.owned_by(owner)
        .filter(version__category=category, is_hidden=False)
        .select_related("version__category")
        .order_by("-created_at", "seed")
    )


def photos_of(*, owner: Owner) -> QuerySet[Photo]:
    return Photo.objects.owned_by(owner).filter(stock_slug=None).prefetch_related("garments").order_by("-created_at")


def designs_of(*, owner: Owner) -> QuerySet[Design]:
    """Finished designs, newest first."""
    return (
        Design.objects.owned_by(owner)
        .exclude(image_key="")
        .select_related("photo")
        .prefetch_related("layers__pattern__version__category", "layers__garment")
        .order_by("-created_at")
    )


def jobs_of(*, owner: Owner) -> QuerySet[Job]:
    return Job.objects.owned_by(owner).select_related("pattern", "photo", "design").order_by("-queued_at")


def job_of_pattern(pattern: Pattern) -> Job | None:
    return pattern.jobs.filter(kind=Job.Kind.GENERATE).order_by("-queued_at").first()


def print_jobs_of(pattern: Pattern) -> QuerySet[Job]:
    """Print files of a pattern, made or in the making, newest first."""
    return pattern.jobs.filter(kind=Job.Kind.PRINT).order_by("-queued_at")


def job_of_design(design: Design) -> Job | None:
    return design.jobs.order_by("-queued_at").first()


def segment_job_of(photo: Photo) -> Job | None:
    return photo.jobs.filter(kind=Job.Kind.SEGMENT).order_by("-queued_at").first()


def queue_position(*, job: Job) -> int:
    """1 for the job that is next, 0 for one that no longer waits."""
    if job.state != Job.State.QUEUED:
        return 0
    return Job.objects.filter(kind=job.kind, state=Job.State.QUEUED, queued_at__lt=job.queued_at).count() + 1
