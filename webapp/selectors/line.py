"""Whose turn it is: the lines in which jobs wait for workers.

Each queue is a line of owners, not of jobs. An owner with jobs that wait stands in it once: a worker takes the oldest
job of the owner at the front, and an owner who has more goes to the end. So nobody waits longer for a first print than
for one print of each of those who came before, however many they asked for, and nobody is passed by twice in a row
(round robin between sources: Nagle, RFC 970, 1985).

An owner has stood in line since their oldest waiting job was queued, or since a job of theirs was last started if that
was later. Jobs' own columns say both, so what is cancelled, tried again, lost or taken over by an account moves the
line by itself, and no counter can be wrong after a crash.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet

from webapp.models import Job
from webapp.queue import QUEUES, kinds_in

OwnerKey = tuple[Any, uuid.UUID | None]
"""The account's id and the visitor's, one of them None."""


@dataclass(frozen=True)
class Standing:
    """An owner in a line: how many of their jobs wait, and since when they have stood there."""

    owner: OwnerKey
    waiting: int
    since: datetime


def line_of(queue: str) -> list[Standing]:
    """The owners who wait in a queue, the next one first. Two queries, however long the line is."""
    jobs = Job.objects.filter(kind__in=kinds_in(queue)).order_by()
    waiting = _by_owner(jobs.filter(state=Job.State.QUEUED), count=Count("pk"), oldest=Min("queued_at"))
    if not waiting:
        return []
    long_ago = min(found["oldest"] for found in waiting.values())
    served = _by_owner(jobs.filter(started_at__gt=long_ago), last=Max("started_at"))
    line = []
    for owner, found in waiting.items():
        last = served[owner]["last"] if owner in served else found["oldest"]
        line.append(Standing(owner, found["count"], max(found["oldest"], last)))
    return sorted(line, key=lambda standing: (standing.since, str(standing.owner)))


def next_in_line(queue: str) -> uuid.UUID | None:
    """The job that is next; None when none waits."""
    for standing in line_of(queue):
        if (job := _waiting_of(queue, [standing.owner]).first()) is not None:
            return job.pk
    return None


def places_in_line(jobs: Iterable[Job]) -> dict[uuid.UUID, int]:
    """How many jobs will have been started when each of these is, itself included, if nobody else comes.

    Jobs that do not wait have no place. Three queries for each queue in which some do, however many these are.
    """
    asked: dict[str, list[Job]] = {}
    for job in jobs:
        if job.state == Job.State.QUEUED:
            asked.setdefault(QUEUES[Job.Kind(job.kind)], []).append(job)
    places: dict[uuid.UUID, int] = {}
    for queue, its in asked.items():
        line = line_of(queue)
        wanted, turns = {job.pk for job in its}, dict.fromkeys((standing.owner for standing in line), 0)
        for job in _waiting_of(queue, {(job.user_id, job.visitor) for job in its}):
            owner = (job.user_id, job.visitor)
            turn = turns.get(owner)
            if turn is None:  # queued after the line was read
                continue
            turns[owner] = turn + 1
            if job.pk in wanted:
                places[job.pk] = _place(line, owner, turn)
    return places


def _place(line: list[Standing], owner: OwnerKey, turn: int) -> int:
    """Of an owner's job that has `turn` of their own before it: each other owner is served as often before it, and once
    more where they stand further ahead, as far as they have jobs."""
    place, ahead = turn + 1, True
    for standing in line:
        if standing.owner == owner:
            ahead = False
        else:
            place += min(standing.waiting, turn + ahead)
    return place


def _waiting_of(queue: str, owners: Iterable[OwnerKey]) -> QuerySet[Job]:
    """Jobs of these owners that wait in a queue, the oldest first."""
    users, visitors = zip(*owners, strict=True)
    whose = Q(user__in=[user for user in users if user]) | Q(visitor__in=[visitor for visitor in visitors if visitor])
    waiting = Job.objects.filter(whose, kind__in=kinds_in(queue), state=Job.State.QUEUED)
    return waiting.only("user", "visitor").order_by("queued_at", "pk")


def _by_owner(jobs: QuerySet[Job], **figures: Any) -> dict[OwnerKey, dict[str, Any]]:
    return {(row["user_id"], row["visitor"]): row for row in jobs.values("user_id", "visitor").annotate(**figures)}
