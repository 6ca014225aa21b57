"""What the worker does for votes: it closes them when their time is up and reminds who is silent, once."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from cass_portal import worker
from cass_portal.announcements import actions
from cass_portal.announcements.agreement import Outcome, Stance
from cass_portal.announcements.lifecycle import EditionState
from cass_portal.announcements.models import AnnouncementKind, Ballot
from cass_portal.db import db
from cass_portal.history import Event
from cass_portal.people import actions as people
from cass_portal.worker import publishing
from tests import factories

MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def asked(app, time_machine):
    """A direction that three members are asked about; `say(place, stance)` votes."""
    time_machine.move_to(MONDAY, tick=False)
    members = [factories.organization(name) for name in ("ALPHA", "BETA", "GAMMA")]
    holders = [
        factories.person(agent_of=each, email=f"{each.short_name.lower()}@example.org") for each in members
    ]
    seats = [factories.seat(each, holder=holder) for each, holder in zip(members, holders, strict=True)]
    edition = factories.announcement(
        by=factories.coordinator(),
        state=EditionState.DRAFT,
        kind=AnnouncementKind.DIRECTION,
        organizations=members,
    ).latest_edition
    actions.request_sign_off(edition, by=edition.edited_by)
    db.session.commit()

    def say(place, stance, reason=None):
        actions.cast_vote(
            edition,
            seat=seats[place],
            stance=stance,
            reason=reason,
            text_hash=edition.text_hash,
            by=holders[place],
        )

    edition.say, edition.members = say, members
    return edition


def system_acts():
    query = sa.select(Event.kind).where(Event.actor_role == "system").order_by(Event.id)
    return [kind.value.removeprefix("announcement.") for kind in db.session.scalars(query)]


def kinds(mails):
    return sorted((mail["To"], mail["X-CASS-Kind"].removeprefix("announcement.")) for mail in mails)


def test_a_vote_is_closed_when_its_time_is_up_and_once(asked, outbox, time_machine):
    asked.say(0, Stance.LIKE)
    asked.say(1, Stance.LIKE)
    outbox()
    time_machine.move_to(MONDAY + 7 * DAY - timedelta(seconds=1))
    outbox()
    assert (asked.ballot.outcome, system_acts()) == (Outcome.VOTING, ["vote_reminded"])

    time_machine.shift(timedelta(seconds=1))
    outbox()
    outbox()

    assert (asked.ballot.outcome, asked.state) == (Outcome.AGREED, EditionState.AGREED)
    assert system_acts() == ["vote_reminded", "agreed"]


def test_rounds_follow_each_other_by_the_clock_alone(asked, outbox, time_machine):
    asked.say(0, Stance.UNCOMFORTABLE, "It says too much.")
    asked.say(1, Stance.LIKE)
    asked.say(2, Stance.LIKE)
    for _ in range(3):
        time_machine.shift(2 * DAY)
        outbox()

    assert (asked.ballot.outcome, asked.state) == (Outcome.RETURNED, EditionState.RETURNED)
    assert system_acts() == ["discussion_opened", "second_vote_opened", "returned"]


def test_who_is_silent_is_reminded_once(asked, outbox, time_machine):
    asked.say(0, Stance.LIKE)
    outbox()
    time_machine.move_to(MONDAY + 4 * DAY)

    assert kinds(outbox()) == [("beta@example.org", "vote_reminded"), ("gamma@example.org", "vote_reminded")]
    time_machine.shift(30 * DAY)
    assert outbox() == []
    assert asked.ballot.is_open


def test_a_member_that_resigned_completes_the_vote(asked, outbox):
    asked.say(0, Stance.LIKE)
    asked.say(1, Stance.LIKE)
    outbox()
    people.ensure_seats(asked.members[:2])

    outbox()

    assert (asked.ballot.outcome, asked.ballot.seats, system_acts()) == (Outcome.AGREED, 2, ["agreed"])


def test_a_vote_that_cannot_be_counted_leaves_the_others_alone(asked, app, time_machine, monkeypatch, caplog):
    broken = asked.ballot
    other = factories.announcement(
        by=asked.edited_by,
        state=EditionState.DRAFT,
        kind=AnnouncementKind.DIRECTION,
        organizations=asked.members,
    ).latest_edition
    actions.request_sign_off(other, by=asked.edited_by)
    db.session.commit()
    settle = actions.settle

    def settle_one(ballot):
        if ballot.id == broken.id:
            raise RuntimeError("a bug")
        settle(ballot)

    monkeypatch.setattr(publishing.announcements, "settle", settle_one)
    time_machine.shift(9 * DAY)
    made = worker.Worker(app, {}, threading.Event())
    publishing.settle_ballots(made)

    db.session.expire_all()
    assert (broken.due_at, other.ballot.due_at) == (MONDAY + 7 * DAY, None)
    assert "settle_one ballot" in caplog.text


def test_between_its_rounds_the_worker_looks_only_at_what_is_due(asked, app, time_machine):
    asked.say(0, Stance.LIKE)
    asked.say(1, Stance.LIKE)
    db.session.commit()
    made = worker.Worker(app, {}, threading.Event())
    assert publishing.settle_ballots(made) is False
    assert publishing.settle_ballots(made) is False

    time_machine.shift(9 * DAY)

    assert publishing.settle_ballots(made) is True
    assert db.session.scalars(sa.select(Ballot.outcome)).all() == [Outcome.AGREED]
    assert publishing.settle_ballots(made) is False
