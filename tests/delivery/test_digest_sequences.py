"""Whatever subscribers, clocks and workers do: each of what happened is told in exactly one run to whom it concerns,
and the windows of digests leave nothing out and nothing twice.
"""

from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cass_portal import clock
from cass_portal.db import db
from cass_portal.delivery.actions import fan_out, spread
from cass_portal.delivery.digests import compose_due
from cass_portal.delivery.models import Bulletin, Delivery, Digest
from cass_portal.history import Event, EventKind, record
from cass_portal.policy import SYSTEM
from cass_portal.subscriptions import actions
from cass_portal.subscriptions.lifecycle import ALL_MATTERS, EndedReason, Frequency, Scope
from cass_portal.subscriptions.matching import covers
from cass_portal.subscriptions.models import DigestClock, Subscription
from cass_portal.subscriptions.rules import Rule
from cass_portal.subscriptions.schedule import window
from tests import factories
from tests.delivery.listeners import MONDAY, subscriber

ZONES = ("UTC", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati")
EXAMPLES = {"sqlite": 60, "postgresql": 10}
HOUR = timedelta(hours=1)
READERS, TARGETS = 2, 2
WHO, WHAT = st.integers(0, READERS - 1), st.integers(0, TARGETS)
"""The last of the targets is everything."""
FREQUENCY = st.sampled_from(Frequency)
CRASH = st.none() | st.integers(0, 12)
SUBSCRIBE = st.tuples(st.just("subscribe"), WHO, WHAT, FREQUENCY)
STEPS = st.one_of(
    SUBSCRIBE,
    st.tuples(st.just("change"), WHO, WHAT, FREQUENCY),
    st.tuples(st.just("unsubscribe"), WHO, WHAT),
    st.tuples(st.just("unsubscribe_from"), WHO, FREQUENCY),
    st.tuples(st.just("move"), WHO, st.sampled_from(ZONES)),
    st.tuples(st.just("publish"), st.integers(0, TARGETS - 1)),
    st.tuples(st.just("publish"), st.integers(0, TARGETS - 1)),
    st.tuples(st.just("tell"), CRASH),
    st.tuples(st.just("spread"), CRASH),
    st.tuples(st.just("compose"), CRASH),
    st.tuples(st.just("work")),
    st.tuples(st.just("work")),
    st.tuples(st.just("wait"), st.integers(1, 60)),
    st.tuples(st.just("wait"), st.integers(12, 24 * 9)),
    st.tuples(st.just("set_back"), st.integers(1, 48)),
)
SEQUENCES = st.builds(list.__add__, st.lists(SUBSCRIBE, max_size=6), st.lists(STEPS, max_size=20))


class Crashed(Exception):
    """The worker died here."""


@pytest.fixture
def documents(app):
    """One for each product; it is told of again and again."""
    with clock.as_of(MONDAY):
        by = factories.coordinator()
        made = [
            factories.announcement(by=by, products=[product])
            for product in (factories.product() for _ in range(TARGETS))
        ]
        db.session.commit()
    return made


class World:
    """Two readers, two products, and what the test itself remembers."""

    def __init__(self, documents):
        self.at = self.latest = MONDAY
        self.documents = documents
        self.products = [each.latest_edition.products[0] for each in documents]
        self.readers = [subscriber() for _ in range(READERS)]
        self.left_at = {}
        """By reader: how many bulletins there were when they last ended something."""

    def step(self, act, *arguments):
        self.at += timedelta(minutes=7)
        with clock.as_of(self.at):
            getattr(self, act)(*arguments)
            db.session.flush()
            if act in ("compose", "work"):
                check_nothing_twice()

    # What subscribers do; while a clock that was set back has not caught up, they wait.

    def subscribe(self, who, what, frequency):
        if self.is_in_order:
            actions.add(self.readers[who], rules=[self.rule(what, frequency)])

    def change(self, who, what, frequency):
        if self.is_in_order:
            for each in self.running(who, self.about(what)):
                actions.change(each, matters=ALL_MATTERS, frequency=frequency)

    def unsubscribe(self, who, what):
        if self.is_in_order:
            for each in self.running(who, self.about(what)):
                actions.end(each, reason=EndedReason.UNSUBSCRIBED)
                self.left_at[who] = bulletins()

    def unsubscribe_from(self, who, frequency):
        if self.is_in_order and actions.end_all(
            self.readers[who], reason=EndedReason.UNSUBSCRIBED, frequency=frequency
        ):
            self.left_at[who] = bulletins()

    def move(self, who, zone):
        actions.set_time_zone(self.readers[who], zone)

    # What happens, and what the worker does about it.

    def publish(self, what):
        record(self.documents[what], EventKind.ANNOUNCEMENT_PUBLISHED, by=SYSTEM, edition=1)

    def tell(self, crash=None):
        waiting = sa.select(Event).where(
            Event.fanned_out_at.is_(None), Event.kind == EventKind.ANNOUNCEMENT_PUBLISHED
        )
        for event in db.session.scalars(waiting.order_by(Event.id)).all():
            attempt(lambda event=event: fan_out(event), crash)

    def spread(self, crash=None):
        while attempt(lambda: spread(chunk=READERS) is not None, crash):
            pass

    def compose(self, crash=None):
        while self.compose_some(crash):
            pass

    def compose_some(self, crash):
        before = clocks()
        done = attempt(lambda: compose_due(self.at, limit=2), crash)
        check_windows(before, clocks(), self.at, crashed=not done)
        return done

    def work(self):
        self.tell()
        self.spread()
        self.compose()

    # What the machine's clock does.

    def wait(self, hours):
        self.at += hours * HOUR
        self.latest = max(self.latest, self.at)

    def set_back(self, hours):
        self.at -= hours * HOUR

    @property
    def is_in_order(self):
        self.latest = max(self.latest, self.at)
        return self.at >= self.latest

    def rule(self, what, frequency):
        scope = Scope.PRODUCT if what < TARGETS else Scope.EVERYTHING
        return Rule(scope, self.products[what] if what < TARGETS else None, ALL_MATTERS, frequency)

    def about(self, what):
        return Subscription.product_id == self.products[what].id if what < TARGETS else (
            Subscription.scope == Scope.EVERYTHING
        )  # fmt: skip

    def running(self, who, about):
        query = sa.select(Subscription).where(
            Subscription.subscriber_id == self.readers[who].id, Subscription.ended_at.is_(None), about
        )
        return db.session.scalars(query).all()


def attempt(act, crash):
    """One transaction, in which the machine stops before statement number `crash`; what it returned."""
    left = [crash]

    def count_down(*_):
        if left[0] == 0:
            raise Crashed
        left[0] = None if left[0] is None else left[0] - 1

    try:
        with db.session.begin_nested():
            sa.event.listen(db.engine, "before_cursor_execute", count_down)
            try:
                result = act()
                db.session.flush()
            finally:
                sa.event.remove(db.engine, "before_cursor_execute", count_down)
    except Crashed:
        db.session.expire_all()
        return False
    return result


def bulletins():
    return db.session.scalar(sa.select(sa.func.coalesce(sa.func.max(Bulletin.id), 0)))


def clocks():
    rows = db.session.scalars(sa.select(DigestClock).execution_options(populate_existing=True))
    return {
        each.id: (each.told_until, each.next_at, each.frequency, each.subscriber.time_zone) for each in rows
    }


def check_windows(before, after, at, *, crashed):
    """Each window begins where the one before ended, and a digest is over the whole of it or is not made."""
    for clock_id, (told_until, next_at, frequency, zone) in before.items():
        now_told_until = after[clock_id][0]
        if crashed or next_at is None or next_at > at or after[clock_id] == before[clock_id]:
            assert after[clock_id] == before[clock_id]
            continue
        due = window(told_until, at, frequency, zone)
        assert now_told_until == (due[1] if due else told_until)
    of_clock = sa.select(DigestClock.id, Digest.starts_at, Digest.ends_at).join(
        Digest,
        sa.and_(
            Digest.subscriber_id == DigestClock.subscriber_id, Digest.frequency == DigestClock.frequency,
            Digest.ends_at == DigestClock.told_until,
        ),
    )  # fmt: skip
    for clock_id, starts_at, ends_at in db.session.execute(of_clock):
        if clock_id in before and before[clock_id][0] != ends_at:
            assert starts_at == before[clock_id][0]


def runs():
    """How often each bulletin was told to each subscriber."""
    found = Counter()
    at_once = (
        sa.select(Delivery.subscriber_id, Bulletin.id)
        .join(Bulletin, Bulletin.event_id == Delivery.event_id)
        .where(Delivery.subscriber_id.is_not(None))
    )
    found.update(tuple(row) for row in db.session.execute(at_once))
    digests = sa.select(Delivery.subscriber_id, Digest.bulletins).join(Digest)
    for subscriber_id, told in db.session.execute(digests):
        found.update((subscriber_id, each) for each in told)
    return found


def check_nothing_twice():
    assert [key for key, times in runs().items() if times > 1] == []


def check_everything(world):
    """After the worker has caught up: once, where a rule held and matched; never, where none did."""
    found = runs()
    rules = db.session.scalars(sa.select(Subscription).order_by(Subscription.id)).all()
    for bulletin in db.session.scalars(sa.select(Bulletin)).all():
        for who, reader in enumerate(world.readers):
            matching = [
                each
                for each in rules
                if each.subscriber_id == reader.id
                and each.confirmed_at <= bulletin.at
                and (each.ended_at is None or bulletin.at < each.ended_at)
                and covers(
                    each.scope, each.target_id, each.matters, matter=bulletin.matter, facets=bulletin.facets
                )
            ]
            told = found[reader.id, bulletin.id]
            if world.left_at.get(who, 0) < bulletin.id or any(each.is_running for each in matching):
                assert told == bool(matching), (who, bulletin.id)
            else:
                assert told <= bool(matching), (who, bulletin.id)


D, W, NOW = Frequency.DAILY, Frequency.WEEKLY, Frequency.IMMEDIATELY
SUBSCRIBED = [("subscribe", 0, 0, D), ("subscribe", 0, TARGETS, W), ("publish", 0)]
TAIL_CUT_OFF = [
    ("subscribe", 0, 1, D), *SUBSCRIBED, ("work",), ("change", 0, 0, W), ("unsubscribe_from", 0, D),
]  # fmt: skip
"""Nobody tells any more what happened under the daily rule that was changed; the weekly one of everything does."""


def test_everything_is_told_in_exactly_one_run(documents, database_kind):
    @settings(max_examples=EXAMPLES[database_kind], suppress_health_check=list(HealthCheck))
    @given(steps=SEQUENCES)
    @example([*SUBSCRIBED, ("tell", None), ("change", 0, 0, NOW), ("wait", 24), ("work",)])
    @example([("subscribe", 0, 1, D), *SUBSCRIBED, ("work",), ("wait", 24), ("work",), ("unsubscribe", 0, 0)])
    @example([*SUBSCRIBED, ("tell", None), ("unsubscribe", 0, 0), ("wait", 200), ("compose", 9), ("work",)])
    @example([*SUBSCRIBED, ("wait", 24), ("compose", None), ("set_back", 20), ("tell", None), ("wait", 20)])
    @example([SUBSCRIBED[0], ("wait", 20), ("publish", 0), ("tell", None), ("change", 0, 0, W), ("work",)])
    @example(TAIL_CUT_OFF)
    @example([*TAIL_CUT_OFF, ("subscribe", 0, 1, D)])
    @example([("subscribe", 0, 0, NOW), *SUBSCRIBED[1:], ("work",), ("unsubscribe", 0, 0)])
    def any_sequence(steps):
        run(documents, steps)

    any_sequence()


def run(documents, steps):
    db.session.rollback()
    with clock.as_of(MONDAY):
        world = World(documents)
    for step in steps:
        world.step(*step)
    world.wait(1)
    for _ in range(3):
        world.at = world.latest
        world.step("work")
        world.wait(24 * 9)
    check_everything(world)
    told = sum(runs().values())
    db.session.rollback()
    return told


def test_the_sequences_tell_something_in_each_way(documents):
    assert (
        run(documents, [("subscribe", 0, 0, NOW), ("publish", 0), ("work",), ("publish", 1), ("work",)]) == 1
    )
    assert run(documents, [*SUBSCRIBED, ("publish", 1)]) == 2
    assert run(documents, [*SUBSCRIBED, ("publish", 0), ("tell", None), ("unsubscribe", 0, TARGETS)]) == 2
    assert (
        run(documents, [*SUBSCRIBED, ("tell", None), ("unsubscribe", 0, 0), ("unsubscribe", 0, TARGETS)]) == 0
    )
