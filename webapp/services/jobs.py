"""Jobs: cancelled and tried again."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from webapp.errors import NotAllowed, QueueUnavailable
from webapp.models import Job
from webapp.ownership import Owner
from webapp.queue import send_jobs
from webapp.services.common import must_own, room_for


def cancel_job(*, owner: Owner, job: Job) -> Job:
    """Stop a job that waits or runs; one that ended stays as it ended. Raises NotFound."""
    must_own(owner, job)
    Job.objects.filter(pk=job.pk).cancel()
    job.refresh_from_db()
    return job


def retry_job(*, owner: Owner, job: Job) -> Job:
    """Queue a failed or cancelled job again. Raises NotFound, NotAllowed, TooManyJobs, QueueUnavailable."""
    must_own(owner, job)
    if job.kind == Job.Kind.TRAIN:  # every pause leaves a cancelled one, and its run may be finished by now
        raise NotAllowed(_("A training goes on from the page of its run: resume it there."))
    now = timezone.now()
    fresh = {
        "state": Job.State.QUEUED,
        "error": "",
        "attempts": 0,
        "attempt_token": None,
        "progress": 0,
        "heartbeat_at": None,
        "queued_at": now,
        "sent_at": now,
        "started_at": None,
        "finished_at": None,
    }
    with room_for(job.user, job.visitor):
        ended = Job.objects.filter(pk=job.pk, state__in=(Job.State.FAILED, Job.State.CANCELLED))
        before = ended.values(*fresh).first()
        changed = ended.update(**fresh)
    if not changed or before is None:
        raise NotAllowed(_("Only a job that failed or was cancelled can be tried again."))
    job.refresh_from_db()
    try:
        send_jobs([job])
    except QueueUnavailable:
        Job.objects.filter(pk=job.pk, state=Job.State.QUEUED).update(**before)
        raise
    return job
