from __future__ import annotations

import time
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from tests import factories
from webapp import queue
from webapp.errors import QueueUnavailable
from webapp.models import Job
from workers import jobs

pytestmark = pytest.mark.django_db


def running(*, silent_s: float, attempts: int = 1) -> Job:
    return factories.job(
        factories.visitor(),
        state="running",
        attempts=attempts,
        attempt_token=uuid.uuid4(),
        heartbeat_at=timezone.now() - timedelta(seconds=silent_s),
    )


def test_of_two_who_claim_a_job_one_gets_it() -> None:
    job = factories.job(factories.visitor())
    claimed = jobs.claim(str(job.pk))
    assert claimed is not None
    assert (claimed.state, claimed.attempts) == ("running", 1)
    assert jobs.claim(str(job.pk)) is None


@pytest.mark.parametrize("state", ["succeeded", "failed", "cancelled"])
def test_a_job_that_ended_cannot_be_claimed(state: str) -> None:
    assert jobs.claim(str(factories.job(factories.visitor(), state=state).pk)) is None


def test_a_silent_worker_s_job_goes_to_another_and_its_late_writes_change_nothing() -> None:
    job = factories.job(factories.visitor())
    first = jobs.Attempt(jobs.claim_next("generate"))
    assert jobs.claim_next("generate") is None
    Job.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=5))
    assert jobs.requeue_lost() == 1
    second = jobs.Attempt(jobs.claim_next("generate"))
    first.fail("too late")
    with pytest.raises(jobs.JobCancelled):
        first.progress(0.5)
    with pytest.raises(jobs.JobCancelled):
        first.succeed(lambda: pytest.fail("stored by the one who lost the job"))
    second.succeed(lambda: None)
    job.refresh_from_db()
    assert (job.state, job.error, job.attempts) == ("succeeded", "", 2)


def test_results_and_the_end_are_written_together() -> None:
    job = factories.job(factories.visitor())
    attempt = jobs.Attempt(jobs.claim(str(job.pk)))

    def fails() -> None:
        raise RuntimeError("the rows could not be written")

    with pytest.raises(RuntimeError):
        attempt.succeed(fails)
    job.refresh_from_db()
    assert job.state == "running"


def test_progress_is_written_now_and_then_not_at_every_step(django_assert_max_num_queries) -> None:
    job = factories.job(factories.visitor())
    attempt = jobs.Attempt(jobs.claim(str(job.pk)))
    with django_assert_max_num_queries(2):
        for step in range(1000):
            attempt.part(0.5, 1.0)(step / 1000)
    job.refresh_from_db()
    assert 0.5 <= job.progress < 0.6


def test_silent_jobs_wait_again_and_those_that_speak_are_left() -> None:
    silent, alive = running(silent_s=60), running(silent_s=1)
    assert jobs.requeue_lost() == 1
    silent.refresh_from_db()
    alive.refresh_from_db()
    assert (silent.state, alive.state) == ("queued", "running")


def test_a_job_that_lost_its_worker_three_times_fails_with_a_message() -> None:
    job = running(silent_s=60, attempts=3)
    assert jobs.requeue_lost() == 0
    job.refresh_from_db()
    assert job.state == "failed"
    assert "3 times" in job.error


@pytest.mark.parametrize(("tickets", "replaced"), [(0, 3), (2, 1), (3, 0), (4, 0)])
def test_jobs_for_which_no_ticket_waits_get_one_but_not_those_just_sent(sent, monkeypatch, tickets, replaced) -> None:
    old = timezone.now() - timedelta(seconds=60)
    for kind in ("generate", "print", "generate"):
        factories.job(factories.visitor(), kind, sent_at=old)
    factories.job(factories.visitor())
    factories.job(factories.visitor(), "compose", state="running", sent_at=old)
    monkeypatch.setattr(jobs, "waiting_in", lambda name: tickets)
    assert jobs.replace_tickets() == replaced
    assert sent == ["generate"] * replaced
    monkeypatch.setattr(jobs, "waiting_in", lambda name: tickets + replaced)
    assert jobs.replace_tickets() == 0


def test_with_the_broker_down_lost_jobs_get_their_tickets_at_the_next_try(monkeypatch, broker_down) -> None:
    monkeypatch.setattr(jobs, "waiting_in", lambda name: 0)
    job = running(silent_s=60)
    Job.objects.update(sent_at=timezone.now() - timedelta(seconds=60))
    assert (jobs.requeue_lost(), jobs.replace_tickets()) == (1, 0)
    job.refresh_from_db()
    assert job.state == "queued"
    sent: list[str] = []
    monkeypatch.setattr(jobs, "send_ticket", sent.append)
    assert (jobs.requeue_lost(), jobs.replace_tickets(), sent) == (0, 1, ["generate"])


def test_the_queue_is_named_unreachable_within_seconds(settings) -> None:
    from celery import Celery

    app = Celery(broker="redis://127.0.0.1:1/0")
    app.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    start = time.monotonic()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queue, "app", app)
        with pytest.raises(QueueUnavailable):
            queue.send_jobs([factories.job(factories.visitor())])
        with pytest.raises(QueueUnavailable):
            queue.waiting_in("generate")
    assert time.monotonic() - start < 8


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_is_heard_while_the_computation_is_busy(settings) -> None:
    settings.AIFASHION_JOB_LEASE_S = 0.2
    job = factories.job(factories.visitor())
    with jobs.Attempt(jobs.claim(str(job.pk))):
        before = Job.objects.get(pk=job.pk).heartbeat_at
        deadline = time.monotonic() + 5
        while Job.objects.get(pk=job.pk).heartbeat_at == before:
            assert time.monotonic() < deadline, "no heartbeat in five seconds"
            time.sleep(0.02)
