"""Which events become bulletins, whom they reach, and how they are held back."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from cass_portal.announcements.lifecycle import AnnouncementKind, Stage
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.delivery import actions
from cass_portal.delivery.actions.spreading import AHEAD
from cass_portal.delivery.bulletins import bulletin_of, progress_of
from cass_portal.delivery.models import (
    Bulletin,
    BulletinState,
    Delivery,
    DeliveryState,
    Lane,
    RecipientRole,
    Tally,
)
from cass_portal.feedback.models import Visibility
from cass_portal.history import Event, EventKind, record
from cass_portal.policy import SYSTEM, NotPermitted
from cass_portal.subscriptions.lifecycle import EndedReason, Frequency, Matter, Scope
from cass_portal.transitions import TransitionRefused
from tests import factories
from tests.delivery.rows import a_bulletin, a_delivery, a_subscription, an_event, to_subscriber

B, S, K = BulletinState, DeliveryState, EventKind
MINUTE = timedelta(minutes=1)


def published(kind=K.ANNOUNCEMENT_PUBLISHED, *, of=None, **detail):
    document = of or factories.announcement(by=factories.person())
    event = record(document, kind, by=SYSTEM, edition=1, **detail)
    db.session.flush()
    return event


def spread_all(**limits):
    """In chunks, until there is no more; how many were made by each."""
    made = []
    while (number := actions.spread(**limits)) is not None:
        db.session.flush()
        made.append(number)
    db.session.expire_all()
    return made


def told(bulletin):
    query = sa.select(Delivery.address).where(
        Delivery.event_id == bulletin.event_id, Delivery.role == RecipientRole.SUBSCRIBER
    )
    return sorted(db.session.scalars(query))


def states(bulletin):
    query = sa.select(Delivery.state).where(Delivery.event_id == bulletin.event_id).order_by(Delivery.id)
    return list(db.session.scalars(query))


def events(kind):
    return list(db.session.scalars(sa.select(Event).where(Event.kind == kind).order_by(Event.id)))


def emails(*subscriptions):
    return sorted(each.subscriber.email for each in subscriptions)


def test_an_announcement_is_about_whom_it_speaks_for_what_it_affects_and_what_it_answers(app):
    speaker, steward = factories.organization(), factories.organization()
    area, topic = factories.area(), factories.topic()
    product = factories.product(stewards=[steward], areas=[area])
    answered = factories.public_feedback(topics=[topic])
    document = factories.announcement(
        by=factories.person(),
        organizations=[speaker],
        products=[product],
        feedback=[answered, factories.feedback(topics=[factories.topic()])],
    )

    bulletin = bulletin_of(published(of=document))

    assert (bulletin.matter, bulletin.lane) == (Matter.NEWS, Lane.BULK)
    assert bulletin.facets == {
        "organization": sorted([speaker.id, steward.id]),
        "area": [area.id],
        "product": [product.id],
        "topic": [topic.id],
        "announcement": [document.id],
        "feedback": [answered.id],
    }


@pytest.mark.parametrize(
    ("stage", "lane"), [(Stage.INVESTIGATING, Lane.URGENT), (Stage.SCHEDULED, Lane.BULK)]
)
def test_a_notice_that_is_no_maintenance_is_urgent(app, stage, lane):
    notice = factories.announcement(by=factories.person(), kind=AnnouncementKind.STATUS, stage=stage)

    assert bulletin_of(published(K.ANNOUNCEMENT_UPDATED, of=notice, stage=stage.value)).lane == lane


def test_what_is_minor_notifies_nobody(app):
    a_subscription()

    actions.fan_out(published(minor=True))

    assert db.session.scalars(sa.select(Bulletin)).all() == []


def test_other_events_are_no_news(app):
    assert bulletin_of(an_event()) is None
    assert bulletin_of(published(K.ANNOUNCEMENT_RATIFIED)) is None


@pytest.mark.parametrize("first", ["answer", "showing"])
def test_an_answer_is_told_once_by_whichever_comes_later_of_it_and_its_showing(app, time_machine, first):
    time_machine.move_to("2026-03-12 10:00Z", tick=False)
    member = factories.organization()
    item = factories.feedback(visibility=Visibility.PUBLIC)
    factories.assignment(item, member)
    steps = [("reply_released_at", K.FEEDBACK_REPLY_RELEASED), ("published_at", K.FEEDBACK_PUBLISHED)]
    happened = []
    for name, kind in steps if first == "answer" else reversed(steps):
        setattr(item, name, now())
        happened.append(record(item, kind, by=SYSTEM))
        time_machine.shift(MINUTE)
    db.session.flush()

    bulletins = [bulletin_of(each) for each in happened]

    assert bulletins[0] is None
    assert (bulletins[1].matter, bulletins[1].facets["organization"]) == (Matter.ANSWER, [member.id])
    assert bulletins[1].facets["feedback"] == [item.id]


def test_a_bulletin_is_made_once_however_often_its_event_is_told(app):
    event = published()

    actions.fan_out(event)
    actions.fan_out(event)

    assert [each.event_id for each in db.session.scalars(sa.select(Bulletin))] == [event.id]


def test_it_reaches_in_chunks_whose_rules_match_and_said_at_once(app, time_machine):
    time_machine.move_to("2026-03-12 10:00Z", tick=False)
    product = factories.product()
    wanted = [a_subscription() for _ in range(4)]
    wanted.append(a_subscription(scope=Scope.PRODUCT, product=product, matters=Matter.NEWS.bit))
    bulletin = a_bulletin(facets={"product": [product.id]})
    a_subscription(frequency=Frequency.DAILY)
    a_subscription(confirmed_at=None)
    a_subscription(matters=Matter.STATUS.bit)
    a_subscription(scope=Scope.PRODUCT, product=factories.product())
    a_subscription(ended_at=now(), ended_reason=EndedReason.UNSUBSCRIBED)
    a_subscription(confirmed_at=now() + MINUTE)
    a_subscription().subscriber.email = None
    db.session.flush()

    made = spread_all(chunk=2)

    assert told(bulletin) == emails(*wanted)
    assert sum(made) == 5
    assert (bulletin.state, bulletin.recipients, bulletin.settled_at) == (B.OUT, 5, now())
    assert {each.lane for each in db.session.scalars(sa.select(Delivery))} == {Lane.BULK}
    ids = list(db.session.scalars(sa.select(Delivery.message_id)))
    assert len(set(ids)) == 5
    assert {len(each) for each in ids} == {32}


def test_one_mail_for_each_person_however_many_rules_match(app):
    product = factories.product()
    first = a_subscription(scope=Scope.PRODUCT, product=product)
    a_subscription(subscriber=first.subscriber)
    bulletin = a_bulletin(facets={"product": [product.id]})

    spread_all()

    (delivery,) = db.session.scalars(sa.select(Delivery))
    assert (delivery.subscription_id, delivery.address) == (first.id, first.subscriber.email)
    assert bulletin.recipients == 1


def test_a_rule_that_was_changed_since_still_counts_for_what_happened_before(app, time_machine):
    time_machine.move_to("2026-03-12 10:00Z", tick=False)
    changed = a_subscription()
    bulletin = a_bulletin()
    time_machine.shift(MINUTE)
    changed.ended_at, changed.ended_reason = now(), EndedReason.CHANGED
    a_subscription(subscriber=changed.subscriber, frequency=Frequency.DAILY)
    later = a_bulletin()
    db.session.flush()

    spread_all()

    assert (told(bulletin), told(later)) == (emails(changed), [])


def test_spreading_stops_while_enough_waits_but_not_for_what_is_tried_again(app):
    for _ in range(5):
        a_subscription()
    bulletin = a_bulletin()

    assert spread_all(chunk=2, ahead=3) == [2, 2]
    db.session.execute(sa.update(Delivery).values(state=S.RETRYING))
    assert spread_all(chunk=2, ahead=3) == [1]

    assert (bulletin.state, bulletin.recipients) == (B.OUT, 5)
    assert AHEAD == 20_000


def test_what_is_urgent_is_spread_first(app):
    a_subscription()
    bulk, urgent = a_bulletin(), a_bulletin(lane=Lane.URGENT)

    actions.spread()

    assert (len(told(bulk)), len(told(urgent))) == (0, 1)


def test_pause_holds_back_what_has_not_gone_out_and_says_how_much_had(app):
    by, bulletin = factories.coordinator(), a_bulletin(state=B.SPREADING, recipients=4)
    for state in (S.SENT, S.SENDING, S.PENDING, S.RETRYING):
        to_subscriber(bulletin, state=state)
    other = a_delivery(bulletin.event)

    actions.pause(bulletin, by=by)

    assert states(bulletin) == [S.SENT, S.SENDING, S.PAUSED, S.PAUSED, S.PENDING]
    assert (bulletin.state, other.state) == (B.PAUSED, S.PENDING)
    (event,) = events(K.DELIVERY_PAUSED)
    assert (event.actor_id, event.announcement_id) == (by.id, bulletin.event.announcement_id)
    assert event.detail == {"bulletin": bulletin.id, "sent": 1, "total": 4}
    assert actions.spread() is None


def test_resume_goes_on_where_it_stopped(app):
    subscriptions = [a_subscription() for _ in range(3)]
    by, bulletin = factories.coordinator(), a_bulletin()
    actions.spread(chunk=2)
    tried = db.session.scalars(sa.select(Delivery).order_by(Delivery.id)).first()
    tried.state, tried.attempts = S.RETRYING, 1
    db.session.flush()
    actions.pause(bulletin, by=by)

    actions.resume(bulletin, by=by)
    spread_all()

    assert told(bulletin) == emails(*subscriptions)
    assert states(bulletin) == [S.RETRYING, S.PENDING, S.PENDING]
    assert len(events(K.DELIVERY_RESUMED)) == 1


def test_cancel_ends_it_for_good(app):
    by, bulletin = factories.administrator(), a_bulletin(state=B.SPREADING, recipients=2)
    for state in (S.SENT, S.PENDING):
        to_subscriber(bulletin, state=state)

    actions.cancel(bulletin, by=by)

    assert states(bulletin) == [S.SENT, S.SUPPRESSED]
    assert actions.spread() is None
    (event,) = events(K.DELIVERY_CANCELLED)
    assert event.detail == {"bulletin": bulletin.id, "sent": 1, "total": 2}
    for act in (actions.cancel, actions.pause, actions.resume):
        with pytest.raises(TransitionRefused):
            act(bulletin, by=by)


def test_what_has_gone_out_cannot_be_held_back(app):
    by, bulletin = factories.coordinator(), a_bulletin(state=B.OUT, recipients=1)
    to_subscriber(bulletin, state=S.SENT)

    for act in (actions.pause, actions.cancel, actions.resume):
        with pytest.raises(TransitionRefused):
            act(bulletin, by=by)


@pytest.mark.parametrize("act", [actions.pause, actions.resume, actions.cancel])
def test_holding_back_is_for_coordinators_and_administrators(app, act):
    with pytest.raises(NotPermitted):
        act(a_bulletin(), by=factories.person(lead_of=factories.organization()))


def test_everything_is_held_back_by_administrators_alone(app):
    admin = factories.administrator()
    with pytest.raises(NotPermitted):
        actions.pause_sending(reason="The relay is on a list.", by=factories.coordinator())

    actions.pause_sending(reason="The relay is on a list.", by=admin)
    db.session.flush()
    with pytest.raises(TransitionRefused):
        actions.pause_sending(reason="Again.", by=admin)
    actions.resume_sending(by=admin)
    with pytest.raises(TransitionRefused):
        actions.resume_sending(by=admin)

    happened = events(K.SENDING_PAUSED) + events(K.SENDING_RESUMED)
    assert [(each.person_id, each.note) for each in happened] == [
        (admin.id, "The relay is on a list."),
        (admin.id, None),
    ]


def test_a_withdrawal_calls_off_what_was_to_be_told_before_and_is_told_itself(app):
    document = factories.announcement(by=factories.person())
    bulletin = a_bulletin(announcement=document, state=B.SPREADING, recipients=2)
    for state in (S.SENT, S.PENDING):
        to_subscriber(bulletin, state=state)
    other = a_bulletin()

    actions.fan_out(published(K.ANNOUNCEMENT_WITHDRAWN, of=document))

    assert states(bulletin) == [S.SENT, S.SUPPRESSED]
    by_event = {
        each.event.kind: each.state for each in db.session.scalars(sa.select(Bulletin)) if each is not other
    }
    assert by_event == {K.ANNOUNCEMENT_PUBLISHED: B.CANCELLED, K.ANNOUNCEMENT_WITHDRAWN: B.WAITING}
    assert other.state == B.WAITING
    (event,) = events(K.DELIVERY_CANCELLED)
    assert event.detail["because"] == "announcement.withdrawn"


def test_progress_counts_what_became_of_each(app):
    bulletin = a_bulletin(recipients=9)
    for state in (S.SENT, S.SENT, S.RETRYING, S.FAILED, S.SUPPRESSED, S.PENDING, S.SENDING, S.PAUSED):
        to_subscriber(bulletin, state=state)
    to_subscriber(bulletin, state=S.SENT, bounced_at=now())
    a_delivery(bulletin.event, state=S.FAILED)

    progress = progress_of(bulletin)

    assert vars(progress) == {
        "total": 9, "sent": 3, "bounced": 1, "retrying": 1, "failed": 1, "suppressed": 1, "waiting": 2, "paused": 1,
    }  # fmt: skip


def test_who_got_what_is_forgotten_after_28_days_and_how_many_is_kept(app, time_machine):
    time_machine.move_to("2026-03-12 10:00Z", tick=False)
    bulletin = a_bulletin(state=B.OUT, recipients=5, settled_at=now())
    for state in (S.SENT, S.SENT, S.SENT, S.FAILED, S.SUPPRESSED):
        to_subscriber(bulletin, state=state)
    kept = a_delivery(bulletin.event, state=S.SENT)
    time_machine.shift(timedelta(days=28))
    assert actions.forget_deliveries(now()) == 0
    time_machine.shift(MINUTE)

    forgotten = [actions.forget_deliveries(now(), limit=2) for _ in range(4)]
    db.session.flush()

    assert forgotten == [2, 2, 1, 0]
    assert db.session.scalars(sa.select(Delivery)).all() == [kept]
    assert (bulletin.sent, bulletin.unsent, bulletin.forgotten_at) == (3, 2, now())
    assert (progress_of(bulletin).total, progress_of(bulletin).sent) == (5, 3)


def test_mail_that_came_back_is_noted_once_and_its_subject_hears_of_it(app):
    item = factories.feedback()
    delivery = a_delivery(an_event(item=item), state=S.SENT, role=RecipientRole.STAKEHOLDER)

    actions.mark_bounced(delivery, "550 no such mailbox")
    actions.mark_bounced(delivery, "550 no such mailbox")
    db.session.flush()

    (event,) = events(K.DELIVERY_BOUNCED)
    assert (event.feedback_id, event.detail) == (item.id, {"delivery": delivery.id, "role": "stakeholder"})
    assert (delivery.state, delivery.error) == (S.SENT, "550 no such mailbox")
    assert {(each.outcome, each.count) for each in db.session.scalars(sa.select(Tally))} == {("bounced", 1)}


def test_spreading_and_counting_walk_indexes_and_not_the_tables(app):
    if db.engine.dialect.name != "sqlite":
        return  # A nearly empty table is read whole by PostgreSQL's planner, and rightly so.
    a_subscription()
    bulletin, seen = a_bulletin(), []

    def note(_connection, _cursor, statement, parameters, *_rest):
        seen.append((statement, parameters))

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        actions.spread()
        progress_of(bulletin)
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    plans = [
        " ".join(
            row[3] for row in db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
        )
        for text, values in seen
        if "FROM subscription" in text or "FROM delivery" in text
    ]

    assert len(plans) == 5
    assert [plan for plan in plans if "SCAN delivery" in plan or "SCAN subscription " in plan] == []
    assert ["ix_subscription_running" in plan for plan in plans] == [False, True, True, False, False]
    assert ["ix_delivery_unsent_of" in plan for plan in plans] == [True, False, False, True, False]
    assert "ix_delivery_bounced" in plans[-1]
