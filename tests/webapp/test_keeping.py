"""Collections, marks, links to share, and deleting much at once: the services, without their pages."""

from __future__ import annotations

import pytest

from tests import factories
from webapp import services
from webapp.models import Collection, Design, Job, Pattern, Photo, Share
from webapp.ownership import adopt_visitor

pytestmark = pytest.mark.django_db


def test_a_collection_holds_prints_and_designs_once_and_lets_them_go() -> None:
    owner = factories.visitor()
    design = factories.design(owner)
    pattern = Pattern.objects.get()
    collection = services.create_collection(owner=owner, name="  Spring   2027 ")
    assert collection.name == "Spring 2027"
    for _ in range(2):
        services.add_to_collection(owner=owner, collection=collection, rows=[pattern, design])
    assert (list(collection.patterns.all()), list(collection.designs.all())) == ([pattern], [design])
    services.remove_from_collection(owner=owner, collection=collection, rows=[pattern])
    assert not collection.patterns.exists()
    assert collection.designs.exists()
    services.rename_collection(owner=owner, collection=collection, name="Autumn")
    services.delete_collection(owner=owner, collection=Collection.objects.get(name="Autumn"))
    assert (Pattern.objects.count(), Design.objects.count()) == (1, 1)


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_a_collection_needs_a_name(name: str) -> None:
    with pytest.raises(services.BadRequest, match="1 to 80 letters"):
        services.create_collection(owner=factories.visitor(), name=name)


def test_nobody_touches_what_is_someone_elses() -> None:
    mine, yours = factories.visitor(), factories.visitor()
    design = factories.design(mine)
    collection = services.create_collection(owner=yours, name="Yours")
    share = services.share_design(owner=mine, design=design)
    for refused in (
        lambda: services.add_to_collection(owner=yours, collection=collection, rows=[design]),
        lambda: services.add_to_collection(owner=mine, collection=collection, rows=[design]),
        lambda: services.delete_collection(owner=mine, collection=collection),
        lambda: services.rename_collection(owner=mine, collection=collection, name="Mine"),
        lambda: services.mark(owner=yours, rows=[design], favourite=True),
        lambda: services.delete_rows(owner=yours, rows=[design]),
        lambda: services.share_design(owner=yours, design=design),
        lambda: services.revoke_share(owner=yours, share=share),
    ):
        with pytest.raises(services.NotFound):
            refused()
    assert Design.objects.filter(is_favourite=False).exists()
    assert Share.objects.filter(revoked_at=None).exists()


def test_marks_change_only_what_was_asked() -> None:
    owner = factories.visitor()
    design = factories.design(owner)
    services.mark(owner=owner, rows=[design, Pattern.objects.get()], favourite=True)
    services.mark(owner=owner, rows=[design], hidden=True)
    assert list(Design.objects.values_list("is_favourite", "is_hidden")) == [(True, True)]
    assert list(Pattern.objects.values_list("is_favourite", "is_hidden")) == [(True, False)]


def test_a_design_has_one_working_link_and_after_revoking_it_another() -> None:
    owner = factories.visitor()
    design = factories.design(owner)
    first = services.share_design(owner=owner, design=design)
    assert services.share_design(owner=owner, design=design) == first
    services.revoke_share(owner=owner, share=first)
    second = services.share_design(owner=owner, design=design)
    assert second.token != first.token
    assert len(second.token) >= 43  # 32 bytes in base64
    services.delete_design(owner=owner, design=design)
    assert not Share.objects.exists()


def test_a_design_that_is_not_finished_has_no_link() -> None:
    owner = factories.visitor()
    with pytest.raises(services.NotReady):
        services.share_design(owner=owner, design=factories.design(owner, ready=False))


def test_several_things_are_deleted_at_once_also_a_photo_with_its_design(stored) -> None:
    owner = factories.visitor()
    design = factories.design(owner)
    pattern = Pattern.objects.get()
    printed = factories.printed(owner, pattern)
    services.delete_rows(owner=owner, rows=[design.photo, pattern, printed, design])
    assert stored() == []
    assert not any(model.objects.exists() for model in (Design, Photo, Pattern, Job))


def test_deleting_everything_leaves_no_row_and_no_file_and_all_of_the_others(stored) -> None:
    mine, yours = factories.account(), factories.visitor()
    factories.design(yours)
    kept = stored()
    design = factories.design(mine)
    factories.photo(mine, image=factories.picture(90, 90))
    factories.printed(mine, Pattern.objects.owned_by(mine).get())
    factories.job(mine, "compose", design=design)
    services.create_collection(owner=mine, name="Spring")
    services.share_design(owner=mine, design=design)
    services.delete_account(user=mine.user)
    assert stored() == kept
    for model in (Design, Photo, Pattern):
        assert list(model.objects.all()) == list(model.objects.owned_by(yours))
    assert not any(model.objects.exists() for model in (Job, Collection, Share))


def test_a_visitors_collections_go_to_the_account_they_log_in_to() -> None:
    visitor, account = factories.visitor(), factories.account()
    services.create_collection(owner=visitor, name="Spring")
    adopt_visitor(user=account.user, visitor=visitor.visitor)
    assert Collection.objects.owned_by(account).exists()
