"""The calendar, read back by a parser: scheduled maintenance and events, in UTC, with ids that last."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from icalendar import Calendar

from cass_portal.announcements import actions as announcements
from cass_portal.announcements.lifecycle import AnnouncementKind, EditionState, Stage
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.status.actions import post_update
from tests import factories

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def events(client, path="/status/calendar.ics"):
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    found = Calendar.from_ical(answer.data)
    assert (found["version"], str(found["method"])) == ("2.0", "PUBLISH")
    assert all(len(line) <= 75 for line in answer.data.split(b"\r\n"))
    return {str(each["uid"]): each for each in found.walk("VEVENT")}


@pytest.fixture
def seminar(house):
    return factories.announcement(
        "Seminar; about, \\ everything", by=house.author, slug="seminar", kind=AnnouncementKind.EVENT,
        starts_at=NOON + 24 * HOUR, ends_at=NOON + 25 * HOUR, summary="Line\nBEGIN:VEVENT\r\nUID:forged",
        organizations=[house.beta],
    )  # fmt: skip


def test_maintenance_and_events_with_a_date_are_in_it_and_nothing_else(
    client, house, maintenance, incident, seminar
):
    maintenance(NOON + HOUR, NOON + 3 * HOUR)
    maintenance(NOON + HOUR, NOON + 3 * HOUR, slug="draft", state=EditionState.DRAFT)
    maintenance(NOON - 366 * 24 * HOUR, NOON - 365 * 24 * HOUR, slug="long-ago")
    incident(slug="incident", ends_at=NOON + HOUR, starts_at=NOON)
    factories.announcement(by=house.author, slug="undated", kind=AnnouncementKind.EVENT)

    found = events(client)

    assert set(found) == {"solver-moves@localhost", "seminar@localhost"}
    moves = found["solver-moves@localhost"]
    assert (moves["dtstart"].dt, moves["dtend"].dt, moves["sequence"], str(moves["status"])) == (
        NOON + HOUR, NOON + 3 * HOUR, 1, "CONFIRMED",
    )  # fmt: skip
    assert moves["dtstart"].to_ical() == b"20260310T130000Z"
    assert str(moves["url"]) == "http://localhost/announcements/solver-moves/"


def test_no_text_can_add_a_line(client, seminar):
    found = events(client)

    assert set(found) == {"seminar@localhost"}
    assert str(found["seminar@localhost"]["summary"]) == "Seminar; about, \\ everything"
    assert str(found["seminar@localhost"]["description"]) == (
        "Line\nBEGIN:VEVENT\nUID:forged\nhttp://localhost/announcements/seminar/"
    )


def test_a_later_edition_is_the_same_event_with_a_higher_sequence(client, house, seminar):
    draft = announcements.open_edition(seminar.public_edition, by=house.author)
    draft.starts_at = NOON + 48 * HOUR
    draft.ends_at = None
    seminar.public_edition.state = EditionState.SUPERSEDED
    draft.state, draft.published_at = EditionState.PUBLISHED, now()

    event = events(client)["seminar@localhost"]

    assert (event["sequence"], event["dtstart"].dt) == (2, NOON + 48 * HOUR)
    assert "dtend" not in event


def test_a_withdrawn_one_is_canceled(client, seminar):
    seminar.public_edition.state = EditionState.WITHDRAWN
    seminar.withdrawn_at = now()

    assert str(events(client)["seminar@localhost"]["status"]) == "CANCELLED"


def test_an_update_moves_the_end_and_raises_the_sequence(client, house, maintenance):
    notice = maintenance(NOON + HOUR, NOON + 3 * HOUR)
    post_update(notice, stage=Stage.SCHEDULED, body="Longer.", ends_at=NOON + 6 * HOUR, by=house.author)
    db.session.flush()

    event = events(client)["solver-moves@localhost"]

    assert (event["dtend"].dt, event["sequence"]) == (NOON + 6 * HOUR, 2)


def test_each_product_has_its_own_calendar(client, house, maintenance, seminar):
    maintenance(NOON + HOUR, NOON + 3 * HOUR)

    assert set(events(client, "/status/solver/calendar.ics")) == {"solver-moves@localhost"}
    assert events(client, "/status/mesher/calendar.ics") == {}
    assert client.get("/status/nothing/calendar.ics").status_code == 404


def test_an_empty_calendar_is_valid(client, house):
    assert events(client) == {}
