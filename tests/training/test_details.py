from __future__ import annotations

import numpy as np
import pytest
import torch

from segmentation.models import CLASSES, UnetConfig, build_unet, normalise
from tests.training.labelled import LABELS
from training.details import CLASS_OF, COUNT, DETAILS, IGNORE, DetailHeads, detail_lookup
from training.garments import Augmenter, class_lookup

SMALL = UnetConfig(height=64, width=64, decoder_channels=(16, 16, 8, 8, 8))
SKIRT, JEANS = (len(CLASSES) + list(DETAILS).index(name) for name in ("skirts", "jeans"))


def outfit() -> tuple[np.ndarray, np.ndarray]:
    """A photo (96, 64, 3) of a shirt, a skirt, a face and shoes, and its mask with details."""
    number = {name: place for place, name in enumerate(DETAILS, len(CLASSES))}
    mask = np.zeros((96, 64), np.uint8)
    mask[4:16, 24:40] = number["bare skin"]
    mask[16:44, 16:48] = number["shirts"]
    mask[44:76, 14:50] = number["skirts"]
    mask[84:94, 20:44] = number["low shoes"]
    photo = np.random.default_rng(0).integers(0, 60, (96, 64, 3), dtype=np.uint8) + 4 * mask[..., None]
    return photo, mask


def test_each_label_has_one_detail_at_most_and_the_class_of_it():
    named = [label for _, labels in DETAILS.values() for label in labels]
    assert len(named) == len(set(named))
    table, classes = detail_lookup(LABELS), class_lookup(LABELS)
    assert (table[LABELS.index("skirt")], table[LABELS.index("jeans")]) == (SKIRT, JEANS)
    expected = {"skirt": "lower", "romper": "dress", "watch": "skin", "null": "background", "hair": "hair"}
    assert {label: CLASSES[classes[LABELS.index(label)]] for label in expected} == expected
    assert classes[LABELS.index("accessories")] == classes[200] == IGNORE


def test_a_mask_of_classes_is_one_with_details():
    assert CLASS_OF[: len(CLASSES)].tolist() == list(range(len(CLASSES)))
    assert CLASS_OF[IGNORE] == IGNORE
    assert CLASS_OF[:COUNT].max() < len(CLASSES)


def test_views_are_the_same_with_details_and_without():
    photo, mask = outfit()
    augment = Augmenter(96, 64, laid_share=0.5, close_share=0.5)
    for seed in range(24):
        picture, detailed = augment(photo, mask, seed)
        other, classes = augment(photo, CLASS_OF[mask], seed)
        assert np.array_equal(picture, other)
        assert np.array_equal(CLASS_OF[detailed], classes)


@pytest.fixture
def seen():
    """A network that saw two pictures, its heads, and their masks."""
    torch.manual_seed(0)
    model = build_unet(SMALL)
    masks = np.zeros((2, 64, 64), np.uint8)
    masks[0, 16:, 8:56], masks[1, 16:, 8:56] = SKIRT, JEANS
    heads = DetailHeads(model, masks)
    rng = np.random.default_rng(0)
    model(normalise(rng.integers(0, 255, (2, 64, 64, 3), dtype=np.uint8)))
    return model, heads, masks


def test_pixels_and_photos_without_known_details_do_not_change_the_loss(seen):
    _, heads, masks = seen
    heads.eval()
    vague = masks.copy()
    vague[1] = np.where(vague[1] == JEANS, CLASSES.index("lower"), 0)
    unknown = masks.copy()
    unknown[1] = np.where(unknown[1] == JEANS, IGNORE, 0)
    losses = [heads.loss(each).item() for each in (masks, vague, unknown)]
    assert len({round(loss, 6) for loss in losses}) == 3
    with torch.no_grad():
        heads.presence.bias += 3  # of a vague photo nothing is asked, of an unknown one that it shows nothing
    changed = [heads.loss(each).item() - loss for each, loss in zip((masks, vague, unknown), losses, strict=True)]
    assert changed[1] < 0.6 * changed[0]
    assert changed[2] > changed[0]
    assert np.isfinite(heads.loss(np.full_like(masks, IGNORE)).item())


def test_the_heads_teach_the_network_to_tell_a_skirt_from_jeans(seen):
    model, heads, masks = seen
    rng = np.random.default_rng(0)
    photos = rng.integers(0, 255, (2, 64, 64, 3), dtype=np.uint8)
    photos[1] //= 2
    before = [parameter.detach().clone() for parameter in model.parameters()]
    optimizer = torch.optim.Adam([*model.parameters(), *heads.parameters()], lr=2e-3)
    losses = []
    for _ in range(30):
        model(normalise(photos))
        loss = heads.loss(masks)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.3 * losses[0]
    moved = {name for (name, now), was in zip(model.named_parameters(), before, strict=True) if not now.equal(was)}
    assert any(name.startswith("encoder") for name in moved)
    assert any(name.startswith("decoder.blocks.1") for name in moved)
    assert not any(name.startswith(("decoder.blocks.2", "segmentation_head")) for name in moved)
