"""What the services share: who may, saving a row, sending its job, and files that go with rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Model, Q
from django.utils.translation import gettext as _

from webapp import files
from webapp.errors import BadRequest, NotAllowed, NotFound, QueueUnavailable, StorageUnavailable, TooManyJobs
from webapp.models import Block, Job
from webapp.ownership import Owner
from webapp.queue import send_jobs

Row = TypeVar("Row", bound=Model)


def must_own(owner: Owner, row: Any) -> None:
    if not row.is_owned_by(owner):
        raise NotFound(_("This %(thing)s does not exist, or was deleted.") % {"thing": row._meta.verbose_name})


def refuse_blocked(user: Any, visitor: Any) -> None:
    """Raises NotAllowed for an owner who is blocked."""
    who = Q(user=user) if user is not None else Q(visitor=visitor)
    if Block.objects.filter(who).exists():
        raise NotAllowed(
            _("Your access to new work is blocked. What you have made stays yours; write to us if this is a mistake.")
        )


def refuse_more(user: Any, visitor: Any, jobs: int = 1) -> None:
    """Raises NotAllowed for an owner who is blocked, TooManyJobs for one who has too many jobs to get so many more."""
    refuse_blocked(user, visitor)
    owner, most = Owner(user=user, visitor=visitor), settings.AIFASHION_MAX_ACTIVE_JOBS
    active = Job.objects.owned_by(owner).active().count()
    if active + jobs <= most:
        return
    if active == 0:
        raise TooManyJobs(
            _("This would start %(jobs)s things at once, and %(most)s is the most. Ask for fewer.")
            % {"jobs": jobs, "most": most}
        )
    if active < most:
        said = _(
            "%(active)s of your prints and pictures are still being made, so there is room for %(left)s more. Ask for "
            "fewer, or cancel some that you no longer need."
        )
    else:
        said = _(
            "%(active)s of your prints and pictures are still being made, which is the most at a time. Wait until some "
            "are finished, or cancel those that you no longer need, and ask again."
        )
    raise TooManyJobs(said % {"active": active, "left": most - active})


@contextmanager
def room_for(user: Any, visitor: Any, jobs: int = 1) -> Iterator[None]:
    """A transaction that may give an owner so many jobs more. Raises as `refuse_more`.

    Those who ask for the same owner at the same moment are counted one after the other: SQLite's transactions are that
    from their start, PostgreSQL's from here. Rows that must be locked as well are locked before.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                owner = f"jobs of {visitor if user is None else user.pk}"
                cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [owner])
        refuse_more(user, visitor, jobs)
        yield


def saved(row: Any) -> Any:
    """Check and insert a row. A job is refused where its owner may have no more (`room_for`)."""
    with room_for(row.user, row.visitor) if isinstance(row, Job) else nullcontext():
        try:
            row.full_clean()
        except ValidationError as error:
            raise BadRequest(" ".join(error.messages)) from error
        row.save(force_insert=True)
    return row


def saved_jobs(jobs: Sequence[Job]) -> list[Job]:
    """Check and insert jobs of one owner, all of them or none. Raises as `refuse_more`."""
    if not jobs:
        return []
    with room_for(jobs[0].user, jobs[0].visitor, len(jobs)):
        return inserted(jobs)


def inserted(rows: Sequence[Row]) -> list[Row]:
    """Check and insert rows of one model by one query. Raises BadRequest.

    What they point to, and what the database itself holds to, is not asked for row by row: that took twelve queries for
    each print of a wall, with the write lock held.
    """
    try:
        for row in rows:
            row.clean_fields(exclude={field.name for field in row._meta.fields if field.remote_field})
    except ValidationError as error:
        raise BadRequest(" ".join(error.messages)) from error
    return type(rows[0])._default_manager.bulk_create(rows) if rows else []


def send_or_delete(job: Job, row: Any) -> None:
    try:
        send_jobs([job])
    except QueueUnavailable:
        row.delete()
        raise


def sent_or_deleted(jobs: list[Job]) -> list[Job]:
    try:
        send_jobs(jobs)
    except QueueUnavailable:
        Job.objects.filter(pk__in=[job.pk for job in jobs]).delete()
        raise
    return jobs


def queue_job(**fields: Any) -> Job:
    """A job of these fields, saved and sent. Raises NotAllowed (blocked), TooManyJobs, QueueUnavailable; then it is not
    kept."""
    job = saved(Job(**fields))
    send_or_delete(job, job)
    return job


def queue_once(*, user: Any, kind: str, params: dict[str, Any]) -> Job:
    """The newest job with these params that has not failed, whoever asked for it, or a new one. Raises as queue_job."""
    same = Job.objects.filter(kind=kind, **{f"params__{name}": value for name, value in params.items()})
    found = same.exclude(state__in=(Job.State.FAILED, Job.State.CANCELLED)).order_by("-queued_at").first()
    return found or queue_job(user=user, kind=kind, params=params)


@contextmanager
def rows_with_their_files() -> Iterator[None]:
    """Rows go only if their files do: what the storage does not delete now is still there to be deleted later."""
    try:
        with transaction.atomic():
            yield
    except files.STORAGE_ERRORS as error:
        raise StorageUnavailable from error


def delete_unused(model: Any, field: str, key: str) -> None:
    """Delete a file that no row points to any more: the same inputs share one file."""
    if key and not model.objects.filter(**{field: key}).exists():
        files.delete_keys(key)
