"""The lines in which jobs wait: fair between owners, whatever each asks for, and told as they are."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from tests import factories
from webapp import selectors, services
from webapp.models import Job
from webapp.ownership import Owner, adopt_visitor
from workers import jobs

pytestmark = pytest.mark.django_db


def ask(owner: Owner, count: int, *, ago_s: float, kind: str = "generate") -> list[Job]:
    now = timezone.now()
    return [
        factories.job(owner, kind, queued_at=now - timedelta(seconds=ago_s - number / 1000)) for number in range(count)
    ]


def serve(queue: str = "generate") -> Job | None:
    """One job of a worker, from its claim to its end."""
    job = jobs.claim_next(queue)
    if job is not None:
        jobs.Attempt(job).succeed(lambda: None)
    return job


def test_who_asks_for_one_print_waits_for_one_of_another_s_twenty_four() -> None:
    heavy, light = factories.visitor(), factories.visitor()
    many = ask(heavy, 24, ago_s=60)
    assert [serve(), serve()] == many[:2]
    one = ask(light, 1, ago_s=0)
    served = [serve() for _ in range(23)]
    assert served.index(one[0]) <= 1
    assert [job for job in served if job != one[0]] == many[2:]
    assert serve() is None


def test_owners_are_served_in_turn_in_the_order_in_which_they_came() -> None:
    first, second = ask(factories.visitor(), 3, ago_s=30), ask(factories.visitor(), 2, ago_s=20)
    third = ask(factories.account(), 1, ago_s=10)
    assert [serve() for _ in range(6)] == [first[0], second[0], third[0], first[1], second[1], first[2]]


def test_who_comes_later_never_passes_somebody_by_twice() -> None:
    patient = ask(factories.visitor(), 2, ago_s=60)
    assert serve() == patient[0]
    for number in range(3):
        ask(factories.visitor(), 1, ago_s=-number)  # each after the patient one was served
    assert serve() == patient[1]


def test_the_kinds_of_a_queue_share_its_line_and_queues_have_lines_of_their_own() -> None:
    heavy, light = factories.visitor(), factories.visitor()
    files = ask(heavy, 3, ago_s=60, kind="print")
    tile = ask(light, 1, ago_s=50)
    photo = ask(heavy, 1, ago_s=40, kind="segment")
    assert [serve(), serve(), serve()] == [files[0], tile[0], files[1]]
    assert serve("segment") == photo[0]


def test_cancelled_prints_hold_no_place_and_a_retry_stands_at_the_end(sent) -> None:
    mine, yours = factories.visitor(), factories.visitor()
    many, other = ask(mine, 5, ago_s=60), ask(yours, 2, ago_s=30)
    for job in many[:4]:
        services.cancel_job(owner=mine, job=job)
    assert selectors.places_in_line([many[4], *other]) == {many[4].pk: 1, other[0].pk: 2, other[1].pk: 3}
    services.retry_job(owner=mine, job=many[0])
    assert [serve() for _ in range(4)] == [many[4], other[0], many[0], other[1]]


def test_a_visitor_who_logs_in_stands_in_line_once() -> None:
    visitor, account, other = factories.visitor(), factories.account(), factories.visitor()
    before, after, theirs = ask(visitor, 2, ago_s=60), ask(account, 2, ago_s=50), ask(other, 2, ago_s=40)
    adopt_visitor(user=account.user, visitor=visitor.visitor)
    assert [serve() for _ in range(6)] == [before[0], theirs[0], before[1], theirs[1], *after]


@pytest.mark.parametrize("seed", range(5))
def test_the_places_that_pages_tell_are_the_order_in_which_jobs_are_served(seed: int) -> None:
    chance = random.Random(seed)
    owners = [factories.visitor() for _ in range(4)]
    for owner in owners:
        ask(owner, chance.randrange(6), ago_s=chance.uniform(0, 90))
    for _ in range(chance.randrange(5)):
        serve()
    if chance.random() < 0.7:
        jobs.claim_next("generate")  # which runs while the places are told
    waiting = list(Job.objects.filter(state=Job.State.QUEUED))
    places = selectors.places_in_line(waiting)
    order = iter(lambda: serve(), None)
    assert {job.pk: place for place, job in enumerate(order, 1)} == places


def test_the_places_of_many_cost_as_many_queries_as_of_one(django_assert_num_queries) -> None:
    owner = factories.visitor()
    few = ask(owner, 1, ago_s=60)
    with django_assert_num_queries(3):
        selectors.places_in_line(few)
    many = [*few, *ask(owner, 20, ago_s=50)]
    for _ in range(9):
        ask(factories.visitor(), 3, ago_s=55)
    with django_assert_num_queries(3):
        places = selectors.places_in_line(many)
    assert len(places) == 21 and places[many[-1].pk] == 21 + 9 * 3


def test_workers_who_choose_the_same_job_at_once_get_one_each(monkeypatch) -> None:
    first, second = ask(factories.visitor(), 2, ago_s=60), ask(factories.visitor(), 1, ago_s=50)
    real, taken = jobs.next_in_line, []

    def overtaken(queue: str):
        chosen = real(queue)
        if not taken:
            taken.append(jobs.claim(chosen))  # by another worker, between the choice and the claim
        return chosen

    monkeypatch.setattr(jobs, "next_in_line", overtaken)
    assert jobs.claim_next("generate") == second[0]
    assert taken == [first[0]]


def test_a_job_deleted_while_it_is_claimed_is_passed_over() -> None:
    (gone,), (next_one,) = ask(factories.visitor(), 1, ago_s=60), ask(factories.visitor(), 1, ago_s=50)

    def deleted_after_the_claim(execute, sql, *rest):
        result = execute(sql, *rest)
        if sql.startswith("UPDATE"):
            Job.objects.filter(pk=gone.pk).delete()
        return result

    with connection.execute_wrapper(deleted_after_the_claim):
        assert jobs.claim_next("generate") == next_one
