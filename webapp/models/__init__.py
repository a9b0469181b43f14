"""The nouns of the site. Rows that belong to someone carry either a user or a visitor's random id, never both."""

from webapp.models.blocks import Block
from webapp.models.categories import Category, ShippedCategory
from webapp.models.collections import Collection
from webapp.models.designs import REPEAT_CM, Design, DesignLayer
from webapp.models.jobs import Job
from webapp.models.owned import Owned, OwnedQuerySet
from webapp.models.patterns import CANDIDATES, FIRST_REPEAT_CM, Pattern, recipe_of
from webapp.models.photos import Correction, Garment, Photo
from webapp.models.runs import TrainingNote, TrainingPoint, TrainingRun, TrainingSample
from webapp.models.segmenters import SegmentationModel
from webapp.models.shares import Share
from webapp.models.tokens import ApiToken
from webapp.models.training_images import TrainingImage
from webapp.models.versions import ModelVersion, VersionEvent

__all__ = [
    "CANDIDATES",
    "FIRST_REPEAT_CM",
    "REPEAT_CM",
    "ApiToken",
    "Block",
    "Category",
    "Collection",
    "Correction",
    "Design",
    "DesignLayer",
    "Garment",
    "Job",
    "ModelVersion",
    "Owned",
    "OwnedQuerySet",
    "Pattern",
    "Photo",
    "SegmentationModel",
    "Share",
    "ShippedCategory",
    "TrainingImage",
    "TrainingNote",
    "TrainingPoint",
    "TrainingRun",
    "TrainingSample",
    "VersionEvent",
    "recipe_of",
]
