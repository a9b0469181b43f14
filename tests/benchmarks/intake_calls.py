"""What the benchmark of an intake asks of its site, as functions that run in its own Django process."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from tests import factories
from webapp.models import Job, TrainingImage


def administrator() -> tuple[str, dict[str, str], int]:
    """The address of the upload, a browser's cookies of an administrator, and the category to bring images to."""
    user = get_user_model().objects.create_superuser("ada")
    client = Client()
    client.force_login(user)
    address = reverse("admin:webapp_trainingimage_upload")
    client.get(address)
    names = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME)
    return address, {name: client.cookies[name].value for name in names}, factories.category("plaid").pk


def intake() -> tuple[str, float, int]:
    """State and progress of the newest job, and how many images are there."""
    job = Job.objects.order_by("-queued_at").first()
    return (job.state, job.progress, TrainingImage.objects.count()) if job else ("", 0.0, 0)
