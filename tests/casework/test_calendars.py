"""The calendar pages: when a member works, and that due dates follow."""

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from cass_portal.casework import actions
from cass_portal.casework.lifecycle import AssignmentRole
from cass_portal.casework.timekeeping import times_of
from cass_portal.db import db
from cass_portal.directory.models import Holiday
from cass_portal.history import Event, EventKind, log_of
from tests import factories
from tests.feedback.pages import soup

PAGE = "/desk/organizations/ALPHA/calendar/"
K = EventKind


@pytest.fixture
def alpha(app, time_machine):
    time_machine.move_to(datetime(2026, 3, 2, 15, tzinfo=UTC), tick=False)
    return factories.organization("ALPHA")


@pytest.fixture
def row(alpha):
    made = actions.route(factories.feedback(), alpha, role=AssignmentRole.LEAD, by=factories.coordinator())
    db.session.commit()
    return made


@pytest.fixture
def browser(browser_of, alpha):
    return browser_of(factories.person(lead_of=alpha))


def stored(browser, path=PAGE):
    return [
        each.get_text(" ", strip=True) for each in soup(browser.get(path)).select("fieldset label time + bdi")
    ]


def changes():
    query = sa.select(Event.detail).where(Event.kind == K.ORGANIZATION_CHANGED).order_by(Event.id)
    return [each["changes"] for each in db.session.scalars(query)]


def test_a_lead_says_when_the_member_works_and_due_dates_follow(browser, alpha, row):
    version = soup(browser.get(PAGE)).find("input", {"name": "version"})["value"]
    before = (row.acknowledge_by, row.step_at)

    days = {"time_zone": "Pacific/Kiritimati", "workdays": ["0", "1", "2", "3"], "version": version}
    assert browser.send(PAGE, days).status_code == 303

    db.session.expire_all()
    assert before == (date(2026, 3, 9), datetime(2026, 3, 10, tzinfo=UTC))
    assert (row.acknowledge_by, row.step_at) == (date(2026, 3, 11), datetime(2026, 3, 11, 10, tzinfo=UTC))
    assert row.acknowledge_by == times_of(row, log_of(row.feedback)).acknowledge_by
    assert changes() == [["time_zone", "workdays"]]
    assert browser.send(PAGE, days).status_code == 409, "somebody saved it meanwhile"


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_zone": "Mars/Olympus", "workdays": ["0"]},
        {"time_zone": "UTC", "workdays": []},
        {"time_zone": "UTC", "workdays": ["0", "nonsense"]},
    ],
)
def test_a_calendar_without_a_zone_or_without_workdays_is_refused(browser, alpha, wrong):
    version = soup(browser.get(PAGE)).find("input", {"name": "version"})["value"]

    assert browser.send(PAGE, wrong | {"version": version}).status_code == 422
    assert changes() == []


def test_holidays_are_pasted_taken_over_and_removed(browser, alpha, row):
    year = {"year": "2026"}
    pasted = "2026-03-04 Day of ALPHA\n2026-03-07 A Saturday\n"

    assert browser.send(f"{PAGE}holidays", {"lines": "tomorrow", "add": "y", **year}).status_code == 422
    assert browser.send(f"{PAGE}holidays", {"lines": pasted, "add": "y", **year}).status_code == 303
    assert stored(browser) == ["Day of ALPHA", "A Saturday"]
    db.session.expire_all()
    assert row.acknowledge_by == date(2026, 3, 10)

    first = db.session.scalars(sa.select(Holiday.id).order_by(Holiday.on)).first()
    browser.send(f"{PAGE}holidays", {"remove": "y", "holiday": [str(first), "x"], **year})
    browser.send(f"{PAGE}holidays", {"federal": "y", **year})
    browser.send(f"{PAGE}holidays", {"federal": "y", **year})

    assert len(stored(browser)) == 12
    db.session.expire_all()
    assert row.acknowledge_by == date(2026, 3, 9)
    assert changes() == [["holidays"]] * 3, "the second time nothing was new"


def test_everybodys_holidays_count_for_every_member_and_are_the_administrators(
    browser_of, browser, alpha, row
):
    administrator = browser_of(factories.administrator())
    assert (
        browser.send("/desk/holidays/", {"lines": "2026-03-03 No", "add": "y", "year": "2026"}).status_code
        == 403
    )

    administrator.send("/desk/holidays/", {"lines": "2026-03-03 Yes", "add": "y", "year": "2026"})

    assert stored(administrator, "/desk/holidays/") == ["Yes"]
    assert "Holidays of everybody, which count as well" in browser.get(PAGE).text
    db.session.expire_all()
    assert row.acknowledge_by == date(2026, 3, 10)
    assert changes() == [["holidays of everybody"]]


def test_nobody_changes_the_holidays_of_another_member(browser_of, alpha):
    bravo = factories.organization("BRAVO")
    theirs = factories.made(Holiday(organization_id=alpha.id, on=date(2026, 5, 1), name="Ours"))
    db.session.commit()
    lead = browser_of(factories.person(lead_of=bravo))

    assert (
        lead.send(f"{PAGE}holidays", {"remove": "y", "holiday": str(theirs.id), "year": "2026"}).status_code
        == 404
    )
    other = PAGE.replace("ALPHA", "BRAVO")
    lead.send(f"{other}holidays", {"remove": "y", "holiday": str(theirs.id), "year": "2026"})

    assert db.session.scalar(sa.select(sa.func.count(Holiday.id))) == 1
