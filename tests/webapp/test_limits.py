"""The most jobs that an owner may have at a time: refused whole, with the cause and what to do."""

from __future__ import annotations

from html import unescape

import pytest
from django.urls import reverse

from tests import factories
from tests.site_calls import browser
from webapp import services
from webapp.models import Job, Pattern, Photo
from webapp.ownership import Owner

pytestmark = pytest.mark.django_db

FILE = {"repeat": "basic", "tile_cm": 1.0, "dpi": 72, "extension": "png"}


@pytest.fixture(autouse=True)
def most(settings) -> None:
    settings.AIFASHION_MAX_ACTIVE_JOBS = 6


def busy(owner: Owner, count: int) -> list[Job]:
    return [factories.job(owner, "compose", state=("running", "queued")[number % 2]) for number in range(count)]


def test_more_than_the_most_is_refused_whole_and_what_is_finished_does_not_count(sent) -> None:
    owner, other = factories.visitor(), factories.visitor()
    category = factories.version().category
    jobs = busy(owner, 4)
    with pytest.raises(services.TooManyJobs, match=r"4 of your prints.*room for 2 more") as refused:
        services.generate_patterns(owner=owner, category=category, count=3)
    assert (refused.value.code, refused.value.status, Pattern.objects.count(), sent) == ("too_many_jobs", 429, 0, [])
    services.generate_patterns(owner=owner, category=category, count=2)
    with pytest.raises(services.TooManyJobs, match=r"6 of your prints.*the most at a time.*cancel"):
        services.generate_patterns(owner=owner, category=category)
    services.generate_patterns(owner=other, category=category, count=6)
    services.cancel_job(owner=owner, job=jobs[0])
    Job.objects.filter(pk=jobs[1].pk).update(state="succeeded")
    services.generate_patterns(owner=owner, category=category, count=2)


def test_whatever_makes_a_job_is_refused_and_leaves_nothing(sent, stored) -> None:
    owner = factories.visitor()
    pattern, photo = factories.pattern(owner), factories.segmented_photo(owner)
    failed = factories.job(owner, state="failed")
    before = (stored(), Pattern.objects.count(), Photo.objects.count(), Job.objects.count() + 6)
    busy(owner, 6)
    asked = (
        lambda: services.vary_pattern(owner=owner, pattern=pattern, count=1),
        lambda: services.recolour_pattern(owner=owner, pattern=pattern, palette=["#112233"]),
        lambda: services.make_print_file(owner=owner, pattern=pattern, **FILE),
        lambda: services.upload_photo(owner=owner, file=factories.upload(b"not even read")),
        lambda: services.segment_photo(owner=owner, photo=photo),
        lambda: services.create_design(owner=owner, photo=photo, layers=[services.LayerInput(pattern)]),
        lambda: services.request_preview(owner=owner, photo=photo),
        lambda: services.retry_job(owner=owner, job=failed),
    )
    for ask in asked:
        with pytest.raises(services.TooManyJobs):
            ask()
    assert (stored(), Pattern.objects.count(), Photo.objects.count(), Job.objects.count()) == before
    failed.refresh_from_db()
    assert (failed.state, sent) == ("failed", [])


def test_print_files_of_more_prints_than_there_is_room_for_are_all_refused(sent) -> None:
    owner = factories.visitor()
    patterns = [factories.pattern(owner, seed=seed) for seed in range(7)]
    with pytest.raises(services.TooManyJobs, match="7 things at once, and 6 is the most"):
        services.make_print_files(owner=owner, patterns=patterns, **FILE)
    assert not Job.objects.exists()


def test_the_studio_says_why_no_more_prints_are_drawn_and_keeps_what_was_chosen(sent) -> None:
    owner = factories.visitor()
    pattern = factories.pattern(owner)
    busy(owner, 6)
    asked = {"category": "floral", "count": 2, "next": f"{reverse('studio')}?category=floral&pattern={pattern.pk}"}
    page = browser(owner).post(reverse("generate"), asked, follow=True)
    assert page.request["QUERY_STRING"] == f"category=floral&pattern={pattern.pk}"
    assert "6 of your prints and pictures are still being made" in unescape(page.content.decode())
    assert Pattern.objects.count() == 1


def test_the_live_preview_s_render_is_refused_as_json_with_the_reason(sent) -> None:
    owner = factories.visitor()
    pattern, photo = factories.pattern(owner), factories.segmented_photo(owner)
    busy(owner, 6)
    layer = {"pattern": str(pattern.pk), "garment": "", "scale": 1}
    asked = {"photo": str(photo.pk), "layers": [layer]}
    answer = browser(owner).post(reverse("make_design"), asked, content_type="application/json")
    assert (answer.status_code, answer["Retry-After"]) == (429, "15")
    assert "the most at a time" in answer.json()["error"]
