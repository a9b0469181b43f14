"""What the services share: who may, saving a row, sending its job, and files that go with rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from webapp import files
from webapp.errors import BadRequest, NotAllowed, NotFound, QueueUnavailable, StorageUnavailable
from webapp.models import Block, Job, Photo
from webapp.ownership import Owner
from webapp.queue import send_jobs


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


def saved(row: Any) -> Any:
    """Check and insert a row. Whatever costs makes a job or a photo, so this is where blocked owners are refused."""
    if isinstance(row, (Job, Photo)):
        refuse_blocked(row.user, row.visitor)
    try:
        row.full_clean()
    except ValidationError as error:
        raise BadRequest(" ".join(error.messages)) from error
    row.save(force_insert=True)
    return row


def send_or_delete(job: Job, row: Any) -> None:
    try:
        send_jobs([job])
    except QueueUnavailable:
        row.delete()
        raise


def queue_job(**fields: Any) -> Job:
    """A job of these fields, saved and sent. Raises NotAllowed (blocked), QueueUnavailable; then it is not kept."""
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
