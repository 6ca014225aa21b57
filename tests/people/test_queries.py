"""Who sees whom, and who counts as what."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from cass_portal.clock import as_of, now, today
from cass_portal.db import db
from cass_portal.directory.models import Level
from cass_portal.people import queries
from cass_portal.people.models import SeatTerm, TermKind
from cass_portal.policy import STRANGER, Outsider
from tests import factories


@pytest.fixture
def world(app):
    a, b = factories.organization("A"), factories.organization("B")
    people = {
        "lead a": factories.person("Lead A", lead_of=a),
        "agent a": factories.person("Agent A", agent_of=a),
        "agent b": factories.person("Agent B", agent_of=b),
        "both": factories.person("Both", agent_of=[a, b]),
        "invited a": factories.person("Invited A", agent_of=a, joined_at=None),
        "off a": factories.person("Off A", agent_of=a, active=False),
        "gone a": factories.person("Gone A", agent_of=a),
        "coordinator": factories.coordinator("Coordinator"),
        "administrator": factories.administrator("Administrator"),
        "invited coordinator": factories.coordinator("Invited Coordinator", joined_at=None),
        "off administrator": factories.administrator("Off Administrator", active=False),
    }
    people["gone a"].memberships[0].ended_at = now()
    db.session.flush()
    return a, b, people


def seen_by(viewer):
    return {each.name for each in db.session.scalars(queries.visible_people(viewer)).unique()}


def test_members_see_the_people_of_their_own_organizations(world):
    _, _, people = world
    of_a = {"Lead A", "Agent A", "Both", "Invited A", "Off A"}

    assert seen_by(people["agent a"]) == seen_by(people["lead a"]) == of_a
    assert seen_by(people["agent b"]) == {"Agent B", "Both"}
    assert seen_by(people["both"]) == of_a | {"Agent B"}
    assert seen_by(people["gone a"]) == seen_by(STRANGER) == set()


def test_coordinators_and_administrators_see_everybody(world):
    _, _, people = world
    everybody = {each.name for each in people.values()}

    assert seen_by(people["coordinator"]) == seen_by(people["administrator"]) == everybody


def test_pages_of_the_list_hold_everybody_once(app, monkeypatch):
    monkeypatch.setattr(queries, "PEOPLE_PER_PAGE", 3)
    administrator = factories.administrator("M")
    for name in ("A", "B", "B", "B", "Z", "Z"):
        factories.person(name)

    found, after = [], None
    for _ in range(3):
        page, after = queries.people_after(administrator, after)
        found.append([each.name for each in page])

    assert found == [["A", "B", "B"], ["B", "M", "Z"], ["Z"]]
    assert after is None


def test_only_people_who_joined_and_are_active_count(world):
    a, _, people = world

    assert queries.coordinators() == [people["coordinator"]]
    assert queries.people_of(a) == [people["agent a"], people["both"], people["lead a"]]


def test_an_administrator_must_be_able_to_sign_in(app):
    factories.administrator(active=False)
    factories.administrator(joined_at=None)
    assert not queries.has_administrator()

    factories.administrator()
    assert queries.has_administrator()


def test_organizations_to_staff(world):
    a, b, people = world
    factories.organization("GONE", level=Level.FORMER)

    assert queries.organizations_to_staff(people["administrator"]) == [a, b]
    assert queries.organizations_to_staff(people["lead a"]) == [a]
    assert queries.organizations_to_staff(people["agent a"]) == []


def test_who_can_sit_on_a_seat(world):
    a, _, people = world

    assert queries.candidates(factories.seat(a)) == [people["agent a"], people["both"], people["lead a"]]


def test_seats_of_a_person_are_those_held_today(world):
    a, b, people = world
    seat = factories.seat(a, holder=people["lead a"])
    factories.seat(b, holder=people["agent b"])
    term = {
        "kind": TermKind.DELEGATE,
        "starts_on": today() - timedelta(days=9),
        "ends_on": today() - timedelta(days=1),
    }
    factories.made(SeatTerm(seat=seat, person=people["both"], **term))

    assert queries.seats_of(people["lead a"]) == [seat]
    assert queries.seats_of(people["both"]) == []
    with as_of(now() - timedelta(days=1)):
        assert queries.seats_of(people["both"]) == [seat]


def count_queries(call):
    statements = []

    def note(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    db.session.commit()
    db.session.expunge_all()
    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        call()
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    return len(statements)


def test_lists_ask_as_often_for_one_as_for_thirty(app):
    auditor = Outsider("auditor", is_administrator=True)

    def show():
        for seat in queries.seats():
            assert [term.person.name for term in seat.terms_on(today())]
            assert seat.organization.short_name
        for person in queries.people_after(auditor, None)[0]:
            assert all(m.organization.short_name for m in person.current_memberships)

    organization = factories.organization()
    factories.seat(organization, holder=factories.person(agent_of=organization))
    one = count_queries(show)
    for _ in range(29):
        each = factories.organization()
        factories.seat(each, holder=factories.person(agent_of=each))

    assert count_queries(show) == one
