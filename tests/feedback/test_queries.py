"""Who sees which item: exact sets for every kind of reader, for pages and for search alike."""

from itertools import chain

import pytest
import sqlalchemy as sa
import time_machine

from cass_portal.db import db
from cass_portal.feedback import queries
from cass_portal.feedback.lifecycle import Moderation
from cass_portal.feedback.models import Visibility
from cass_portal.feedback.queries import Filters
from cass_portal.policy import STAKEHOLDER, STRANGER, SYSTEM
from tests import factories

V = Visibility


def seen_by(actor):
    by_query = {each.subject for each in db.session.scalars(queries.visible_to(actor))}
    ids = queries.search_order("something happened", actor=actor, where=sa.true())
    by_search = {each.subject for each in db.session.scalars(queries.visible_to(actor)) if each.id in ids}
    assert by_search == by_query
    assert len(ids) == len(by_query)
    return by_query


@pytest.fixture
def world(app):
    """One item for each visibility: unrouted, routed to A; and one for each state that nobody else sees."""
    a, b = factories.organization("A"), factories.organization("B")
    for visibility in V:
        factories.feedback(f"{visibility} unrouted", visibility=visibility)
        factories.assignment(factories.feedback(f"{visibility} with A", visibility=visibility), a)
    refused = factories.feedback("private refused by A")
    factories.assignment(refused, a, state="refused")
    factories.public_feedback("published")
    factories.feedback("narrowed after publication", visibility=V.MEMBERS, published_at=factories.now())
    for moderation in Moderation:
        if moderation != Moderation.ACCEPTED:
            factories.public_feedback(f"published but {moderation}", moderation=moderation)
    db.session.commit()
    return a, b


PUBLIC = {"published", "published but deflected", "published but merged"}
MEMBERS = PUBLIC | {
    "narrowed after publication",
    "public unrouted",
    "public with A",
    "members unrouted",
    "members with A",
}
ALL = MEMBERS | {
    "private unrouted",
    "private with A",
    "private refused by A",
    "coordinators unrouted",
    "coordinators with A",
    "published but unconfirmed",
    "published but held",
    "published but rejected",
    "published but withdrawn",
}


@pytest.mark.parametrize("outsider", [STRANGER, STAKEHOLDER, SYSTEM], ids=lambda each: each.role)
def test_outsiders_see_only_what_was_agreed_to_be_public(world, outsider):
    assert seen_by(outsider) == PUBLIC


def test_people_of_a_member_see_what_is_for_members_and_what_was_routed_to_them(world):
    a, b = world

    assert seen_by(factories.person(agent_of=a)) == MEMBERS | {"private with A", "private refused by A"}
    assert seen_by(factories.person(lead_of=b)) == MEMBERS


def test_coordinators_see_everything_and_administrators_no_more_than_strangers(world):
    assert seen_by(factories.coordinator()) == ALL
    assert seen_by(factories.administrator()) == PUBLIC


def test_a_person_of_two_members_sees_the_matters_of_both(world):
    a, b = world
    factories.assignment(factories.feedback("private with B"), b)
    db.session.commit()

    seen = seen_by(factories.person(agent_of=[a, b]))

    assert seen == MEMBERS | {"private with A", "private refused by A", "private with B"}


def test_who_left_a_member_sees_its_matters_no_more(world):
    a, _ = world
    person = factories.person(agent_of=a)
    person.memberships[0].ended_at = factories.now()
    db.session.commit()
    person.__dict__.pop("organization_ids", None)

    assert seen_by(person) == PUBLIC


def listed(**wanted):
    before = wanted.pop("before", "")
    return [each.subject for each in queries.public_list(Filters(**wanted), before=before).items]


def test_the_public_list_filters_by_state_kind_product_and_member(app):
    a = factories.organization("A")
    kokkos = factories.product("Kokkos", stewards=[a])
    hidden = factories.product("Hidden", published=False)
    one = factories.public_feedback("one", kind="praise", products=[kokkos])
    factories.public_feedback("two", products=[hidden])
    factories.assignment(one, a)
    db.session.commit()

    assert listed(state="routed") == ["one"]
    assert listed(state="new") == ["two"]
    assert listed(kind="praise") == ["one"]
    assert listed(kind="problem") == ["two"]
    assert listed(product="kokkos") == ["one"]
    assert listed(product="hidden") == []
    assert listed(member="A") == ["one"]
    assert listed(member="A", kind="problem") == []
    assert listed(q="happened", kind="praise") == ["one"]
    assert listed(q="nothing of the kind") == []


def test_the_public_list_pages_through_everything_once(app):
    moment = factories.now()
    with time_machine.travel(moment, tick=False):  # all at one instant, so that only ids tell them apart
        for number in range(60):
            factories.public_feedback(f"matter {number}")
        factories.feedback("secret", reference="CASS-SECRET")
    db.session.commit()

    pages, before = [], ""
    while True:
        found = queries.public_list(Filters(), before=before)
        pages.append([each.subject for each in found.items])
        if not found.has_more:
            break
        before = found.items[-1].reference

    assert [len(page) for page in pages] == [25, 25, 10]
    assert list(chain(*pages)) == [f"matter {number}" for number in reversed(range(60))]
    first = queries.public_list(Filters(), before="CASS-SECRET")
    assert [each.subject for each in first.items] == pages[0]


def test_only_a_published_announcement_can_be_named(app):
    by = factories.coordinator()
    told = factories.announcement(by=by, slug="told")
    factories.announcement(by=by, slug="draft", state="draft")
    gone = factories.announcement(by=by, slug="gone", state="withdrawn")
    gone.withdrawn_at = factories.now()
    db.session.commit()

    assert queries.announcement_by_slug("told") is told
    assert [queries.announcement_by_slug(slug) for slug in ("draft", "gone", "unknown", "", None)] == [
        None
    ] * 5
