"""Feedback like a text: who gets to see which, and that what is private changes nothing for others."""

import pytest

from cass_portal.db import db
from cass_portal.feedback.alike import similar_to
from cass_portal.feedback.models import Visibility
from cass_portal.policy import STRANGER
from tests import factories

pytestmark = pytest.mark.usefixtures("app")

SUBJECT = "Kokkos view segfaults on Frontier"
BODY = "deep_copy of an unmanaged atomic view crashes with HIP since 5.1.1."


def found(actor, *, text=SUBJECT, **options):
    return [each.item.subject for each in similar_to(text, BODY, actor=actor, limit=5, **options)]


def test_each_reader_gets_what_they_may_see():
    alpha = factories.organization("ALPHA")
    factories.public_feedback("Public segfault of a Kokkos view", body=BODY)
    factories.feedback("Waits to be published: Kokkos view", body=BODY, visibility=Visibility.PUBLIC)
    factories.feedback("Members read on the Kokkos view", body=BODY, visibility=Visibility.MEMBERS)
    factories.feedback("Private words on the Kokkos view", body=BODY)
    factories.public_feedback("Another matter", body="Is there lodging at the summer school?")
    db.session.commit()

    assert found(STRANGER) == ["Public segfault of a Kokkos view"]
    assert len(found(factories.person(agent_of=[alpha]))) == 3
    assert len(found(factories.coordinator())) == 4


def test_private_items_change_nothing_of_what_strangers_find(monkeypatch):
    """Neither by being many, nor by making a word look rare or frequent."""
    monkeypatch.setattr("cass_portal.nearest.RARE", 3)
    shown = factories.public_feedback("Public matter", body="The frobnicator stands still.")
    for _ in range(6):
        factories.feedback("Private matter", body="The frobnicator stands still.")
    factories.feedback("Private matter", body="The spelunker stands still.")
    db.session.commit()

    alike = similar_to("A frobnicator beside a spelunker", actor=STRANGER, limit=5, at_least=0)

    assert [each.item for each in alike] == [shown]


@pytest.mark.parametrize("change", ["narrowed", "unpublished", "withdrawn", "merged", "rewritten"])
def test_what_is_public_no_more_is_not_found(change):
    item = factories.public_feedback("Public segfault of a Kokkos view", body=BODY)
    main = factories.feedback("The one it was merged into", body="Something else altogether happened.")
    db.session.commit()
    assert found(STRANGER) == [item.subject]

    if change == "narrowed":
        item.visibility = Visibility.MEMBERS
    elif change == "unpublished":
        item.published_at = None
    elif change == "withdrawn":
        item.state = "withdrawn"
    elif change == "merged":
        item.merged_into_id = main.id
    else:
        item.subject, item.body = "A tutorial", "Where are the slides of the tutorial?"
    db.session.commit()

    assert found(STRANGER) == []


def test_an_item_is_not_like_itself():
    item = factories.public_feedback(SUBJECT, body=BODY)
    twin = factories.public_feedback("Kokkos view crash with HIP", body=BODY)
    db.session.commit()

    assert found(factories.coordinator(), without=item) == [twin.subject]


@pytest.mark.parametrize("text", ["", '" OR NEAR( *', "the of and", "x" * 300, "a:b & !c | (d"])
def test_no_text_is_a_query(text):
    factories.public_feedback(SUBJECT, body=BODY)
    db.session.commit()

    assert len(similar_to(text, actor=STRANGER, limit=5)) <= 1
