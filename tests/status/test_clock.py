"""What the worker minds: maintenance by the clock, exactly once and in order, and reminders of silent notices."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from cass_portal import worker
from cass_portal.announcements.lifecycle import EditionState, ProductLevel, Stage
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery.models import Delivery, DeliveryState
from cass_portal.delivery.recipients import recipients_of
from cass_portal.history import Event, EventKind
from cass_portal.status import queries
from cass_portal.status.actions import follow_clock, post_update, remind
from cass_portal.status.models import StatusUpdate
from cass_portal.worker import publishing

L, S = ProductLevel, Stage
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel("2026-03-10T12:00:00Z", tick=False) as clock:
        yield clock


def post(notice, by, stage=S.IDENTIFIED, body="We know why.", **fields):
    update = post_update(notice, stage=stage, body=body, by=by, **fields)
    db.session.flush()
    return update


def posted():
    """(stage, hours from noon, by) of what was posted, in its order."""
    db.session.rollback()
    noon = now().replace(year=2026, month=3, day=10, hour=12, minute=0)
    found = db.session.scalars(sa.select(StatusUpdate).order_by(StatusUpdate.id))
    return [(each.stage, (each.at - noon) / HOUR, each.by_id) for each in found]


def reminded():
    db.session.rollback()
    query = sa.select(Event.detail).where(Event.kind == EventKind.ANNOUNCEMENT_STALE).order_by(Event.id)
    return [each["hours"] for each in db.session.scalars(query)]


def tick(app):
    db.session.commit()
    return worker.tick(app)


def test_maintenance_begins_and_ends_by_the_clock(app, house, maintenance, frozen):
    maintenance(now() + 2 * HOUR, now() + 4 * HOUR)
    tick(app)
    assert posted() == []

    frozen.shift(2 * HOUR)
    tick(app)
    tick(app)
    assert posted() == [(S.IN_PROGRESS, 2, None)]
    assert queries.levels_now() == {house.solver.id: L.MAINTENANCE}
    frozen.shift(2 * HOUR)
    tick(app)
    tick(app)

    assert posted() == [(S.IN_PROGRESS, 2, None), (S.COMPLETED, 4, None)]
    assert queries.levels_now() == {}
    events = db.session.scalars(sa.select(Event).order_by(Event.id)).all()
    assert [(each.kind, each.actor_role, each.detail["stage"]) for each in events] == [
        (EventKind.ANNOUNCEMENT_UPDATED, "system", "in_progress"),
        (EventKind.ANNOUNCEMENT_UPDATED, "system", "completed"),
    ]


def test_subscribers_are_told_of_both_steps_by_the_clock(app, maintenance, frozen):
    maintenance(now() + 2 * HOUR, now() + 4 * HOUR)
    for _ in range(2):
        frozen.shift(2 * HOUR)
        tick(app)

    told = db.session.scalars(sa.select(Event.detail).where(Event.kind == EventKind.ANNOUNCEMENT_UPDATED))
    assert [(each["stage"], each["minor"]) for each in told] == [("in_progress", False), ("completed", False)]


def test_after_downtime_both_steps_are_made_in_their_order_and_dated_when_they_were_due(
    app, maintenance, frozen
):
    maintenance(now() + 2 * HOUR, now() + 4 * HOUR)
    frozen.shift(30 * HOUR)

    tick(app)

    assert posted() == [(S.IN_PROGRESS, 2, None), (S.COMPLETED, 4, None)]


def test_two_workers_post_each_step_once(app, house, maintenance, frozen):
    for number in range(4):
        maintenance(now() + HOUR, now() + 2 * HOUR, slug=f"move-{number}")
    frozen.shift(3 * HOUR)
    db.session.commit()
    ready, failures = threading.Barrier(3, timeout=30), []

    def work():
        minder = worker.Worker(app, {}, threading.Event())
        ready.wait()
        with app.app_context():
            publishing.mind_notices(minder)
        failures.append(minder.failure)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)

    assert failures == [None] * 3
    assert sorted(posted()) == sorted([(S.IN_PROGRESS, 1, None), (S.COMPLETED, 2, None)] * 4)


def test_what_is_claimed_by_a_dead_worker_is_taken_up_when_its_lease_runs_out(app, maintenance, frozen):
    notice = maintenance(now() + HOUR, now() + 2 * HOUR)
    frozen.shift(HOUR)
    notice.public_edition.leased_until = now() + MINUTE
    tick(app)
    assert posted() == []

    frozen.shift(2 * MINUTE)
    tick(app)

    assert posted() == [(S.IN_PROGRESS, 1, None)]
    assert notice.public_edition.leased_until is None


def test_minding_a_notice_is_no_new_version_of_its_text(app, maintenance, frozen):
    notice = maintenance(now() + HOUR, now() + 2 * HOUR)
    db.session.commit()
    version = notice.public_edition.version
    frozen.shift(HOUR)

    tick(app)

    db.session.expire_all()
    assert notice.public_edition.version == version


def test_the_clock_moves_nothing_that_does_not_follow_it_or_is_withdrawn(
    app, house, maintenance, incident, frozen
):
    maintenance(now() + HOUR, now() + 2 * HOUR, slug="by-hand", follows_clock=False)
    gone = maintenance(now() + HOUR, now() + 2 * HOUR, slug="gone", state=EditionState.WITHDRAWN)
    gone.withdrawn_at = now()
    maintenance(now() + HOUR, now() + 2 * HOUR, slug="draft", state=EditionState.DRAFT)
    incident(slug="incident", follows_clock=True, starts_at=now(), ends_at=now() + HOUR)
    frozen.shift(2 * HOUR)

    tick(app)

    assert posted() == []


def test_the_clock_respects_what_a_person_said(app, house, maintenance, frozen):
    """Verified by hand after a late start, and longer than planned: the clock only ends it, at the new end."""
    notice = maintenance(now() + HOUR, now() + 2 * HOUR)
    frozen.shift(90 * MINUTE)
    post(notice, house.author, S.VERIFYING, ends_at=now() + 3 * HOUR)
    frozen.shift(HOUR)
    tick(app)
    assert [stage for stage, _, _ in posted()] == [S.VERIFYING]

    frozen.shift(3 * HOUR)
    tick(app)

    assert posted() == [(S.VERIFYING, 1.5, house.author.id), (S.COMPLETED, 4.5, None)]


def test_a_step_is_never_dated_before_what_was_posted_already(app, house, maintenance, frozen):
    notice = maintenance(now() + HOUR, now() + 2 * HOUR)
    frozen.shift(150 * MINUTE)
    standing = queries.standing_of(notice, by_clock=False)
    assert standing.stage == S.SCHEDULED
    notice.public_edition.ends_at = now() - 20 * MINUTE
    db.session.add(
        StatusUpdate(announcement=notice, stage=S.IN_PROGRESS, body="x", html="x", at=now() - MINUTE)
    )
    db.session.flush()

    follow_clock(notice)
    db.session.commit()

    assert [(stage, at) for stage, at, _ in posted()] == [(S.IN_PROGRESS, 149 / 60), (S.COMPLETED, 149 / 60)]


def test_a_silent_notice_reminds_at_each_of_the_hours_once(app, house, incident, frozen):
    incident(at=now())
    begin, told = now(), {}
    for minutes in (179, 180, 181, 359, 360, 719, 720, 1439, 1440, 1441, 4000):
        frozen.move_to(begin + minutes * MINUTE)
        tick(app)
        for hours in reminded():
            told.setdefault(hours, minutes / 60)

    assert reminded() == [3, 6, 12, 24]
    assert told == {3: 3, 6: 6, 12: 12, 24: 24}


def test_after_downtime_the_longest_reminder_stands_for_all(app, incident, frozen):
    incident(at=now())
    frozen.shift(13 * HOUR)

    tick(app)
    tick(app)

    assert reminded() == [12]


def test_an_update_ends_the_silence_and_a_new_one_reminds_again(app, house, incident, frozen):
    notice = incident(at=now())
    frozen.shift(4 * HOUR)
    tick(app)
    post(notice, house.agent)
    tick(app)
    frozen.shift(2 * HOUR)
    tick(app)
    assert reminded() == [3]

    frozen.shift(HOUR)
    tick(app)

    assert reminded() == [3, 3]


@pytest.mark.parametrize("over", ["resolved", "withdrawn", "scheduled", "draft"])
def test_what_is_over_or_ahead_reminds_nobody(app, incident, maintenance, frozen, over):
    if over == "resolved":
        notice = incident(at=now())
        post(notice, notice.created_by, S.RESOLVED)
    elif over == "withdrawn":
        incident(at=now(), state=EditionState.WITHDRAWN).withdrawn_at = now()
    elif over == "scheduled":
        maintenance(now() + 90 * HOUR, now() + 91 * HOUR, at=now())
    else:
        incident(at=now(), state=EditionState.DRAFT)
    frozen.shift(25 * HOUR)

    tick(app)

    assert reminded() == []


def test_maintenance_in_progress_reminds_from_its_begin_on(app, maintenance, frozen):
    maintenance(now() + 10 * HOUR, now() + 50 * HOUR, at=now())
    frozen.shift(12 * HOUR)
    tick(app)
    assert reminded() == []

    frozen.shift(HOUR)
    tick(app)

    assert reminded() == [3]


def test_two_workers_remind_once(app, incident, frozen):
    for number in range(4):
        incident(at=now(), slug=f"down-{number}")
    frozen.shift(3 * HOUR)
    db.session.commit()
    ready, failures = threading.Barrier(3, timeout=30), []

    def work():
        minder = worker.Worker(app, {}, threading.Event())
        ready.wait()
        with app.app_context():
            publishing.mind_notices(minder)
        failures.append(minder.failure)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)

    assert failures == [None] * 3
    assert reminded() == [3] * 4


def told(notice):
    remind(notice)
    db.session.commit()
    event = db.session.scalars(sa.select(Event).where(Event.kind == EventKind.ANNOUNCEMENT_STALE)).one()
    return {each.address for each in recipients_of(event)}


def test_the_reminder_goes_to_who_edited_last(house, incident, frozen):
    notice = incident(at=now())
    frozen.shift(3 * HOUR)

    assert told(notice) == {house.author.email}


def test_the_reminder_goes_to_who_posted_last(house, incident, frozen):
    notice = incident(at=now())
    post(notice, house.agent)
    frozen.shift(3 * HOUR)

    assert told(notice) == {house.agent.email}


def test_the_reminder_goes_to_the_coordinators_where_the_owner_is_gone(house, incident, frozen):
    notice = incident(at=now())
    house.author.active = False
    frozen.shift(3 * HOUR)

    assert told(notice) == {house.second.email}


def test_the_mail_of_a_reminder_says_what_to_do_and_is_not_sent_when_somebody_spoke(
    app, house, incident, frozen
):
    notice = incident(at=now())
    frozen.shift(3 * HOUR)
    remind(notice)
    db.session.commit()
    event = db.session.scalars(sa.select(Event)).one()
    from cass_portal.delivery import actions as delivery
    from cass_portal.delivery.letterhead import letterhead_of
    from cass_portal.delivery.messages import parcel_for
    from tests.delivery.sink import message_of

    delivery.fan_out(event)
    db.session.flush()
    sent = db.session.scalars(sa.select(Delivery)).one()
    mail = message_of(parcel_for(sent, letterhead_of(app)))
    text = mail.get_body(("plain",)).get_content()
    assert mail["Subject"] == "No update for 3 hours: Solver is down"
    assert "http://localhost/desk/status/solver-is-down/" in text

    frozen.shift(MINUTE)
    post(notice, house.author)
    tick(app)
    db.session.expire_all()
    assert sent.state == DeliveryState.SUPPRESSED


def test_an_idle_worker_asks_little(app, house, maintenance):
    """What is looked at each second: the same number of statements for one notice and for thirty."""

    def statements():
        db.session.commit()
        seen = []
        listen = lambda *args: seen.append(args[2])  # noqa: E731
        sa.event.listen(db.engine, "before_cursor_execute", listen)
        assert queries.in_need_of_care(now()) == []
        sa.event.remove(db.engine, "before_cursor_execute", listen)
        return len([each for each in seen if each.startswith("SELECT")])

    maintenance(now() + HOUR, now() + 2 * HOUR, slug="one")
    one = statements()
    for number in range(30):
        maintenance(now() + HOUR, now() + 2 * HOUR, slug=f"more-{number}")

    assert statements() == one <= 6
