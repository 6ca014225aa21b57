"""What a digest tells whom: everything of its window, nothing twice, nothing that is no longer so."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from cass_portal import clock
from cass_portal.announcements.lifecycle import AnnouncementKind
from cass_portal.db import db
from cass_portal.delivery.actions import spread
from cass_portal.delivery.digests import compose_due, forget_digests
from cass_portal.delivery.digests.agenda import Agenda, Item
from cass_portal.delivery.instants import instant_of_news
from cass_portal.delivery.models import (
    BulletinState,
    Channel,
    Delivery,
    DeliveryState,
    Digest,
    Lane,
    RecipientRole,
)
from cass_portal.directory.models import ProductArea
from cass_portal.feedback.models import Visibility
from cass_portal.history import EventKind
from cass_portal.subscriptions import actions
from cass_portal.subscriptions.lifecycle import ALL_MATTERS, EndedReason, Frequency, Matter, Scope
from cass_portal.subscriptions.matching import covers
from cass_portal.subscriptions.models import DigestClock
from tests import factories
from tests.delivery.listeners import MONDAY, answered, follows, said, subscriber

IMMEDIATELY, DAILY, WEEKLY = Frequency.IMMEDIATELY, Frequency.DAILY, Frequency.WEEKLY
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TUESDAY_8 = datetime(2026, 5, 5, 8, tzinfo=UTC)
NEXT_MONDAY_8 = datetime(2026, 5, 11, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def on_monday(app, time_machine):
    time_machine.move_to(MONDAY, tick=False)


@pytest.fixture
def by():
    return factories.coordinator()


@pytest.fixture
def kokkos():
    return factories.product("Kokkos")


@pytest.fixture
def at(time_machine):
    """at(instant): what follows happens then."""
    return lambda instant: time_machine.move_to(instant, tick=False)


def composed(instant=None):
    """What each digest made by now tells, by address."""
    while compose_due(instant or clock.now(), limit=100):
        pass
    rows = db.session.execute(
        sa.select(Delivery.address, Digest.frequency, Digest.bulletins)
        .join(Delivery.digest)
        .order_by(Digest.id)
    )
    return [tuple(row) for row in rows]


def test_digest_tells_what_happened_in_its_window_oldest_first(at, by):
    before = said(MONDAY - HOUR, by=by)
    reader = subscriber("Europe/Berlin")
    rule = follows(reader)
    second, first = said(MONDAY + 2 * HOUR, by=by), said(MONDAY + HOUR, by=by)
    on_the_dot = said(datetime(2026, 5, 5, 6, tzinfo=UTC), by=by)

    at(datetime(2026, 5, 5, 6, 0, 1, tzinfo=UTC))
    assert composed() == [(reader.email, DAILY, [first.id, second.id])]

    delivery = db.session.scalars(sa.select(Delivery)).one()
    digest = delivery.digest
    assert (digest.starts_at, digest.ends_at) == (MONDAY, datetime(2026, 5, 5, 6, tzinfo=UTC))
    assert (delivery.lane, delivery.channel, delivery.role, delivery.state, delivery.attempts) == (
        Lane.DIGEST, Channel.EMAIL, RecipientRole.SUBSCRIBER, DeliveryState.PENDING, 0,
    )  # fmt: skip
    assert (delivery.subscriber, delivery.subscription, delivery.event_id) == (reader, rule, None)
    assert len(delivery.message_id) == 32
    told = db.session.scalars(sa.select(DigestClock)).one()
    assert (told.told_until, told.next_at) == (digest.ends_at, digest.ends_at + DAY)
    assert {before.id, on_the_dot.id} & set(digest.bulletins) == set()


def test_an_empty_digest_is_not_made_and_its_window_is_over_all_the_same(at, by, kokkos):
    follows(subscriber(), about=kokkos)
    said(by=by)

    at(TUESDAY_8)
    assert composed() == []

    [told] = db.session.scalars(sa.select(DigestClock))
    assert (told.told_until, told.next_at) == (TUESDAY_8, TUESDAY_8 + DAY)


def test_missed_runs_come_as_one(at, by):
    reader = subscriber()
    follows(reader)
    news = [said(MONDAY + days * DAY, by=by) for days in range(5)]

    at(MONDAY + 5 * DAY)
    assert composed() == [(reader.email, DAILY, [each.id for each in news])]


def test_the_quickest_of_the_rules_that_match_tells_it(at, by, kokkos):
    reader = subscriber()
    follows(reader, IMMEDIATELY, kokkos, matters=Matter.STATUS.bit)
    follows(reader, DAILY, factories.organization(), scope=Scope.ORGANIZATION)
    daily = follows(reader, DAILY, factories.area(), scope=Scope.AREA)
    kokkos.product_areas = [ProductArea(area=daily.area, position=0)]
    follows(reader, WEEKLY)
    about_kokkos, elsewhere = said(by=by, products=[kokkos]), said(by=by)
    said(by=by, kind=EventKind.ANNOUNCEMENT_UPDATED, announcement=a_notice(by, kokkos))

    at(NEXT_MONDAY_8)
    assert composed() == [(reader.email, DAILY, [about_kokkos.id]), (reader.email, WEEKLY, [elsewhere.id])]
    first = db.session.scalars(sa.select(Delivery).order_by(Delivery.id)).first()
    assert first.subscription == daily


def test_what_is_told_at_once_is_in_no_digest(at, by, kokkos):
    reader = subscriber()
    follows(reader, IMMEDIATELY, kokkos)
    follows(reader, DAILY)
    said(by=by, products=[kokkos])
    elsewhere = said(by=by)

    at(TUESDAY_8)
    assert composed() == [(reader.email, DAILY, [elsewhere.id])]


def test_a_rule_counts_while_it_holds(at, by, kokkos):
    reader = subscriber()
    before = said(by=by)
    at(MONDAY + HOUR)
    rule = follows(reader, DAILY)
    during = said(by=by)
    at(MONDAY + 2 * HOUR)
    successor = actions.change(rule, matters=Matter.STATUS.bit, frequency=WEEKLY)
    after = said(by=by)
    notice = said(by=by, announcement=a_notice(by))

    at(NEXT_MONDAY_8)
    assert composed() == [(reader.email, DAILY, [during.id]), (reader.email, WEEKLY, [notice.id])]
    assert before.id < after.id < notice.id
    assert [each.subscription for each in db.session.scalars(sa.select(Delivery).order_by(Delivery.id))] == [
        rule,
        successor,
    ]


def a_notice(by, *products):
    return factories.announcement(by=by, kind=AnnouncementKind.STATUS, products=list(products))


@pytest.mark.parametrize("reason", [each for each in EndedReason if each != EndedReason.CHANGED])
def test_who_ended_a_rule_hears_nothing_more_by_it(at, by, kokkos, reason):
    reader = subscriber()
    rule = follows(reader, DAILY, kokkos)
    follows(reader, WEEKLY, factories.product())
    said(by=by, products=[kokkos])
    at(MONDAY + HOUR)
    actions.end(rule, reason=reason)

    at(NEXT_MONDAY_8)
    assert composed() == []


def test_who_ended_everything_hears_nothing_of_what_was_changed_before(at, by):
    reader = subscriber()
    rule = follows(reader, WEEKLY)
    said(by=by)
    at(MONDAY + HOUR)
    actions.end(actions.change(rule, matters=ALL_MATTERS, frequency=DAILY), reason=EndedReason.UNSUBSCRIBED)

    at(NEXT_MONDAY_8)
    assert composed() == []


def test_a_clock_stops_when_no_rule_of_its_frequency_can_match_any_more(at):
    reader = subscriber()
    actions.change(follows(reader, WEEKLY), matters=ALL_MATTERS, frequency=DAILY)

    at(NEXT_MONDAY_8)
    composed()

    clocks = {each.frequency: each.next_at for each in db.session.scalars(sa.select(DigestClock))}
    assert clocks == {WEEKLY: None, DAILY: NEXT_MONDAY_8 + DAY}


@pytest.mark.parametrize("told", [True, False])
def test_who_ends_the_quicker_rule_still_hears_by_the_slower_what_was_not_told_yet(at, by, told):
    reader = subscriber()
    quick = follows(reader, IMMEDIATELY, factories.product("Trilinos"))
    follows(reader, DAILY)
    news = said(by=by, products=[quick.product])
    if told:
        assert spread() == 1
    at(MONDAY + HOUR)
    actions.end(quick, reason=EndedReason.UNSUBSCRIBED)

    at(TUESDAY_8)
    assert composed() == ([] if told else [(reader.email, DAILY, [news.id])])


@pytest.mark.parametrize("told", [True, False])
def test_who_ends_the_daily_rule_still_hears_weekly_what_was_not_told_yet(at, by, told):
    reader = subscriber()
    daily = follows(reader, DAILY)
    weekly = follows(reader, WEEKLY, factories.product("Trilinos"))
    news = said(by=by, products=[weekly.product])
    at(TUESDAY_8)
    before = composed() if told else []
    at(TUESDAY_8 + HOUR)
    actions.end(daily, reason=EndedReason.UNSUBSCRIBED)

    at(NEXT_MONDAY_8)
    assert composed() == (before if told else [(reader.email, WEEKLY, [news.id])])
    assert len(composed()) == 1


def test_what_is_no_longer_so_is_not_told(at, by):
    follows(reader := subscriber(), DAILY)
    cancelled, withdrawn, narrowed, stays = said(by=by), said(by=by), answered(), said(by=by)
    cancelled.state = BulletinState.CANCELLED
    withdrawn.event.announcement.withdrawn_at = clock.now()
    narrowed.event.feedback.visibility = Visibility.MEMBERS
    answer = answered()
    withdrawal = said(by=by, kind=EventKind.ANNOUNCEMENT_WITHDRAWN, announcement=withdrawn.event.announcement)
    db.session.flush()

    at(TUESDAY_8)
    assert composed() == [(reader.email, DAILY, [stays.id, answer.id, withdrawal.id])]


def test_a_withdrawal_that_was_taken_back_is_not_told(at, by):
    follows(subscriber(), DAILY)
    document = factories.announcement(by=by)
    said(by=by, kind=EventKind.ANNOUNCEMENT_WITHDRAWN, announcement=document)

    at(TUESDAY_8)
    assert composed() == []


def test_an_erased_address_gets_nothing(at, by):
    reader = subscriber()
    follows(reader, DAILY)
    said(by=by)
    reader.email = None
    db.session.flush()

    at(TUESDAY_8)
    assert composed() == []


def test_news_of_a_clock_that_was_set_back_come_with_the_next_digest(at, by):
    reader = subscriber()
    follows(reader, DAILY)
    at(TUESDAY_8 + HOUR)
    composed()
    at(MONDAY + HOUR)
    assert instant_of_news() == TUESDAY_8
    news = said(by=by)

    assert composed() == []
    at(TUESDAY_8 + DAY)
    assert composed() == [(reader.email, DAILY, [news.id])]


def test_a_change_of_zone_leaves_nothing_out(at, by):
    reader = subscriber("Pacific/Auckland")
    follows(reader, DAILY)
    news = []
    for hours, zone in (
        (6, "America/Los_Angeles"),
        (20, "Pacific/Auckland"),
        (30, "Europe/Berlin"),
        (50, "UTC"),
    ):
        at(MONDAY + hours * HOUR)
        news.append(said(by=by))
        composed()
        actions.set_time_zone(reader, zone)
        composed()
    at(MONDAY + 80 * HOUR)

    told = [each for _, _, bulletins in composed() for each in bulletins]

    assert told == [each.id for each in news]


def test_composing_takes_as_many_statements_for_many_as_for_few(at, by, statements_of):
    def one_more_day(readers, day):
        for _ in range(readers):
            follows(subscriber(), DAILY)
        said(by=by)
        db.session.flush()
        at(TUESDAY_8 + day * DAY)
        return statements_of(lambda: compose_due(clock.now(), limit=100))

    few = one_more_day(2, 0)

    assert one_more_day(20, 1) == few


def test_digests_and_their_addresses_are_forgotten_after_four_weeks(at, by):
    for _ in range(3):
        follows(subscriber())
    said(by=by)
    at(TUESDAY_8)
    composed()
    sent, waiting, last = db.session.scalars(sa.select(Delivery).order_by(Delivery.id)).all()
    sent.state = last.state = DeliveryState.SENT
    db.session.flush()

    assert forget_digests(TUESDAY_8 + 28 * DAY) == 0
    after = TUESDAY_8 + 28 * DAY + HOUR
    assert [forget_digests(after, limit=1) for _ in range(3)] == [1, 1, 0]

    db.session.expire_all()
    assert db.session.scalars(sa.select(Delivery)).all() == [waiting]
    assert db.session.scalars(sa.select(Digest)).all() == [waiting.digest]


SCOPES = st.sampled_from(Scope)
FACETS = st.dictionaries(
    st.sampled_from([scope.value for scope in Scope if scope != Scope.EVERYTHING]),
    st.lists(st.integers(1, 4), max_size=3),
)
MATTERS = st.sampled_from(Matter)


@pytest.mark.once
@given(
    items=st.lists(st.tuples(st.integers(0, 9), MATTERS, FACETS), max_size=12),
    scope=SCOPES,
    target_id=st.integers(1, 4),
    matters=st.integers(0, ALL_MATTERS),
    stretch=st.tuples(st.integers(0, 9), st.none() | st.integers(0, 9)),
)
def test_agenda_says_the_same_as_the_rules_of_matching(items, scope, target_id, matters, stretch):
    made = [Item(n, MONDAY + hour * HOUR, matter, facets) for n, (hour, matter, facets) in enumerate(items)]
    agenda = Agenda(made)
    target = None if scope == Scope.EVERYTHING else target_id
    start, end = (None if hours is None else MONDAY + hours * HOUR for hours in stretch)

    chosen = agenda.about(scope, target, matters) & agenda.between(start, end)

    expected = [
        each.id
        for each in sorted(made, key=lambda item: (item.at, item.id))
        if covers(scope, target, matters, matter=each.matter, facets=each.facets)
        and start <= each.at
        and (end is None or each.at < end)
    ]
    assert agenda.ids(chosen) == expected
    assert agenda.chosen(expected) == chosen
