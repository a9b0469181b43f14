"""Deleting several things at once, and everything that somebody has, files too."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from webapp.errors import BadRequest
from webapp.models import Collection, Design, Job, Pattern, Photo
from webapp.ownership import Owner
from webapp.selectors.listing import KINDS
from webapp.services.common import must_own
from webapp.services.designs import delete_design
from webapp.services.patterns import delete_pattern, remove_print_file
from webapp.services.photos import delete_photo

Deletable = Pattern | Design | Photo | Job


def delete_rows(*, owner: Owner, rows: Sequence[Deletable]) -> None:
    """Delete prints, designs, photos and print files for good. Raises NotFound, BadRequest, StorageUnavailable.

    Where the storage fails in the middle, what was not deleted is still there to be deleted later.
    """
    for row in rows:
        must_own(owner, row)
        if isinstance(row, Job) and row.kind != Job.Kind.PRINT:
            raise BadRequest(_("Of the jobs only print files can be deleted. Cancel this one instead."))
    # A design may have gone with its photo, a print file with its print.
    for row in sorted(rows, key=lambda row: isinstance(row, (Photo, Pattern))):
        if isinstance(row, Pattern):
            delete_pattern(owner=owner, pattern=row)
        elif isinstance(row, Design):
            delete_design(owner=owner, design=row)
        elif isinstance(row, Photo):
            delete_photo(owner=owner, photo=row)
        else:
            remove_print_file(row)


def delete_everything_of(owner: Owner) -> None:
    """Delete all that this account or visitor has: photos, designs, prints, collections, jobs, and their files.

    The account itself stays, and so does the site's own work that it asked for as a member of the staff. Raises
    StorageUnavailable; what was not deleted is still there to be deleted later.
    """
    jobs = Job.objects.owned_by(owner).filter(kind__in=KINDS)
    # Work that goes on would store a file after its row is gone: a worker notices a job that is cancelled.
    jobs.cancel()
    for model in (Design, Photo, Pattern):
        delete_rows(owner=owner, rows=list(model.objects.owned_by(owner)))
    Collection.objects.owned_by(owner).delete()
    jobs.delete()


def delete_account(*, user: Any) -> None:
    """Delete an account with everything it has; the site's own work that it asked for goes on as nobody's.

    Raises StorageUnavailable.
    """
    delete_everything_of(Owner(user=user))
    with transaction.atomic():
        Job.objects.filter(user=user).exclude(kind__in=KINDS).update(user=None, visitor=uuid.uuid4())
        user.delete()
