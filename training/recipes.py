"""What each category is made from: photos and how squares are cut from them, composed prints, and how it is trained.

Folders are named as in the sources: fashionTexture (product photos of whole garments) and the FingerCamera folder of
clothing-pattern-dataset (close-ups of worn fabric).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from training.swatches import CutRule

FASHION_TEXTURE = "fashion-texture"
FINGER_CAMERA = "finger-camera"
LICENCES = {
    FASHION_TEXTURE: "fashionTexture of microsoft/ml-server-image-similarity, CC BY 4.0",
    FINGER_CAMERA: "FingerCamera of lstearns86/clothing-pattern-dataset, free to use without restriction",
}


@dataclass(frozen=True)
class Recipe:
    """The making of one category.

    Attributes:
        photos: Folders below the data's folder; those of the fingertip camera are close-ups.
        rule: How squares are cut from the photos.
        recolourings: Copies of each square in other colours, besides the square itself: for cloth photographed in too
            few of them.
        composed: Composed swatches beside the cut ones.
        strict: Compose designs that repeat strictly only, for a generator without local noise.
        config: Name of the training configuration.
    """

    photos: tuple[str, ...] = ()
    rule: CutRule = field(default_factory=CutRule)
    recolourings: int = 0
    composed: int = 0
    strict: bool = False
    config: str = "default"


def _class(name: str) -> str:
    return f"{FASHION_TEXTURE}/{name}"


RECIPES: dict[str, Recipe] = {
    "argyle": Recipe(composed=800, config="diamonds"),
    "cartoon": Recipe(composed=800, config="large"),
    # Gingham and tartan of the close-ups show single threads at any scale, but cloth of other colours than the shirts'.
    "checkered": Recipe(
        (_class("checkered"), f"{FINGER_CAMERA}/checkered"),
        CutRule(lines=2),
        composed=800,
        strict=True,
        config="lattice",
    ),
    "cheetah": Recipe((_class("leopard"),)),
    "dotted": Recipe((_class("dotted"),), CutRule(lines=2), composed=800, strict=True, config="lattice"),
    # Of photographed flowers and paisleys, no two alike, ten minutes taught no more than a painterly texture.
    "floral": Recipe(composed=800, config="large"),
    "herringbone": Recipe(composed=800, config="figures"),
    # Photographed ones point to either side, and between the two lies none: composed teeth all point one way.
    "houndstooth": Recipe(composed=800, config="figures"),
    "leaves": Recipe(composed=800, config="large"),
    "paisley": Recipe(composed=800, config="large"),
    # Three garments, half of their photos with folds, all in uneven light: what lies flat, beside weaves of our own.
    "solid": Recipe(
        (f"{FINGER_CAMERA}/solid",),
        CutRule(plain=True, kept_share=0.3, typical_share=1.0),
        recolourings=11,
        composed=800,
        config="plain",
    ),
    "striped": Recipe((_class("striped"),), CutRule(lines=1), composed=800, strict=True, config="stripes"),
    "tartan": Recipe(composed=800, config="plaids"),
    # A third of the class are pictures of zebras, or other prints and furs, and most others have seams and folds.
    "zebra": Recipe((_class("zebra"),), CutRule(typical_share=0.4), composed=800, config="skins"),
    # The close-ups show four garments, too near to see a zigzag repeat: they are left out.
    "zigzag": Recipe(composed=800, strict=True, config="zigzags"),
}
