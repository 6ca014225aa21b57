"""The page of broken promises, its file, the badges, and another due date by a coordinator."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from cass_portal.casework import promises
from cass_portal.casework.lifecycle import AssignmentRole, AssignmentState, Outcome
from cass_portal.clock import now, today
from cass_portal.db import db
from cass_portal.directory.models import Holiday
from cass_portal.feedback.models import Visibility
from cass_portal.history import Event, EventKind
from tests import factories
from tests.feedback.pages import soup

MONDAY = datetime(2026, 3, 2, 15, tzinfo=UTC)
A = AssignmentState
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "'=1", '=HYPERLINK("x")')
PAGE, FILE = "/desk/promises/", "/desk/promises/broken.csv"


@pytest.fixture(autouse=True)
def monday(app, time_machine):
    time_machine.move_to(MONDAY, tick=False)


@pytest.fixture
def members(app):
    return factories.organization("ALPHA"), factories.organization("BRAVO")


def late(member, subject="A matter", days=3, **fields):
    known = {key: fields.pop(key) for key in ("visibility",) if key in fields}
    return factories.assignment(
        factories.feedback(subject, **known), member, acknowledge_by=today() - timedelta(days=days), **fields
    )


def titles(browser, query=""):
    return [each.get_text() for each in soup(browser.get(PAGE + query)).select(".entry-title")]


def lines(browser):
    return list(csv.DictReader(io.StringIO(browser.get(FILE).data.decode("utf-8-sig"))))


def test_coordinators_see_every_broken_promise_and_members_their_own(browser_of, members):
    late(members[0], "Of ALPHA", days=3)
    late(members[1], "Of BRAVO", days=5)
    factories.assignment(factories.feedback("In time"), members[0])
    late(members[0], "Informed", role=AssignmentRole.INFORMED)
    late(members[0], "Answered", state=A.ANSWERED)
    asked = late(members[0], "Asked").feedback
    asked.waiting_since = now()
    db.session.commit()

    assert titles(browser_of(factories.coordinator())) == ["Of BRAVO", "Of ALPHA"]
    assert titles(browser_of(factories.person(agent_of=members[0]))) == ["Of ALPHA"]
    assert titles(browser_of(factories.coordinator()), "?organization=ALPHA") == ["Of ALPHA"]
    assert titles(browser_of(factories.person(agent_of=members[0])), "?organization=BRAVO") == ["Of ALPHA"]


def test_an_administrator_sees_who_is_late_and_not_with_what(browser_of, members):
    private = late(members[0], "Secret matter", visibility=Visibility.PRIVATE)
    db.session.commit()
    browser = browser_of(factories.administrator())

    assert titles(browser) == [private.feedback.reference]
    assert [(each["Matter"], each["Member"]) for each in lines(browser)] == [("", "ALPHA")]


def test_the_list_is_filtered_and_paged(browser_of, members):
    for number in range(27):
        late(members[0], f"Matter {number}", days=30 - number)
    nobody = late(members[1], "Told everybody", state=A.WORKING, answer_by=date(2026, 2, 27), overdue_steps=3)
    nobody.person = factories.person(agent_of=members[1])
    db.session.commit()
    browser = browser_of(factories.coordinator())

    first = soup(browser.get(PAGE))
    rest = titles(browser, first.find("a", rel="next")["href"].removeprefix(PAGE))

    assert [each.get_text() for each in first.select(".entry-title")] == [f"Matter {n}" for n in range(25)]
    assert rest == ["Matter 25", "Matter 26", "Told everybody"]
    assert titles(browser, "?step=3") == titles(browser, "?waits=answer") == ["Told everybody"]
    assert len(lines(browser)) == 28
    assert "Told everybody" not in titles(browser, "?nobody=y")
    assert titles(browser, "?from=nonsense&step=99&waits=?") == titles(browser)


def test_days_are_the_members_own(browser_of, app):
    ahead = factories.organization("AHEAD", time_zone="Pacific/Kiritimati")
    behind = factories.organization("BEHIND", time_zone="Pacific/Pago_Pago")
    four_days = factories.organization("FOUR", workdays=[0, 1, 2, 3])
    free = factories.organization("FREE")
    db.session.add(Holiday(organization_id=free.id, on=date(2026, 2, 27), name="Off"))
    for member in (ahead, behind, four_days, free):
        late(member, f"For {member.short_name}", days=0 if member in (ahead, behind) else 4)
    db.session.commit()

    told = {each["Member"]: each["How late"] for each in lines(browser_of(factories.coordinator()))}

    assert told == {
        "AHEAD": "1 working day late", "FOUR": "1 working day late", "FREE": "1 working day late"
    }  # fmt: skip


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_of_the_file_is_a_formula(browser_of, members, formula):
    late(members[0], formula)
    db.session.commit()

    (line,) = lines(browser_of(factories.coordinator()))

    assert line["Matter"].lstrip()[:1] not in ("=", "+", "-", "@")
    assert line["Matter"].lstrip("'") == formula.lstrip("'")


def test_figures_say_how_many_answers_came_in_time(app, members):
    alpha, bravo = members
    done = {"state": A.ANSWERED, "settled_at": now()}
    for steps in (0, 0, 2):
        late(alpha, overdue_steps=steps, **done)
    late(alpha)
    late(alpha, state=A.ANSWERED, settled_at=now() - timedelta(days=91), overdue_steps=1)
    late(bravo, role=AssignmentRole.INFORMED)

    (line,) = promises.kept_by([alpha, bravo])

    assert (line.organization, line.in_time, line.late, line.overdue, line.rate) == (alpha, 2, 1, 1, 50)


def test_a_coordinator_gives_another_date_and_the_member_hears_why(browser_of, members):
    row = late(members[0])
    row.overdue_steps = 2
    db.session.commit()
    browser = browser_of(factories.coordinator())
    page = f"/desk/triage/{row.feedback.reference}/"
    form = soup(browser.get(page)).find("form", action=f"{page}assignments/{row.id}/due")
    sent = {each["name"]: each.get("value", "") for each in form.select("input[name]")}

    past = browser.send(form["action"], sent | {"answer_by": "2026-02-27", "reason": "x"})
    done = browser.send(
        form["action"],
        sent | {"acknowledge_by": "2026-03-02", "answer_by": "2026-04-01", "reason": "A release is near."},
    )

    assert (past.status_code, done.status_code) == (422, 303)
    db.session.expire_all()
    event = db.session.scalars(sa.select(Event).where(Event.kind == EventKind.ASSIGNMENT_DUE_CHANGED)).one()
    assert (row.answer_by, row.acknowledge_by) == (date(2026, 4, 1), date(2026, 3, 2))
    assert (event.note, event.assignment_id) == ("A release is near.", row.id)


def test_badges_say_it_in_words_wherever_a_promise_is_shown(browser_of, members):
    agent = factories.person(agent_of=members[0])
    row = factories.assignment(
        factories.feedback("Mine"), members[0], state=A.WORKING, answer_by=date(2026, 3, 4)
    )
    factories.answer(row, agent, outcome=Outcome.DONE)
    late(members[0], "Late", days=4)
    db.session.commit()
    desk, inbox = browser_of(factories.coordinator()), browser_of(agent)

    shown = {
        "inbox": inbox.get("/desk/inbox/").text, "work": inbox.get("/desk/").text,
        "assignment": inbox.get(f"/desk/inbox/{row.id}/").text,
        "item": desk.get(f"/desk/triage/{row.feedback.reference}/").text,
    }  # fmt: skip

    assert {name for name, text in shown.items() if "Due in 2 working days" in text} == set(shown)
    assert "2 working days late" in shown["inbox"] + desk.get("/desk/triage/").text
