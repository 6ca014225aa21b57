"""A member leaves: nothing that it owes is lost."""

from datetime import date

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from cass_portal.casework import actions
from cass_portal.casework.lifecycle import AssignmentRole, AssignmentState
from cass_portal.casework.models import Assignment
from cass_portal.db import db
from cass_portal.directory.actions import StillOwes, leave
from cass_portal.directory.lifecycle import Level
from cass_portal.feedback import progress
from cass_portal.history import Event, EventKind
from tests import factories
from tests.feedback.pages import link_to, words

A, K, R = AssignmentState, EventKind, AssignmentRole
LEFT = "ALPHA left the Consortium."


@pytest.fixture
def alpha(app):
    return factories.organization("ALPHA")


@pytest.fixture
def bravo(app):
    return factories.organization("BRAVO", acknowledge_days=2)


@pytest.fixture
def owed(alpha, time_machine):
    """Three matters of ALPHA, routed by a coordinator."""
    time_machine.move_to("2026-03-02 10:00Z", tick=False)
    by = factories.coordinator("Cora")
    rows = [actions.route(factories.feedback(f"Matter {n}"), alpha, role=R.LEAD, by=by) for n in range(3)]
    db.session.commit()
    return rows


def standing():
    query = sa.select(Assignment).order_by(Assignment.id)
    return [(each.organization.short_name, each.state, each.role) for each in db.session.scalars(query)]


def test_a_successor_takes_it_over_in_the_same_role_and_the_stakeholder_reads_why(client, owed, bravo):
    row = owed[0]

    taken = actions.succeed(row, bravo, reason=LEFT, by=factories.coordinator())
    db.session.commit()

    assert (row.state, row.handed_to, row.step_at) == (A.RETURNED, bravo, None)
    assert (taken.state, taken.role, taken.acknowledge_by) == (A.SENT, R.LEAD, date(2026, 3, 4))
    lines = progress.member_lines(row.feedback)
    assert (lines[0].organization, lines[0].handed_to, lines[0].because) == ("ALPHA", "BRAVO", LEFT)
    kinds = (
        sa.select(Event.kind).where(Event.feedback_id == row.feedback_id).order_by(Event.id.desc()).limit(2)
    )
    assert list(db.session.scalars(kinds)) == [K.ASSIGNMENT_SENT, K.ASSIGNMENT_SUCCEEDED]
    told = words(client.get(link_to(row.feedback)))
    assert "handed it from ALPHA to BRAVO" in told


def test_who_has_the_matter_already_is_sent_it_no_second_time(owed, bravo):
    row, by = owed[0], factories.coordinator()
    had = actions.route(row.feedback, bravo, role=R.CONTRIBUTING, by=by)

    assert actions.succeed(row, bravo, reason=LEFT, by=by) is had

    assert (had.role, len(row.feedback.assignments)) == (R.LEAD, 2)


def test_each_matter_or_all_of_them_find_somebody(browser_of, owed, alpha, bravo):
    leave_later, waived, _ = owed
    page = "/desk/departures/ALPHA/"
    browser = browser_of(factories.coordinator())

    wrong = browser.send(page, {"everything": "nobody", f"to-{waived.id}": "waive", "reason": LEFT})
    kept = BeautifulSoup(wrong.text, "lxml").select("select[id^='to-'] option[selected]")
    assert (wrong.status_code, [(e.parent["id"], e["value"]) for e in kept]) == (
        422,
        [(f"to-{waived.id}", "waive")],
    )
    done = browser.send(
        page,
        {
            "everything": str(bravo.id),
            f"to-{leave_later.id}": "later",
            f"to-{waived.id}": "waive",
            "reason": LEFT,
        },
    )

    assert done.status_code == 303
    db.session.expire_all()
    assert standing() == [
        ("ALPHA", A.SENT, R.LEAD), ("ALPHA", A.WAIVED, R.LEAD), ("ALPHA", A.RETURNED, R.LEAD),
        ("BRAVO", A.SENT, R.LEAD),
    ]  # fmt: skip


def test_nobody_is_made_former_while_something_is_owed(browser_of, owed, alpha, bravo):
    administrator = factories.administrator()
    browser = browser_of(administrator)
    page = "/desk/departures/ALPHA/former"

    assert "It still owes 3 answers" in browser.get(page).text
    assert browser.send(page, {}).status_code == 409
    with pytest.raises(StillOwes):
        leave(alpha, owing=lambda _member: 3, by=administrator)
    for each in owed:
        actions.succeed(each, bravo, reason=LEFT, by=factories.coordinator())
    db.session.commit()
    assert browser.send(page, {}).status_code == 303

    db.session.expire_all()
    assert (alpha.level, alpha.former_since) == (Level.FORMER, date(2026, 3, 2))


def test_coordinators_see_what_was_left_behind_until_it_is_settled(browser_of, owed, alpha, bravo):
    alpha.level, alpha.former_since = Level.FORMER, date(2026, 3, 2)
    db.session.commit()
    browser = browser_of(factories.coordinator())

    assert "3 matters need a successor" in browser.get("/desk/").text
    assert "3 matters" in words(browser.get("/desk/departures/"))
    browser.send("/desk/departures/ALPHA/", {"everything": "triage", "reason": LEFT})

    assert "need a successor" not in browser.get("/desk/").text
    assert "Nothing is left behind" in browser.get("/desk/departures/").text


def test_whoever_leads_a_member_sees_what_a_person_has_before_they_leave(browser_of, owed, alpha, bravo):
    leaving, lead = factories.person("Anton", agent_of=[alpha, bravo]), factories.person("Ada", lead_of=alpha)
    theirs = factories.assignment(factories.feedback("Of BRAVO"), bravo, person=leaving)
    owed[1].person = leaving
    db.session.commit()

    page = browser_of(lead).get(f"/desk/people/{leaving.id}/")

    assert "Has 1 open matter." in words(page)
    assert owed[1].feedback.subject in page.text
    assert theirs.feedback.subject not in page.text
