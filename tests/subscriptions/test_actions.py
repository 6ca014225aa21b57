"""Rules begin, change and end; each act once, and in the history once."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from cass_portal.announcements.models import AnnouncementKind
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery.actions import fan_out
from cass_portal.delivery.models import Delivery
from cass_portal.directory.lifecycle import Level
from cass_portal.feedback.lifecycle import Verdict
from cass_portal.feedback.models import Visibility
from cass_portal.history import Event
from cass_portal.subscriptions import actions, background
from cass_portal.subscriptions.lifecycle import EndedReason, Matter, Scope
from cass_portal.subscriptions.models import DigestClock, Subscriber
from tests import factories
from tests.subscriptions.rows import (
    EMAIL,
    F,
    about,
    everything_of,
    rule,
    states,
    subscribed,
    subscriber,
    told,
)

pytestmark = pytest.mark.usefixtures("app")
MORNING = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
"""A Monday, half an hour before digests go out in UTC."""


def clocks(of):
    query = sa.select(DigestClock).where(DigestClock.subscriber_id == of.id).order_by(DigestClock.frequency)
    return {each.frequency.value: (each.told_until, each.next_at) for each in db.session.scalars(query)}


def test_ask_waits_for_the_confirmation():
    kokkos = factories.product("Kokkos")

    actions.ask(EMAIL, rules=[rule(), about(kokkos, frequency=F.DAILY)], time_zone="Europe/Berlin")

    asked = subscriber()
    assert (asked.time_zone, asked.idle_since is not None) == ("Europe/Berlin", True)
    assert states(asked) == [("immediately", "waits"), ("daily", "waits")]
    event = db.session.scalar(sa.select(Event))
    assert (event.kind, event.subject, event.actor_role) == ("subscription.asked", asked, "stranger")
    assert event.detail == {"subscriptions": [each.id for each in everything_of(asked)]}
    assert clocks(asked) == {}


def test_an_address_gets_three_mails_in_six_hours(time_machine):
    time_machine.move_to(MORNING, tick=False)
    for _ in range(5):
        actions.ask(EMAIL, rules=[rule()], time_zone="UTC")
        actions.ask_for_link(EMAIL)
    first = told()

    time_machine.shift(timedelta(hours=6, seconds=1))
    actions.ask_for_link(EMAIL)

    assert first == ["subscription.asked", "subscriber.link_asked", "subscription.asked"]
    assert told() == [*first, "subscriber.link_asked"]
    assert len(everything_of(subscriber())) == 2


def test_the_limit_is_of_each_address():
    for email in ("one@example.org", "two@example.org"):
        for _ in range(4):
            actions.ask(email, rules=[rule()], time_zone="UTC")

    events = db.session.scalars(sa.select(Event.subscriber_id)).all()

    assert sorted(events.count(each) for each in set(events)) == [3, 3]


def test_asking_for_what_runs_sends_the_link_and_changes_nothing():
    reader = subscribed(rule(), zone="Europe/Berlin")

    actions.ask(EMAIL, rules=[rule()], time_zone="Asia/Tokyo")

    assert told()[-1] == "subscriber.link_asked"
    assert states(reader) == [("immediately", "runs")]
    assert reader.time_zone == "Europe/Berlin"


def test_a_stranger_cannot_move_the_clock_of_a_subscriber():
    reader = subscribed(rule(), zone="Europe/Berlin")

    actions.ask(EMAIL, rules=[about(factories.product("Kokkos"))], time_zone="Asia/Tokyo")

    assert reader.time_zone == "Europe/Berlin"
    assert states(reader) == [("immediately", "runs"), ("immediately", "waits")]


def test_confirm_begins_all_that_was_asked_for_together(time_machine):
    time_machine.move_to(MORNING, tick=False)
    kokkos = factories.product("Kokkos")
    actions.ask(EMAIL, rules=[rule(frequency=F.WEEKLY), about(kokkos, frequency=F.DAILY)], time_zone="UTC")
    reader = subscriber()

    begun = actions.confirm(reader, asked=[each.id for each in everything_of(reader)])
    again = actions.confirm(reader, asked=[each.id for each in everything_of(reader)])

    assert (begun, again) == (True, False)
    assert states(reader) == [("weekly", "runs"), ("daily", "runs")]
    assert told() == ["subscription.asked", "subscription.confirmed"]
    assert reader.idle_since is None
    at_eight = MORNING.replace(hour=8, minute=0)
    assert clocks(reader) == {"daily": (MORNING, at_eight), "weekly": (MORNING, at_eight)}


def test_confirm_takes_only_the_subscribers_own_waiting_rules(time_machine):
    time_machine.move_to(MORNING, tick=False)
    other = subscribed(rule(), email="other@example.org")
    actions.ask("other@example.org", rules=[rule(frequency=F.DAILY)], time_zone="UTC")
    actions.ask(EMAIL, rules=[rule()], time_zone="UTC")
    reader = subscriber()

    foreign = actions.confirm(reader, asked=[each.id for each in everything_of(other)])
    time_machine.shift(timedelta(days=7))
    late = actions.confirm(reader, asked=[each.id for each in everything_of(reader)])

    assert (foreign, late) == (False, False)
    assert states(other) == [("immediately", "runs"), ("daily", "waits")]
    assert states(reader) == [("immediately", "waits")]


def test_confirm_after_the_end_does_nothing():
    actions.ask(EMAIL, rules=[rule()], time_zone="UTC")
    reader = subscriber()
    actions.end_all(reader, reason=EndedReason.UNSUBSCRIBED)

    assert not actions.confirm(reader, asked=[each.id for each in everything_of(reader)])
    assert states(reader) == [("immediately", "unsubscribed")]


def test_confirming_something_else_about_the_same_replaces_it():
    reader = subscribed(rule())
    kept = about(factories.product("Kokkos"))
    actions.add(reader, rules=[kept])
    actions.ask(EMAIL, rules=[rule(frequency=F.WEEKLY)], time_zone="UTC")

    actions.confirm(reader, asked=[each.id for each in everything_of(reader)])

    assert states(reader) == [("immediately", "changed"), ("immediately", "runs"), ("weekly", "runs")]


def test_change_ends_and_begins_at_the_same_instant(time_machine):
    time_machine.move_to(MORNING, tick=False)
    reader = subscribed(rule(frequency=F.DAILY))
    before = everything_of(reader)[0]
    time_machine.shift(timedelta(minutes=5))

    after = actions.change(before, matters=Matter.STATUS.bit, frequency=F.IMMEDIATELY)
    nothing = actions.change(after, matters=Matter.STATUS.bit, frequency=F.IMMEDIATELY)
    over = actions.change(before, matters=Matter.NEWS.bit, frequency=F.WEEKLY)

    assert (nothing, over) == (None, None)
    assert states(reader) == [("daily", "changed"), ("immediately", "runs")]
    assert before.ended_at == after.confirmed_at == now()
    assert (after.matters, after.scope) == (Matter.STATUS.bit, Scope.EVERYTHING)
    assert told()[-1] == "subscription.changed"
    assert len(told()) == 3


def test_what_was_not_told_when_a_digest_was_changed_still_comes(time_machine):
    time_machine.move_to(MORNING, tick=False)
    reader = subscribed(rule(frequency=F.DAILY))

    actions.change(everything_of(reader)[0], matters=rule().matters, frequency=F.WEEKLY)

    at_eight = MORNING.replace(hour=8, minute=0)
    assert clocks(reader) == {"daily": (MORNING, at_eight), "weekly": (MORNING, at_eight)}


def test_an_ended_digest_is_off_at_once_and_begins_anew(time_machine):
    time_machine.move_to(MORNING, tick=False)
    reader = subscribed(rule(frequency=F.DAILY))
    actions.end(everything_of(reader)[0], reason=EndedReason.UNSUBSCRIBED)
    off = clocks(reader)
    time_machine.shift(timedelta(days=1))

    actions.again(reader, ended=everything_of(reader))

    day = timedelta(days=1)
    assert off == {"daily": (MORNING, None)}
    assert clocks(reader) == {"daily": (MORNING + day, MORNING.replace(hour=8, minute=0) + day)}
    assert states(reader) == [("daily", "unsubscribed"), ("daily", "runs")]


def test_add_begins_at_once_and_only_what_is_new():
    reader = subscribed(rule())
    kokkos = factories.product("Kokkos")

    added = actions.add(reader, rules=[rule(), about(kokkos)])

    assert [each.product for each in added] == [kokkos]
    assert actions.add(reader, rules=[rule(), about(kokkos)]) == []
    assert told() == ["subscription.asked", "subscription.confirmed", "subscription.confirmed"]


def test_end_keeps_the_reason_and_happens_once():
    reader = subscribed(rule(), about(factories.product("Kokkos"), frequency=F.DAILY))

    first = actions.end(everything_of(reader)[0], reason=EndedReason.BOUNCED)
    second = actions.end(everything_of(reader)[0], reason=EndedReason.UNSUBSCRIBED)
    idle = reader.idle_since
    rest = actions.end_all(reader, reason=EndedReason.COMPLAINT)

    assert (first, second, rest, idle) == (True, False, True, None)
    assert states(reader) == [("immediately", "bounced"), ("daily", "complaint")]
    assert reader.idle_since is not None
    events = db.session.scalars(
        sa.select(Event).where(Event.kind == "subscription.ended").order_by(Event.id)
    ).all()
    assert [(each.actor_role, each.detail["reason"]) for each in events] == [
        ("system", "bounced"), ("system", "complaint"),
    ]  # fmt: skip


def test_end_all_of_one_frequency_leaves_the_others():
    reader = subscribed(rule(), about(factories.product("Kokkos"), frequency=F.DAILY))
    stranger = subscribed(rule(frequency=F.DAILY), email="other@example.org")

    actions.end_all(reader, reason=EndedReason.UNSUBSCRIBED, frequency=F.DAILY)

    assert states(reader) == [("immediately", "runs"), ("daily", "unsubscribed")]
    assert states(stranger) == [("daily", "runs")]


def test_again_does_not_double_what_runs_by_now():
    reader = subscribed(rule())
    actions.end_all(reader, reason=EndedReason.UNSUBSCRIBED)
    actions.add(reader, rules=[rule(frequency=F.WEEKLY)])

    assert actions.again(reader, ended=everything_of(reader)[:1]) == []
    assert states(reader) == [("immediately", "unsubscribed"), ("weekly", "runs")]


def test_set_time_zone_moves_the_next_digest_and_not_what_was_told(time_machine):
    time_machine.move_to(MORNING, tick=False)
    reader = subscribed(rule(frequency=F.DAILY))
    time_machine.shift(timedelta(minutes=10))

    actions.set_time_zone(reader, "America/Los_Angeles")
    actions.set_time_zone(reader, "America/Los_Angeles")

    assert clocks(reader) == {"daily": (MORNING, MORNING.replace(hour=16, minute=0))}
    assert told().count("subscription.changed") == 1
    for wrong in ("Mars/Olympus", "", "../etc/passwd", "posixrules", "a" * 100):
        with pytest.raises(actions.ZoneUnknown):
            actions.set_time_zone(reader, wrong)


def test_a_new_link_counts_up_and_is_mailed():
    reader = subscribed(rule())

    actions.new_link(reader)

    assert reader.link_generation == 2
    assert told()[-1] == "subscriber.link_asked"


def test_what_nobody_confirmed_ends_and_the_address_is_forgotten(time_machine):
    time_machine.move_to(MORNING, tick=False)
    actions.ask(EMAIL, rules=[rule()], time_zone="Europe/Berlin")
    actions.ask_for_link("nobody@example.org")
    reader, nobody = subscriber(), subscriber("nobody@example.org")
    time_machine.shift(timedelta(days=7) - timedelta(seconds=1))
    background.tidy(now())
    waits = states(reader)
    for event in db.session.scalars(sa.select(Event)):
        fan_out(event)
    mailed = db.session.scalars(sa.select(Delivery.address)).all()

    time_machine.shift(timedelta(seconds=1))
    background.tidy(now())

    assert (mailed, db.session.scalars(sa.select(Delivery.address)).all()) == ([EMAIL], [])
    assert waits == [("immediately", "waits")]
    assert states(reader) == [("immediately", "not_confirmed")]
    for each in (reader, nobody):
        assert (each.email, each.time_zone, each.erased_at) == (None, "UTC", now())
    assert told()[-2:] == ["subscriber.erased", "subscriber.erased"]
    assert EMAIL not in str([vars(each) for each in db.session.scalars(sa.select(Event))])


def test_an_address_is_erased_four_weeks_after_the_last_end(time_machine):
    time_machine.move_to(MORNING, tick=False)
    reader, staying = subscribed(rule()), subscribed(rule(), email="other@example.org")
    time_machine.shift(timedelta(days=100))
    actions.end_all(reader, reason=EndedReason.UNSUBSCRIBED)
    time_machine.shift(timedelta(days=28) - timedelta(seconds=1))
    background.tidy(now())
    kept = reader.email

    time_machine.shift(timedelta(seconds=1))
    background.tidy(now())
    actions.ask(EMAIL, rules=[rule()], time_zone="UTC")

    assert (kept, reader.email, staying.email) == (EMAIL, None, "other@example.org")
    assert states(reader) == [("immediately", "unsubscribed")]
    assert subscriber().id != reader.id
    assert db.session.scalar(sa.select(sa.func.count(Subscriber.id))) == 3


def test_an_idle_address_that_asks_again_is_kept(time_machine):
    time_machine.move_to(MORNING, tick=False)
    reader = subscribed(rule())
    actions.end_all(reader, reason=EndedReason.UNSUBSCRIBED)
    time_machine.shift(timedelta(days=27))
    actions.ask(EMAIL, rules=[rule()], time_zone="UTC")

    time_machine.shift(timedelta(days=2))
    background.tidy(now())

    assert reader.email == EMAIL


def test_rules_end_with_what_they_are_about(time_machine):
    time_machine.move_to(MORNING, tick=False)
    editor, today = factories.coordinator(), MORNING.date()
    gone = {
        "product_retired": about(factories.product(retired_on=today - timedelta(days=8))),
        "organization_left": rule(
            factories.organization(level=Level.FORMER, former_since=date(2020, 1, 1)), Scope.ORGANIZATION
        ),
        "announcement_withdrawn": rule(
            factories.announcement(by=editor, kind=AnnouncementKind.NEWS), Scope.ANNOUNCEMENT
        ),
        "feedback_closed": rule(factories.public_feedback(), Scope.FEEDBACK),
    }
    gone["announcement_withdrawn"].target.withdrawn_at = MORNING - timedelta(days=8)
    gone["feedback_closed"].target.visibility = Visibility.PRIVATE
    fresh = [
        about(factories.product()),
        about(factories.product(retired_on=today - timedelta(days=7))),
        rule(factories.organization(), Scope.ORGANIZATION),
        rule(factories.announcement(by=editor), Scope.ANNOUNCEMENT),
        rule(factories.announcement(by=editor), Scope.ANNOUNCEMENT),
        rule(factories.public_feedback(), Scope.FEEDBACK),
        rule(factories.topic(), Scope.TOPIC),
        rule(frequency=F.DAILY),
    ]
    fresh[3].target.withdrawn_at = MORNING - timedelta(days=7)
    reader = subscribed(*gone.values(), *fresh)
    only = subscribed(gone["product_retired"], email="only@example.org")

    background.tidy(now())

    ended = {each.ended_reason.value for each in everything_of(reader) if each.ended_reason}
    assert ended == set(gone)
    assert [each.is_running for each in everything_of(reader)] == [False] * 4 + [True] * 8
    assert (reader.idle_since, only.idle_since) == (None, MORNING)
    assert told().count("subscription.ended") == 5
    assert (
        db.session.scalar(
            sa.select(Event.id).where(Event.kind == "subscription.ended", Event.fanned_out_at.is_(None))
        )
        is None
    )


def test_a_hidden_product_ends_its_rules_and_a_solved_matter_after_a_week(time_machine):
    time_machine.move_to(MORNING, tick=False)
    hidden = about(factories.product(published=False))
    solved = rule(factories.public_feedback(), Scope.FEEDBACK)
    reader = subscribed(hidden, solved)
    item = solved.target
    item.verdict, item.verdict_at, item.state = Verdict.SOLVED, MORNING, "closed"

    background.tidy(now())
    at_once = states(reader)
    time_machine.shift(timedelta(days=8))
    background.tidy(now())

    assert at_once == [("immediately", "product_retired"), ("immediately", "runs")]
    assert states(reader) == [("immediately", "product_retired"), ("immediately", "feedback_closed")]


def test_tidying_takes_a_few_at_a_time(time_machine):
    time_machine.move_to(MORNING, tick=False)
    retired = factories.product(published=False)
    for number in range(5):
        subscribed(about(retired), email=f"reader{number}@example.org")

    taken = [actions.end_what_is_gone(now(), limit=2) for _ in range(4)]

    assert taken == [2, 2, 1, 0]
    assert told().count("subscription.ended") == 5
