"""What staff may do, by role: Django groups that setup_site makes and keeps as they are here."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission

# Rights of each role on the models of the site; a role is given in the admin, to a user with "staff status".
ROLES = {
    "curator": {
        "category": ("add", "change", "delete", "view"),
        "trainingimage": ("add", "change", "delete", "view"),
        "modelversion": ("view",),
    },
    "trainer": {
        "category": ("view",),
        "trainingimage": ("view",),
        "trainingrun": ("add", "change", "delete", "view"),
        "modelversion": ("add", "change", "delete", "view"),
        "segmentationmodel": ("add", "change", "view"),
    },
    "operator": {
        "job": ("change", "delete", "view"),
        "block": ("add", "change", "delete", "view"),
        "photo": ("delete", "view"),
        "pattern": ("delete", "view"),
        "design": ("delete", "view"),
        "garment": ("delete", "view"),
    },
}


def set_up_roles() -> list[Group]:
    """Make the groups, with the rights that exist; rights that staff gave a role besides stay."""
    groups = []
    for name, rights in ROLES.items():
        group, _ = Group.objects.get_or_create(name=name)
        wanted = [f"{verb}_{model}" for model, verbs in rights.items() for verb in verbs]
        group.permissions.add(*Permission.objects.filter(content_type__app_label="webapp", codename__in=wanted))
        groups.append(group)
    return groups
