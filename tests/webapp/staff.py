"""Logged-in staff for the tests of the admin."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client

from webapp import roles


def staff(role: str = "", name: str = "sam") -> Client:
    """A client logged in as a member of the staff with one role, or none."""
    user = get_user_model().objects.create_user(username=name, is_staff=True)
    roles.set_up_roles()
    if role:
        user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client
