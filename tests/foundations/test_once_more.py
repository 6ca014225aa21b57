"""What the database refuses because of another's act at the same moment is done once more, and no more than once."""

import io

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.orm.exc import StaleDataError

from cass_portal.casework.models import Assignment, BulkAct
from cass_portal.db import db
from cass_portal.feedback.actions import mint_follow_link
from cass_portal.feedback.models import Feedback
from cass_portal.history import Event
from tests import factories

DEADLOCK = sa.exc.OperationalError("UPDATE", {}, psycopg.errors.DeadlockDetected("deadlock detected"))
FULL = sa.exc.OperationalError("UPDATE", {}, psycopg.errors.DiskFull("no space left"))


@pytest.fixture
def failing(app):
    """failing(error, times): so often the database refuses a change of an assignment, or of what is named."""
    left = []

    def refuse(session, _context, _instances):
        if left and any(isinstance(each, left[-1][1]) for each in session.dirty):
            raise left.pop()[0]

    sa.event.listen(db.session, "before_flush", refuse)
    yield lambda error, times, of=Assignment: left.extend([(error, of)] * times)
    sa.event.remove(db.session, "before_flush", refuse)


@pytest.mark.parametrize(
    ("error", "times", "status"),
    [
        (StaleDataError("changed"), 1, 303),
        (StaleDataError("changed"), 2, 409),
        (DEADLOCK, 1, 303),
        (DEADLOCK, 2, 503),
        (FULL, 1, 503),
    ],
)
def test_an_act_is_tried_once_more(error, times, status, failing, browser_of):
    member = factories.organization()
    row = factories.assignment(factories.feedback(), member)
    browser = browser_of(factories.person(agent_of=member))
    path, version = f"/desk/inbox/{row.id}/acknowledgment", row.version
    failing(error, times)

    assert browser.send(path, {"version": version}).status_code == status

    db.session.rollback()
    assert list(db.session.scalars(sa.select(Event.kind))) == ["assignment.acknowledged"] * (status == 303)
    failing(StaleDataError("changed"), 1)
    assert browser.send(path, {"version": version}).status_code == (409 if status == 303 else 303), (
        "as seen, or not"
    )


@pytest.fixture
def waive(browser_of):
    """Waive what two members each were sent; the answer to the press of the button."""
    browser = browser_of(factories.coordinator())
    rows = [factories.assignment(factories.feedback(), factories.organization()) for _ in range(2)]
    picked = [f"{each.feedback.reference}.{each.feedback.version}" for each in rows]
    fields = {"act": "waive", "item": picked, "reason": "No", "role": "lead", "visibility": "members"}
    return lambda **changed: browser.send("/desk/triage/bulk/act", fields | changed)


@pytest.mark.parametrize(
    ("refusals", "came_of"),
    [
        ((DEADLOCK, 1), (303, 2, [])),
        ((StaleDataError("changed"), 1), (303, 2, [])),
        ((DEADLOCK, 2), (303, 1, ["It has changed meanwhile"])),
        ((FULL, 1), (503, 0, [])),
    ],
)
def test_each_of_many_is_tried_once_more(failing, waive, refusals, came_of):
    failing(*refusals)

    answer = waive()

    db.session.rollback()
    kept = db.session.scalars(sa.select(BulkAct)).one()
    assert (answer.status_code, len(kept.done), [each["why"] for each in kept.refused]) == came_of
    assert list(db.session.scalars(sa.select(Event.kind))) == ["assignment.waived"] * len(kept.done)


def test_what_was_stored_or_came_with_files_is_not_sent_again(failing, waive, client):
    """A second try of these could do a part of them twice, or without the file."""
    failing(DEADLOCK, 1, of=BulkAct)

    assert waive(act="accept").status_code == 503, "each is refused, and that could not be noted"

    assert len(list(db.session.scalars(sa.select(BulkAct)))) == 1
    token = mint_follow_link(factories.feedback())
    failing(DEADLOCK, 1, of=Feedback)
    answer = client.send(
        f"/f/{token}/replies", {"text": "See the file.", "files": (io.BytesIO(b"a line of a log\n"), "a.log")}
    )
    assert answer.status_code == 503
    failing(DEADLOCK, 1, of=Feedback)
    none_chosen = {"text": "No file was chosen.", "files": (io.BytesIO(), "")}
    assert client.send(f"/f/{token}/replies", none_chosen).status_code == 303
