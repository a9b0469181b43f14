from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import nullcontext

import numpy as np
import pytest
from django.utils import timezone
from PIL import Image

import generator
import segmentation
from aifashion.celery import app
from tests import factories
from tests.generator.conftest import make_dcgan_weights
from webapp import files, services, site_setup
from webapp.models import Category, Garment, Job, ModelVersion, Photo
from webapp.queue import QUEUES, TICKET
from webapp.services import LayerInput
from webapp.services.versions import LOST
from workers import messages, models_cache, pipeline, tasks
from workers.local_files import sha256_of

pytestmark = pytest.mark.django_db


def generate(owner=None, seed: int = 200, **options) -> Job:
    owner = owner or factories.visitor()
    return services.generate_patterns(
        owner=owner, category=factories.version().category, seed=seed, size=64, **options
    )[0]


def test_every_kind_of_job_has_a_queue_and_its_work() -> None:
    assert set(QUEUES) == set(tasks.WORKS) == set(Job.Kind)
    known = {name for name in app.tasks if name.startswith("workers.")}
    assert known == {TICKET, "workers.expire", "workers.sweep_files"}


def test_a_pattern_is_generated_stored_and_its_job_succeeds(sent, models) -> None:
    job = generate()
    tasks.serve("generate")
    job.refresh_from_db()
    assert (job.state, job.progress, job.error, job.attempts) == ("succeeded", 1, "", 1)
    assert job.finished_at >= job.started_at
    assert job.pattern.image_key == f"patterns/{'a' * 64}/200-64.png"
    tile = Image.open(io.BytesIO(files.read_bytes(job.pattern.image_key)))
    assert (tile.size, tile.getpixel((0, 0))) == ((64, 64), (200, 10, 10))


def test_a_variation_takes_the_first_of_its_candidates_that_looks_well(sent, models, monkeypatch) -> None:
    owner = factories.visitor()
    monkeypatch.setattr("webapp.services.patterns.secrets.randbelow", lambda most: 50)
    varied = services.vary_pattern(owner=owner, pattern=factories.pattern(owner, seed=7), count=1, share=0.4)[0]
    models.poor = {50, 51}
    tasks.serve("generate")
    varied.refresh_from_db()
    assert varied.state == "succeeded", varied.error
    assert varied.pattern.latent == {"mixes": [[52, 0.4]]}
    assert models.mixes == [[(52, 0.4)]]
    again = services.vary_pattern(owner=owner, pattern=varied.pattern, count=1, share=0.3)[0]
    models.poor = set(range(40, 70)) - {52}
    tasks.serve("generate")
    again.refresh_from_db()
    assert again.pattern.latent == {"mixes": [[52, 0.4], [52, 0.3]]}
    models.poor = set(range(40, 70))
    hopeless = services.vary_pattern(owner=owner, pattern=varied.pattern, count=1, share=0.2)[0]
    tasks.serve("generate")
    hopeless.refresh_from_db()
    assert hopeless.pattern.latent == {"mixes": [[52, 0.4], [50, 0.2]]}


def test_a_ticket_delivered_twice_does_the_work_once(sent, models) -> None:
    job = generate()
    tasks.serve("generate")
    tasks.serve("generate")
    job.refresh_from_db()
    assert (models.tiles, job.attempts, job.state) == (1, 1, "succeeded")


def test_the_same_seed_asked_again_is_not_computed_again(sent, models) -> None:
    for _ in range(2):
        job = generate()
        tasks.serve("generate")
        job.refresh_from_db()
        assert job.state == "succeeded"
    assert models.tiles == 1


def test_an_old_file_that_a_job_takes_for_its_own_is_young_again(sent, models, own_folder, stored) -> None:
    owner = factories.visitor()
    photo, worn = factories.segmented_photo(owner), factories.pattern(owner)

    def make_all() -> set[str]:
        Photo.objects.update(clothing_maps_key="")
        Garment.objects.update(maps_key="")
        known = set(stored())
        services.request_preview(owner=owner, photo=Photo.objects.get())
        services.create_design(owner=owner, photo=photo, layers=[LayerInput(worn)])
        generate(owner)
        for queue in ("segment", "compose", "generate"):
            tasks.serve(queue)
        assert {job.state for job in Job.objects.all()} == {"succeeded"}
        return set(stored()) - known

    made = make_all()
    for key in stored():
        os.utime(own_folder / "media" / key, (0, 0))
    before = {key: files.read_bytes(key) for key in made}
    assert make_all() == set()
    assert {key.partition("/")[0] for key in made} == {"previews", "designs", "patterns"}
    assert {key: files.read_bytes(key) for key in made} == before
    assert all(timezone.now() - files.written_at(key) < files.YOUNG for key in made)
    assert models.tiles == 1


def test_a_variation_and_a_colourway_are_pictures_of_their_own(sent, models) -> None:
    owner = factories.visitor()
    plain = generate(owner).pattern
    varied = services.vary_pattern(owner=owner, pattern=plain, count=1, share=0.2)[0]
    coloured = services.recolour_pattern(owner=owner, pattern=plain, palette=["#204060"])
    for job in (plain.jobs.get(), varied, coloured):
        tasks.serve("generate")
        job.pattern.refresh_from_db()
    plain.refresh_from_db()
    assert models.mixes == [[], [tuple(varied.pattern.latent["mixes"][0])], []]
    assert len({plain.image_key, varied.pattern.image_key, coloured.pattern.image_key}) == 3
    assert plain.colours == ["#c80a0a"] * 5
    assert coloured.pattern.colours[0] == "#204060"


@pytest.mark.parametrize(
    ("repeat", "width", "height"), [("basic", 200, 200), ("half-drop", 400, 200), ("mirror", 400, 400)]
)
def test_a_print_file_has_its_true_size_and_the_colours_of_its_tile(sent, repeat, width, height, tmp_path) -> None:
    site_setup.set_up_categories()
    site_setup.register_shipped_weights()
    owner = factories.visitor()
    # Spots: of a lattice so small a tile holds three motifs across, but its half-drop an even number of them: two.
    spots = Category.objects.get(slug="cheetah")
    plain = services.generate_patterns(owner=owner, category=spots, seed=5, size=64)[0]
    pattern = services.recolour_pattern(owner=owner, pattern=plain.pattern, palette=["#102040", "#f0e0c0"]).pattern
    tasks.serve("generate")  # the plain one, which came first
    tasks.serve("generate")
    pattern.refresh_from_db()
    asked = {"repeat": repeat, "tile_cm": 5.08, "dpi": 100, "extension": "png"}
    job = services.make_print_file(owner=owner, pattern=pattern, **asked)
    tasks.serve("generate")
    tasks.serve("generate")
    job.refresh_from_db()
    assert (job.state, job.error, job.attempts) == ("succeeded", "", 1)
    picture = Image.open(io.BytesIO(files.read_bytes(job.file_key)))
    assert picture.size == (width, height)
    loaded = models_cache.generator_of(pattern.version)
    plain.pattern.refresh_from_db()
    assert plain.pattern.colours == generator.palette_of(generator.measured_tile(loaded, seed=5), 5)
    tile = Image.open(io.BytesIO(files.read_bytes(pattern.image_key)))
    means = [np.asarray(one).reshape(-1, 3).mean(axis=0) for one in (tile, picture)]
    assert np.abs(np.subtract(*means)).max() < 12  # the edges of its tiles are drawn to fit


def test_a_version_of_single_pictures_draws_them_and_their_files_and_colourways(sent, tmp_path, monkeypatch) -> None:
    loaded = generator.load_generator(make_dcgan_weights(tmp_path / "plain.safetensors"), "cpu")
    monkeypatch.setattr(models_cache, "generator_of", lambda version: loaded)
    owner, category = factories.visitor(), factories.version().category
    ModelVersion.objects.update(header=loaded.header)
    plain = services.generate_patterns(owner=owner, category=category)[0].pattern
    tasks.serve("generate")
    plain.refresh_from_db()
    services.recolour_pattern(owner=owner, pattern=plain, palette=["#102040", "#f0e0c0"])
    services.make_print_file(owner=owner, pattern=plain, repeat="basic", tile_cm=2.54, dpi=100, extension="png")
    tasks.serve("generate")
    tasks.serve("generate")
    assert [(job.state, job.error) for job in Job.objects.all()] == [("succeeded", "")] * 3
    assert Image.open(io.BytesIO(files.read_bytes(plain.image_key))).size == (64, 64)


def test_a_ticket_whose_job_is_gone_is_no_error(sent, models) -> None:
    generate().pattern.delete()
    tasks.serve("generate")
    assert models.tiles == 0


def test_segmenting_stores_every_mask_even_two_of_a_label(sent, models) -> None:
    owner = factories.visitor()
    photo = factories.photo(owner)
    services.segment_photo(owner=owner, photo=photo)
    tasks.serve("segment")
    photo.refresh_from_db()
    assert photo.garments_state == "ready"
    assert sorted(garment.label for garment in photo.garments.all()) == ["shoes", "shoes", "upper"]
    keys = {garment.mask_key for garment in photo.garments.all()}
    assert len(keys) == 3
    assert all(files.exists(key) for key in [photo.clothing_mask_key, *keys])


def test_ten_designs_of_one_photo_and_its_copies_segment_it_once(sent, models) -> None:
    for owner in (factories.visitor(), factories.visitor()):
        photo = factories.photo(owner)
        services.segment_photo(owner=owner, photo=photo)
        tasks.serve("segment")
        photo.refresh_from_db()
        for seed in range(5):
            design = services.create_design(
                owner=owner, photo=photo, layers=[LayerInput(factories.pattern(owner, seed=seed))]
            )
            tasks.serve("compose")
            design.refresh_from_db()
            assert design.state == "succeeded", design.error
        assert photo.garments.count() == 3
    assert models.searches == 1


def test_a_photo_whose_masks_were_half_removed_is_searched_again(sent, models, stored) -> None:
    for gone in ("clothing.png", "shoes-2.png"):
        photo = factories.photo(owner := factories.visitor())
        services.segment_photo(owner=owner, photo=photo)
        tasks.serve("segment")
        (key,) = [key for key in stored() if key.startswith("masks/") and key.endswith(gone)]
        files.delete_keys(key)
    again = factories.photo(owner := factories.visitor())
    services.segment_photo(owner=owner, photo=again)
    tasks.serve("segment")
    assert files.exists(key)
    assert models.searches == 3


def test_a_design_has_the_photo_s_size_and_changes_only_the_garment(sent) -> None:
    owner = factories.visitor()
    photo = factories.segmented_photo(owner)
    job = services.create_design(owner=owner, photo=photo, layers=[LayerInput(factories.pattern(owner))])
    tasks.serve("compose")
    job.refresh_from_db()
    assert (job.state, job.error) == ("succeeded", "")
    before = Image.open(io.BytesIO(files.read_bytes(photo.image_key))).convert("RGB")
    after = Image.open(io.BytesIO(files.read_bytes(job.design.image_key))).convert("RGB")
    assert after.size == before.size
    lower = (0, photo.height // 2, photo.width, photo.height)
    assert after.crop(lower).tobytes() == before.crop(lower).tobytes()
    upper = (0, 0, photo.width, photo.height // 2)
    assert after.crop(upper).tobytes() != before.crop(upper).tobytes()
    assert files.exists(job.design.preview_key)


def test_cancelling_while_it_computes_stops_it_and_stores_nothing(sent, models, stored) -> None:
    owner = factories.visitor()
    job = generate(owner)
    models.during = lambda: services.cancel_job(owner=owner, job=job)
    tasks.serve("generate")
    job.refresh_from_db()
    assert (job.state, models.tiles, job.pattern.image_key, stored()) == ("cancelled", 0, "", [])


def test_a_job_cancelled_while_it_waited_is_not_started(sent, models) -> None:
    owner = factories.visitor()
    job = generate(owner)
    services.cancel_job(owner=owner, job=job)
    tasks.serve("generate")
    assert models.tiles == 0


class WeightsError(Exception):
    pass


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (MemoryError(), messages.NO_MEMORY),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate"), messages.NO_MEMORY),
        (RuntimeError("CUDA out of memory"), messages.NO_MEMORY),
        (WeightsError("bad magic"), messages.BROKEN_WEIGHTS),
        (FileNotFoundError("x"), messages.FILE_GONE),
        (ZeroDivisionError("secret detail"), messages.UNKNOWN),
    ],
)
def test_every_failure_reaches_the_row_in_words(sent, models, error, message) -> None:
    job = generate()
    models.error = error
    with pytest.raises(SystemExit) if message == messages.NO_MEMORY else nullcontext():
        tasks.serve("generate")
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", message)
    assert job.finished_at is not None


def test_after_a_failure_a_retry_succeeds(sent, models) -> None:
    owner = factories.visitor()
    job = generate(owner)
    models.error = ZeroDivisionError()
    tasks.serve("generate")
    models.error = None
    job.refresh_from_db()
    services.retry_job(owner=owner, job=job)
    tasks.serve("generate")
    job.refresh_from_db()
    assert (job.state, job.error) == ("succeeded", "")


@pytest.mark.parametrize(
    ("repeat_pixels", "most", "expected"), [(127, 1024, 64), (129, 1024, 256), (9000, 1024, 256), (9000, 128, 128)]
)
def test_a_tile_is_enlarged_where_a_photo_would_show_it_soft(
    repeat_pixels: float, most: int, expected: int, monkeypatch
) -> None:
    monkeypatch.setattr(pipeline, "MOST_TILE_PIXELS", most)
    drawn = pipeline.detailed(Image.new("RGB", (64, 64), (9, 90, 200)), repeat_pixels)
    assert drawn.size == (expected, expected)
    assert drawn.getpixel((5, 5)) == (9, 90, 200)


def test_a_print_five_times_enlarged_keeps_sharp_edges(sent) -> None:
    owner = factories.visitor()
    photo = factories.segmented_photo(owner)
    pattern = factories.pattern(owner)
    stripes = Image.fromarray(np.tile(np.repeat(np.uint8([0, 255]), 8), (64, 4))).convert("RGB")
    files.store_bytes(pattern.image_key, factories.encoded(stripes, "PNG"))
    cm_per_px = segmentation.usual_cm_per_px(photo.height)
    scale = 5 * 64 * cm_per_px / segmentation.REPEAT_CM
    job = services.create_design(owner=owner, photo=photo, layers=[LayerInput(pattern, scale=scale)])
    tasks.serve("compose")
    job.refresh_from_db()
    assert job.state == "succeeded", job.error
    before = Image.open(io.BytesIO(files.read_bytes(photo.image_key))).convert("RGB")
    mask = np.array(Image.open(io.BytesIO(files.read_bytes(photo.clothing_mask_key))))
    soft = segmentation.composite(before, [segmentation.Layer(stripes, mask, scale=scale)], cm_per_px=cm_per_px)
    drawn = Image.open(io.BytesIO(files.read_bytes(job.design.image_key)))
    largest_steps = [
        np.abs(np.diff(np.asarray(picture.convert("L"), int)[5:35], axis=1)).max(1).mean() for picture in (drawn, soft)
    ]
    assert largest_steps[0] > 1.2 * largest_steps[1]


def test_a_corrupt_or_exchanged_weight_file_fails_the_job_with_a_message(sent, settings, tmp_path) -> None:
    settings.AIFASHION_GENERATOR_WEIGHTS_DIR = str(tmp_path)
    (tmp_path / "floral.safetensors").write_bytes(b"broken")
    job = generate()
    tasks.serve("generate")
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", messages.BROKEN_WEIGHTS)


def test_a_version_that_an_update_wrote_over_draws_from_the_file_that_was_kept(sent, settings, tmp_path) -> None:
    settings.AIFASHION_GENERATOR_WEIGHTS_DIR = str(tmp_path)
    shipped = tmp_path / "floral.safetensors"
    shipped.write_bytes(b"weights")
    version = factories.version(sha256=sha256_of(shipped))
    assert models_cache.weights_path(version) == shipped  # nothing to fetch while it is there
    files.store_bytes(version.weights_key, b"weights")
    shipped.write_bytes(b"newer weights")
    assert models_cache.weights_path(version).read_bytes() == b"weights"


def test_a_print_of_a_version_that_is_lost_says_what_to_do(sent, settings, tmp_path) -> None:
    settings.AIFASHION_GENERATOR_WEIGHTS_DIR = str(tmp_path)
    job = generate()
    ModelVersion.objects.update(weights_key="shipped:floral")
    tasks.serve("generate")
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", LOST)


def test_a_design_whose_pattern_was_deleted_says_so(sent) -> None:
    owner = factories.visitor()
    pattern = factories.pattern(owner)
    job = services.create_design(owner=owner, photo=factories.segmented_photo(owner), layers=[LayerInput(pattern)])
    services.delete_pattern(owner=owner, pattern=pattern)
    tasks.serve("compose")
    job.refresh_from_db()
    assert job.state == "failed"
    assert "print or a garment of this design was deleted" in job.error


@pytest.mark.parametrize("module", ["workers.tasks", "aifashion.wsgi", "webapp.services"])
def test_neither_the_site_nor_the_list_of_tasks_loads_torch(module: str, tmp_path) -> None:
    code = f"import django; django.setup(); import sys, {module}; print('torch' in sys.modules, 'cv2' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"DJANGO_SETTINGS_MODULE": "aifashion.settings", "AIFASHION_VAR_DIR": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["False", "False"], done.stderr
