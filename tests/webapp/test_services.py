from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import factories
from webapp import expiry, files, selectors, services
from webapp.errors import BadRequest, NotAllowed, NotFound, NotReady, QueueUnavailable, UploadRefused
from webapp.models import Design, DesignLayer, Garment, Job, ModelVersion, Pattern, Photo
from webapp.services import LayerInput

pytestmark = pytest.mark.django_db


def test_generating_queues_one_job_for_each_consecutive_seed(sent) -> None:
    owner = factories.visitor()
    jobs = services.generate_patterns(owner=owner, category=factories.version().category, count=3, seed=40, size=256)
    assert [job.pattern.seed for job in jobs] == [40, 41, 42]
    assert sent == ["generate"] * len(jobs)
    assert all(job.is_owned_by(owner) and job.pattern.is_owned_by(owner) and not job.pattern.is_ready for job in jobs)


def test_without_a_seed_each_request_starts_somewhere_else(sent) -> None:
    category = factories.version().category
    seeds = {services.generate_patterns(owner=factories.visitor(), category=category)[0].pattern.seed for _ in range(5)}
    assert len(seeds) == 5


@pytest.mark.parametrize(
    "wrong", [{"count": 0}, {"count": 13}, {"seed": -1}, {"seed": 2**63}, {"size": 100}, {"size": 16}, {"size": 9000}]
)
def test_senseless_requests_are_refused_and_leave_nothing(sent, wrong) -> None:
    category = factories.version().category
    with pytest.raises(BadRequest):
        services.generate_patterns(owner=factories.visitor(), category=category, **wrong)
    assert not Pattern.objects.exists()
    assert not sent


def test_a_category_off_the_site_cannot_be_generated(sent) -> None:
    factories.version()
    with pytest.raises(NotFound):
        services.generate_patterns(owner=factories.visitor(), category=factories.category(published=False))
    with pytest.raises(NotFound):
        services.generate_patterns(owner=factories.visitor(), category=factories.category("zebra"))


def test_with_the_broker_down_nothing_half_made_stays(broker_down, stored) -> None:
    owner = factories.visitor()
    photo = factories.segmented_photo(owner)
    pattern = factories.pattern(owner)
    before = stored()
    with pytest.raises(QueueUnavailable, match="nothing was started"):
        services.generate_patterns(owner=owner, category=pattern.category, count=4)
    with pytest.raises(QueueUnavailable):
        services.segment_photo(owner=owner, photo=photo)
    with pytest.raises(QueueUnavailable):
        services.create_design(owner=owner, photo=photo, layers=[LayerInput(pattern)])
    assert not Job.objects.exists()
    assert not Design.objects.exists()
    assert not DesignLayer.objects.exists()
    assert list(Pattern.objects.all()) == [pattern]
    assert list(Photo.objects.all()) == [photo]
    assert stored() == before


def test_a_refused_upload_stores_nothing(stored) -> None:
    with pytest.raises(UploadRefused):
        services.upload_photo(owner=factories.visitor(), file=factories.upload(b"no photo"))
    assert not Photo.objects.exists()
    assert stored() == []


def test_an_upload_keeps_our_own_encoding_and_a_plain_name(stored) -> None:
    file = factories.upload(name="me.jpg")
    file.name = "..\\..\\evil\x00/holiday.jpg"
    photo = services.upload_photo(owner=factories.visitor(), file=file)
    assert photo.original_name == "holiday.jpg"
    assert stored() == sorted([photo.image_key, photo.preview_key])
    assert photo.expires_at > timezone.now() + timedelta(days=6)
    assert services.upload_photo(owner=factories.account(), file=factories.upload()).expires_at is None


def test_a_photo_is_segmented_once_until_that_fails(sent) -> None:
    owner = factories.visitor()
    photo = factories.photo(owner)
    job = services.segment_photo(owner=owner, photo=photo)
    for state in ("queued", "running", "succeeded"):
        Job.objects.update(state=state)
        assert services.segment_photo(owner=owner, photo=photo) == job
    assert len(sent) == 1
    Job.objects.update(state="failed")
    assert services.segment_photo(owner=owner, photo=photo) != job


def test_stock_and_another_s_photo_are_not_segmented(sent) -> None:
    with pytest.raises(NotFound):
        services.segment_photo(owner=factories.visitor(), photo=factories.photo(factories.visitor()))
    with pytest.raises(NotFound):
        services.segment_photo(owner=factories.visitor(), photo=factories.stock_photo())


def test_a_design_keeps_every_parameter(sent) -> None:
    owner = factories.visitor()
    photo, pattern = factories.segmented_photo(owner), factories.pattern(owner)
    layer = LayerInput(pattern, photo.garments.get(), scale=1.5, rotation=30, offset_x=0.25, offset_y=-0.5)
    job = services.create_design(owner=owner, photo=photo, layers=[layer, LayerInput(pattern)])
    assert sent == ["compose"]
    first, second = job.design.layers.all()
    assert (first.scale, first.rotation, first.offset_x, first.offset_y) == (1.5, 30, 0.25, -0.5)
    assert first.garment.label == "upper"
    assert second.garment is None
    assert job.design.parameters["layers"][0]["seed"] == pattern.seed


def test_a_design_on_stock_belongs_to_who_made_it(sent) -> None:
    owner = factories.visitor()
    job = services.create_design(
        owner=owner, photo=factories.stock_photo(), layers=[LayerInput(factories.pattern(owner))]
    )
    assert job.design.is_owned_by(owner)


def test_a_design_of_another_s_things_is_refused(sent) -> None:
    mine, yours = factories.visitor(), factories.visitor()
    my_photo, my_pattern = factories.segmented_photo(mine), factories.pattern(mine)
    your_photo, your_pattern = factories.segmented_photo(yours), factories.pattern(yours)
    with pytest.raises(NotFound):
        services.create_design(owner=mine, photo=your_photo, layers=[LayerInput(my_pattern)])
    with pytest.raises(NotFound):
        services.create_design(owner=mine, photo=my_photo, layers=[LayerInput(your_pattern)])
    with pytest.raises(BadRequest, match="not on this photo"):
        services.create_design(owner=mine, photo=my_photo, layers=[LayerInput(my_pattern, your_photo.garments.get())])
    assert not Design.objects.exists()


def test_a_design_of_unfinished_or_senseless_things_is_refused(sent) -> None:
    owner = factories.visitor()
    photo, pattern = factories.segmented_photo(owner), factories.pattern(owner)
    with pytest.raises(NotReady):
        services.create_design(owner=owner, photo=factories.photo(owner), layers=[LayerInput(pattern)])
    with pytest.raises(NotReady):
        services.create_design(owner=owner, photo=photo, layers=[LayerInput(factories.pattern(owner, ready=False))])
    for layers in ([], [LayerInput(pattern, scale=float("nan"))], [LayerInput(pattern, rotation=1e9)]):
        with pytest.raises(BadRequest):
            services.create_design(owner=owner, photo=photo, layers=layers)


def test_cancelling_ends_a_job_once(sent) -> None:
    owner = factories.visitor()
    job = factories.job(owner, state="running")
    assert services.cancel_job(owner=owner, job=job).state == "cancelled"
    done = factories.job(owner, state="succeeded")
    assert services.cancel_job(owner=owner, job=done).state == "succeeded"
    with pytest.raises(NotFound):
        services.cancel_job(owner=factories.visitor(), job=job)


def test_a_failed_job_can_be_tried_again_and_stays_failed_when_the_broker_is_down(broker_down) -> None:
    owner = factories.visitor()
    job = factories.job(owner, state="failed", error="It broke.", attempts=3)
    with pytest.raises(QueueUnavailable):
        services.retry_job(owner=owner, job=job)
    job.refresh_from_db()
    assert (job.state, job.error, job.attempts) == ("failed", "It broke.", 3)


def test_a_retried_job_starts_from_nothing(sent) -> None:
    owner = factories.visitor()
    job = services.retry_job(owner=owner, job=factories.job(owner, state="cancelled", error="x", attempts=3))
    assert (job.state, job.error, job.attempts) == ("queued", "", 0)
    assert len(sent) == 1
    with pytest.raises(NotAllowed):
        services.retry_job(owner=owner, job=job)


def test_deleting_takes_the_files_along_but_not_those_that_others_share(stored) -> None:
    mine, yours = factories.visitor(), factories.visitor()
    my_pattern, your_pattern = factories.pattern(mine), factories.pattern(yours)
    services.delete_pattern(owner=mine, pattern=my_pattern)
    assert files.exists(your_pattern.image_key)
    services.delete_pattern(owner=yours, pattern=your_pattern)
    assert stored() == []


def test_deleting_a_photo_takes_its_designs_and_masks() -> None:
    owner = factories.visitor()
    design = factories.design(owner)
    photo = design.photo
    keys = [photo.image_key, photo.preview_key, photo.clothing_mask_key, design.image_key, design.preview_key]
    services.delete_photo(owner=owner, photo=photo)
    assert not Photo.objects.exists()
    assert not Design.objects.exists()
    assert not Garment.objects.exists()
    assert not any(files.exists(key) for key in keys)


def test_masks_stay_while_another_photo_of_the_same_bytes_uses_them() -> None:
    mine, yours = factories.visitor(), factories.visitor()
    photo, same = factories.segmented_photo(mine), factories.segmented_photo(yours)
    services.delete_photo(owner=mine, photo=photo)
    assert files.exists(same.clothing_mask_key)


def test_nobody_deletes_or_marks_what_is_another_s(sent) -> None:
    mine, other = factories.visitor(), factories.visitor()
    design = factories.design(mine)
    pattern = design.layers.get().pattern
    for service, thing in (
        (services.delete_design, {"design": design}),
        (services.delete_photo, {"photo": design.photo}),
        (services.delete_photo, {"photo": factories.stock_photo()}),
        (services.delete_pattern, {"pattern": pattern}),
        (services.mark, {"rows": [pattern], "favourite": True}),
    ):
        with pytest.raises(NotFound):
            service(owner=other, **thing)
    assert not Pattern.objects.filter(is_favourite=True).exists()


def test_old_anonymous_uploads_expire_with_what_was_made_from_them() -> None:
    old, fresh = factories.design(factories.visitor()), factories.design(factories.visitor())
    Photo.objects.filter(pk=old.photo_id).update(expires_at=timezone.now() - timedelta(minutes=1))
    assert expiry.expire_photos() == 1
    assert list(Design.objects.all()) == [fresh]
    assert not files.exists(old.photo.image_key)
    assert files.exists(fresh.photo.image_key)


def test_variations_mix_in_other_prints_and_variations_of_them_go_on(sent) -> None:
    owner = factories.visitor()
    pattern = factories.pattern(owner)
    jobs = services.vary_pattern(owner=owner, pattern=pattern, count=3, share=0.2)
    mixes = [job.pattern.latent["mixes"] for job in jobs]
    assert all(
        job.pattern.seed == pattern.seed and len(mix) == 1 and mix[0][1] == 0.2
        for job, mix in zip(jobs, mixes, strict=True)
    )
    assert len({mix[0][0] for mix in mixes}) == 3
    again = services.vary_pattern(owner=owner, pattern=jobs[0].pattern, count=1, share=0.5)[0]
    assert again.pattern.latent["mixes"][0] == mixes[0][0]
    assert again.pattern.recipe == f"seed 7 · 20 % of {mixes[0][0][0]} · 50 % of {again.pattern.latent['mixes'][1][0]}"


def test_a_recoloured_print_stays_the_variation_it_was(sent) -> None:
    owner = factories.visitor()
    variation = services.vary_pattern(owner=owner, pattern=factories.pattern(owner), count=1)[0].pattern
    job = services.recolour_pattern(owner=owner, pattern=variation, palette=["#AA0000", "#00bb00"])
    assert job.pattern.latent == {**variation.latent, "palette": ["#aa0000", "#00bb00"]}


@pytest.mark.parametrize("palette", [[], ["red"], ["#12345g"], ["#000000\n"], ["#000000"] * 13])
def test_a_palette_that_is_none_is_refused(sent, palette) -> None:
    owner = factories.visitor()
    with pytest.raises(services.BadRequest, match="#rrggbb"):
        services.recolour_pattern(owner=owner, pattern=factories.pattern(owner), palette=palette)


def test_variations_without_end_or_of_another_s_print_are_refused(sent) -> None:
    owner = factories.visitor()
    pattern = factories.pattern(owner)
    pattern.latent = {"mixes": [[1, 0.1]] * services.MOST_MIXES}
    with pytest.raises(services.BadRequest, match="16 times over"):
        services.vary_pattern(owner=owner, pattern=pattern)
    with pytest.raises(services.BadRequest, match="between 0 and 1"):
        services.vary_pattern(owner=owner, pattern=pattern, share=float("nan"))
    for refused in (services.vary_pattern, lambda **asked: services.recolour_pattern(palette=["#000000"], **asked)):
        with pytest.raises(services.NotFound):
            refused(owner=factories.visitor(), pattern=pattern)
    assert Pattern.objects.count() == 1


PRINT = {"repeat": "half-drop", "tile_cm": 16.0, "dpi": 150, "extension": "tif"}


def test_a_print_file_is_queued_with_what_was_asked_and_the_tile_keeps_its_own_job(sent) -> None:
    owner = factories.visitor()
    pattern = factories.pattern(owner)
    made = factories.job(owner, "generate", pattern=pattern, state=Job.State.SUCCEEDED)
    job = services.make_print_file(owner=owner, pattern=pattern, **PRINT)
    assert (job.params, sent[-1]) == (PRINT, "generate")
    assert selectors.jobs_of_patterns([pattern]) == {pattern.pk: made}
    assert list(selectors.print_jobs_of(pattern)) == [job]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"repeat": "spiral"}, "repeats as one of"),
        ({"extension": "exe"}, "png, tif or jpg"),
        ({"tile_cm": float("nan")}, "above 0"),
        ({"tile_cm": -1.0}, "above 0"),
        ({"tile_cm": 120.0, "dpi": 300}, "402 megapixels, more than the 150 allowed"),
    ],
)
def test_a_print_file_that_makes_no_sense_or_is_too_large_is_refused(sent, wrong, reason) -> None:
    owner = factories.visitor()
    with pytest.raises(services.BadRequest, match=reason):
        services.make_print_file(owner=owner, pattern=factories.pattern(owner), **{**PRINT, **wrong})
    assert not Job.objects.exists()


def test_what_would_draw_with_a_version_that_is_lost_is_refused_with_the_way_out(sent) -> None:
    owner = factories.visitor()
    pattern, other = factories.pattern(owner), factories.pattern(owner, seed=8)
    ModelVersion.objects.update(weights_key="shipped:floral")
    pattern, other = Pattern.objects.get(pk=pattern.pk), Pattern.objects.get(pk=other.pk)
    for ask in (
        lambda: services.make_print_file(
            owner=owner, pattern=pattern, repeat="basic", tile_cm=20.0, dpi=150, extension="png"
        ),
        lambda: services.vary_pattern(owner=owner, pattern=pattern),
        lambda: services.recolour_pattern(owner=owner, pattern=pattern, palette=["#204060"]),
        lambda: services.mix_patterns(owner=owner, pattern=pattern, other=other),
    ):
        with pytest.raises(NotAllowed, match="draw a print anew"):
            ask()
    with pytest.raises(NotFound, match="cannot be generated yet"):
        services.generate_patterns(owner=owner, category=pattern.category)
    assert (Job.objects.count(), Pattern.objects.count(), sent) == (0, 2, [])


def test_single_pictures_are_drawn_at_their_size_and_what_they_have_not_is_refused_with_the_way_out(sent) -> None:
    owner = factories.visitor()
    category = factories.version().category
    ModelVersion.objects.update(header={"architecture": "dcgan"})
    pattern, other = (services.generate_patterns(owner=owner, category=category)[0].pattern for _ in range(2))
    assert (pattern.size, pattern.first_repeat_cm) == (64, 5)
    with pytest.raises(BadRequest, match="64 pixels only, not 512"):
        services.generate_patterns(owner=owner, category=category, size=512)
    Pattern.objects.update(image_key="patterns/drawn.png")
    pattern, other = Pattern.objects.all()
    before = Job.objects.count()
    for ask in (
        lambda: services.vary_pattern(owner=owner, pattern=pattern),
        lambda: services.mix_patterns(owner=owner, pattern=pattern, other=other),
        lambda: services.make_print_file(owner=owner, pattern=pattern, **PRINT),
    ):
        with pytest.raises(NotAllowed, match="no variations and no mixes, and their files repeat as basic only"):
            ask()
    assert Job.objects.count() == before
    services.recolour_pattern(owner=owner, pattern=pattern, palette=["#204060"])
    services.make_print_file(owner=owner, pattern=pattern, **{**PRINT, "repeat": "basic"})


def test_print_files_go_with_their_print_and_after_some_days(stored, settings) -> None:
    owner = factories.visitor()
    first, second = factories.pattern(owner, seed=1), factories.pattern(owner, seed=2)
    gone, old, young = (factories.printed(owner, pattern) for pattern in (first, second, second))
    services.delete_pattern(owner=owner, pattern=first)
    assert gone.file_key not in stored()
    Job.objects.update(finished_at=timezone.now())
    Job.objects.filter(pk=old.pk).update(finished_at=timezone.now() - timedelta(days=8))
    assert expiry.expire_print_files() == 1
    assert [key for key in stored() if key.startswith("prints/")] == [young.file_key]
