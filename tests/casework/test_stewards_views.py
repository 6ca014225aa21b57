"""Several members at the desk: routed at once, their roles, the mark, and “not ours, but whose”."""

import pytest

from cass_portal.casework.lifecycle import AssignmentState
from cass_portal.db import db
from cass_portal.history import EventKind
from tests import factories
from tests.casework.test_views import filled_in, recorded, reloaded, soup, submit

A, K = AssignmentState, EventKind


@pytest.fixture
def stewards(app):
    return [factories.organization(name) for name in ("S4PST", "STEP", "PESO")]


@pytest.fixture
def desk(app, browser_of):
    return browser_of(factories.coordinator("Cora"))


def clashing(stewards):
    """A matter on two products of different members."""
    one = factories.product("Kokkos", stewards=stewards[:1])
    two = factories.product("Tau", stewards=stewards[1:2])
    return factories.feedback(products=[one, two])


def roles(item):
    db.session.expire_all()
    return {
        each.organization.short_name: (each.role.value, each.reason) for each in reloaded(item).assignments
    }


def test_what_does_not_work_together_goes_to_both_stewards_at_once(desk, client, browser_of, stewards):
    item = clashing(stewards)
    other = factories.feedback("Another", products=[item.products[0]])
    page = f"/desk/triage/{item.reference}/"
    opened = desk.get(page)
    ticked = [each["name"] for each in soup(opened).select(".route input[type=checkbox][checked]")]

    sent = submit(desk, page, "assignments", is_incompatibility="y", reason="Please talk to each other")

    assert sorted(ticked) == sorted(f"to-{each.id}-chosen" for each in stewards[:2])
    assert "is_incompatibility" not in soup(desk.get(f"/desk/triage/{other.reference}/")).decode()
    assert sent.status_code == 303
    assert sorted(role for role, _ in roles(item).values()) == ["contributing", "lead"]
    assert {reason for _, reason in roles(item).values()} == {"Please talk to each other"}
    assert recorded() == [K.FEEDBACK_MARKED, K.ASSIGNMENT_SENT, K.ASSIGNMENT_SENT]
    listed = desk.get("/desk/triage/?incompatibility=y")
    assert (item.subject in listed.text, "Another" in listed.text) == (True, False)
    for shown in (
        listed,
        desk.get(page),
        browser_of(factories.person(agent_of=stewards[0])).get("/desk/inbox/"),
    ):
        assert [each.get_text() for each in soup(shown).select("main .chip") if "Incomp" in each.get_text()]


def test_the_mark_is_taken_away_and_an_old_page_changes_nothing(desk, stewards):
    item = clashing(stewards)
    page = f"/desk/triage/{item.reference}/"
    old = filled_in(desk.get(page), f"{page}incompatibility")

    answers = [submit(desk, page, "incompatibility").status_code for _ in range(2)]
    late = desk.send(f"{page}incompatibility", old)

    assert (answers, late.status_code) == ([303, 303], 409)
    assert reloaded(item).is_incompatibility is False


def test_another_member_leads(desk, stewards):
    item = clashing(stewards)
    page = f"/desk/triage/{item.reference}/"
    submit(desk, page, "assignments")
    led, other = sorted(reloaded(item).assignments, key=lambda each: each.role != "lead")

    changed = submit(desk, page, f"assignments/{other.id}/role", role="lead")
    refused = submit(desk, page, f"assignments/{other.id}/role", role="contributing")
    wrong = submit(desk, page, f"assignments/{other.id}/role", role="emperor")

    assert (changed.status_code, refused.status_code, wrong.status_code) == (303, 409, 422)
    db.session.expire_all()
    assert (led.role, other.role) == ("contributing", "lead")


def test_not_ours_names_whose_it_is_and_whom_it_cannot_be(desk, browser_of, stewards):
    item = factories.feedback()
    factories.assignment(item, stewards[2], state=A.REFUSED, refusal_reason="Not ours")
    row = factories.assignment(item, stewards[0])
    inbox, triage = f"/desk/inbox/{row.id}/", f"/desk/triage/{item.reference}/"
    agent = browser_of(factories.person(agent_of=stewards[0]))
    offered = [each.get_text() for each in soup(agent.get(inbox)).select("#refusal-proposed_to option")]

    forged = submit(agent, inbox, "refusal", reason="It is theirs", proposed_to=str(stewards[2].id))
    given = submit(agent, inbox, "refusal", reason="It is theirs", proposed_to=str(stewards[1].id))
    shown = soup(desk.get(triage))
    chosen = shown.select_one("select[id^=hand-on] option[selected]")

    assert offered == ["I do not know", "STEP"]
    assert (forged.status_code, given.status_code) == (422, 303)
    assert "They think that it is for STEP." in " ".join(shown.get_text(" ").split()).replace(" .", ".")
    assert chosen.get_text() == "STEP"
    assert "Several members have said that it is not theirs" in shown.get_text()
