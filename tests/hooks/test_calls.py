"""From an event to the call and what becomes of it: retries, both secrets, giving up, slow ones."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from cass_portal.announcements.lifecycle import EditionState
from cass_portal.db import db
from cass_portal.delivery import calls as steps
from cass_portal.delivery.actions import fan_out
from cass_portal.delivery.calls.actions import resend_call
from cass_portal.delivery.calls.background import Calls
from cass_portal.delivery.channels import open_channels
from cass_portal.delivery.channels.calling import Call, CallFailed
from cass_portal.delivery.letterhead import letterhead_of
from cass_portal.delivery.models import Channel, Delivery, DeliveryState, RecipientRole, SendingPause, Tally
from cass_portal.feedback.models import Visibility
from cass_portal.history import Event, EventKind
from cass_portal.hooks import actions
from cass_portal.hooks.lifecycle import HookState
from cass_portal.hooks.models import HookAttempt, HookKind
from cass_portal.hooks.signing import secret_of, signature
from cass_portal.policy import NotPermitted
from cass_portal.transitions import TransitionRefused
from tests import factories
from tests.hooks.conftest import loudly
from tests.hooks.deeds import happen, world

KEY = "tests only: not a secret, but long enough"
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
K, S = EventKind, DeliveryState


@pytest.fixture
def scene(alpha, lead):
    return world(alpha, lead)


@pytest.fixture
def hook(alpha, lead, receiver):
    return factories.hook(alpha, by=lead, url=receiver.url())


def deliveries():
    return list(
        db.session.scalars(
            sa.select(Delivery).where(Delivery.role == RecipientRole.HOOK).order_by(Delivery.id)
        )
    )


def attempts():
    return list(db.session.scalars(sa.select(HookAttempt).order_by(HookAttempt.id)))


def signatures_of(hook, heard, *generations):
    key = [secret_of(hook, key=KEY, generation=each) for each in generations]
    said = heard.headers["webhook-id"], heard.headers["webhook-timestamp"]
    return " ".join(signature(each, *said, heard.content) for each in key)


def test_an_event_becomes_one_signed_call_that_is_kept(scene, hook, receiver, make_calls):
    event = happen(K.ASSIGNMENT_SENT, scene)

    make_calls()
    make_calls()

    [delivery], [heard], [attempt] = deliveries(), receiver.heard, attempts()
    assert (delivery.state, delivery.channel, delivery.address) == (
        S.SENT,
        Channel.WEBHOOK,
        f"hook:{hook.id}",
    )
    assert (delivery.organization, delivery.assignment, delivery.attempts) == (scene.alpha, None, 1)
    assert json.loads(heard.content)["data"]["reference"] == event.feedback.reference
    assert heard.headers["webhook-id"] == delivery.message_id
    assert heard.headers["webhook-signature"] == signatures_of(hook, heard, 1)
    assert (attempt.request.encode(), attempt.status, attempt.answer) == (heard.content, 200, "ok")


@pytest.mark.parametrize("kind", HookKind)
def test_every_kind_of_webhook_is_called(kind, scene, receiver, make_calls):
    factories.hook(scene.alpha, by=scene.lead, url=receiver.url(f"/{kind}"), kind=kind)
    happen(K.ASSIGNMENT_SENT, scene)

    make_calls()

    assert [(each.channel.value, each.state) for each in deliveries()] == [(kind.value, S.SENT)]
    assert [each.path for each in receiver.heard] == [f"/{kind}"]


def test_a_failed_call_is_repeated_with_the_same_number_and_a_new_time(scene, hook, receiver, make_calls):
    receiver.answers.append((500, {}, b"not now"))
    with time_machine.travel(NOON, tick=False) as clock:
        happen(K.ASSIGNMENT_SENT, scene)
        make_calls()
        [delivery] = deliveries()
        first = (delivery.state, delivery.error, hook.failing_since)
        too_early = make_calls()
        clock.move_to(NOON + timedelta(minutes=2))
        make_calls()

    [before, after] = receiver.heard
    assert first == (S.RETRYING, "it answered 500", NOON)
    assert too_early is None
    assert before.headers["webhook-id"] == after.headers["webhook-id"]
    assert int(after.headers["webhook-timestamp"]) - int(before.headers["webhook-timestamp"]) == 120
    assert after.headers["webhook-signature"] == signatures_of(hook, after, 1)
    assert (delivery.state, delivery.error, delivery.attempts, hook.failing_since) == (S.SENT, None, 2, None)
    assert [(each.status, each.answer) for each in attempts()] == [(500, "not now"), (200, "ok")]
    assert {each.outcome: each.count for each in db.session.scalars(sa.select(Tally))} == {
        "retrying_5xx": 1,
        "sent": 1,
    }


def test_after_a_rotation_both_secrets_sign_for_a_day(scene, hook, lead, receiver, make_calls):
    with time_machine.travel(NOON, tick=False) as clock:
        actions.rotate(hook, by=lead)
        for hours in (0, 23, 25):
            clock.move_to(NOON + timedelta(hours=hours))
            actions.test(hook, by=lead)
            make_calls()

    assert [each.headers["webhook-signature"] for each in receiver.heard] == [
        signatures_of(hook, receiver.heard[0], 2, 1),
        signatures_of(hook, receiver.heard[1], 2, 1),
        signatures_of(hook, receiver.heard[2], 2),
    ]


def test_who_is_busy_is_left_alone_as_long_as_it_asks(scene, hook, receiver, make_calls):
    receiver.answers.append((429, {"Retry-After": "7200"}, b""))
    with time_machine.travel(NOON, tick=False) as clock:
        happen(K.ASSIGNMENT_SENT, scene)
        make_calls()
        waits_until = deliveries()[0].next_at
        clock.move_to(NOON + timedelta(minutes=119))
        make_calls()
        calls_before = len(receiver.heard)
        clock.move_to(NOON + timedelta(minutes=121))
        make_calls()

    assert (waits_until, calls_before, len(receiver.heard)) == (NOON + timedelta(hours=2), 1, 2)


def test_one_that_is_gone_is_switched_off_and_its_manager_mailed(scene, hook, receiver, make_calls, outbox):
    receiver.answers.append((410, {}, b""))
    happen(K.ASSIGNMENT_SENT, scene)
    make_calls()
    outbox()
    happen(K.FEEDBACK_REPLIED, scene_with_another(scene))
    make_calls()

    assert (hook.state, hook.off_reason) == (HookState.OFF, "it answered 410: gone for good.")
    assert [each.state for each in deliveries()] == [S.FAILED]
    assert len(receiver.heard) == 1


def scene_with_another(scene):
    """The same people and another reference."""
    db.session.execute(sa.text("UPDATE feedback SET reference = 'CASS-OLD1'"))
    return scene


def test_three_days_of_nothing_but_failures_end_it_and_its_managers_are_told(
    scene, hook, receiver, make_calls, outbox
):
    lead, second = scene.lead, factories.person(lead_of=scene.alpha)
    other = factories.person(lead_of=factories.organization())
    ada = factories.administrator()
    receiver.answers.extend([(500, {}, b"down")] * 30)
    with time_machine.travel(NOON, tick=False) as clock:
        actions.test(hook, by=lead)
        for hours in range(0, 72, 6):
            clock.move_to(NOON + timedelta(hours=hours))
            make_calls()
        outbox()
        still_on = hook.state
        actions.test(hook, by=lead)
        make_calls()
        clock.move_to(NOON + timedelta(hours=72, minutes=1))
        make_calls()
        given_up = hook.state
        mails = outbox()

    assert (still_on, given_up, hook.off_reason) == (HookState.ACTIVE, HookState.OFF, "it answered 500.")
    assert {each["To"] for each in mails} == {lead.email, second.email}
    assert {other.email, ada.email} & {each["To"] for each in mails} == set()
    assert {each["Subject"] for each in mails} == {f"Switched off: the webhook “{hook.name}”"}
    text = mails[0].get_body(("plain",)).get_content()
    assert f"http://localhost/desk/webhooks/{hook.id}/" in text
    assert receiver.url() not in text
    [event] = db.session.scalars(sa.select(Event).where(Event.kind == K.HOOK_GIVEN_UP))
    assert (event.organization, event.actor_role) == (scene.alpha, "system")


def test_one_failure_after_a_long_silence_is_not_enough(scene, hook, lead, receiver, make_calls):
    with time_machine.travel(NOON, tick=False) as clock:
        hook.failing_since = NOON - timedelta(days=30)
        receiver.answers.append((500, {}, b""))
        actions.test(hook, by=lead)
        make_calls()
        after_one = hook.state
        clock.move_to(NOON + timedelta(minutes=2))
        make_calls()

    assert (after_one, hook.state, hook.failing_since) == (HookState.ACTIVE, HookState.ACTIVE, None)


def test_the_consortiums_own_is_told_of_to_administrators(app, receiver, outbox):
    ada, eve = factories.administrator("Ada"), factories.administrator("Eve")
    gone = factories.person("Bob", active=False, is_administrator=True)
    hook = factories.hook(by=gone, url=receiver.url())

    actions.give_up(hook, reason="it answered 500.")

    assert {each["To"] for each in outbox()} == {ada.email, eve.email}


def test_nobody_is_told_that_one_is_off_which_is_on_again(scene, hook, lead, outbox):
    actions.give_up(hook, reason="it answered 500.")
    actions.switch_on(hook, by=lead)

    assert outbox() == []


@pytest.mark.parametrize("meanwhile", ["narrowed", "off", "removed", "not wanted"])
def test_what_no_longer_holds_at_the_call_is_not_sent(meanwhile, scene, hook, receiver, make_calls):
    lead = scene.lead
    pause = factories.made(SendingPause(reason="x", began_at=NOON, began_by_id=lead.id))
    event = happen(K.ASSIGNMENT_SENT, scene)
    make_calls()
    waiting = [each.state for each in deliveries()]

    if meanwhile == "narrowed":
        event.feedback.visibility = Visibility.COORDINATORS
    elif meanwhile == "off":
        actions.switch_off(hook, by=lead)
    elif meanwhile == "removed":
        actions.end(hook, by=lead)
    else:
        hook.kinds = []
    pause.ended_at = NOON
    make_calls()

    assert (waiting, [each.state for each in deliveries()]) == ([S.PENDING], [S.SUPPRESSED])
    assert (receiver.heard, attempts()) == ([], [])


def test_a_title_is_read_when_the_call_is_made(scene, hook, receiver, make_calls):
    receiver.answers.append((500, {}, b""))
    with time_machine.travel(NOON, tick=False) as clock:
        event = happen(K.ANNOUNCEMENT_PUBLISHED, scene)
        make_calls()
        event.announcement.latest_edition.state = EditionState.WITHDRAWN
        clock.move_to(NOON + timedelta(minutes=2))
        make_calls()

    assert [each.state for each in deliveries()] == [S.SUPPRESSED]
    assert len(receiver.heard) == 1


def test_nothing_is_called_while_sending_is_paused(scene, hook, lead, receiver, make_calls):
    factories.made(SendingPause(reason="x", began_at=NOON, began_by_id=lead.id))
    happen(K.ASSIGNMENT_SENT, scene)

    make_calls()

    assert (receiver.heard, [each.state for each in deliveries()]) == ([], [S.PENDING])


def test_a_slow_one_holds_up_neither_the_others_nor_the_worker(app, scene, hook, receiver):
    lead = scene.lead
    slow = factories.hook(scene.alpha, by=lead, url=receiver.url("/slow"))
    for _ in range(3):
        actions.test(slow, by=lead)
        actions.test(hook, by=lead)
    for event in db.session.scalars(sa.select(Event)):
        fan_out(event)
    db.session.commit()
    with open_channels(app.extensions["settings"]) as channels:
        calls = Calls(channels, letterhead_of(app))
        while calls.work(loudly):
            pass
        db.session.expire_all()
        before = [each.state for each in deliveries()]
        heard = sorted(each.path for each in receiver.heard)
        receiver.may_answer.set()
        calls.close(loudly)

    assert heard == ["/in", "/in", "/in", "/slow"]
    assert before == [S.SENDING, S.SENT, S.PENDING, S.SENT, S.PENDING, S.SENT]
    db.session.expire_all()
    assert [each.state for each in deliveries()] == [S.SENT, S.SENT, S.PENDING, S.SENT, S.PENDING, S.SENT]


def test_a_call_that_another_worker_took_over_is_not_settled_twice(app, scene, hook, receiver, make_calls):
    happen(K.ASSIGNMENT_SENT, scene)
    make_calls()
    [delivery] = deliveries()

    steps.settle(Call(delivery.id, hook.id, hook.url, b"{}"), CallFailed("no answer in time"))

    assert (delivery.state, delivery.attempts, hook.failing_since) == (S.SENT, 1, None)
    assert len(attempts()) == 2


def test_the_worker_calls_and_mails_in_one_round(scene, hook, receiver, outbox):
    scene.alpha.contact_email = "alpha@example.org"
    reference = happen(K.ASSIGNMENT_SENT, scene).feedback.reference

    mails = outbox()

    assert [each["To"] for each in mails] == ["alpha@example.org"]
    assert [json.loads(each.content)["data"]["reference"] for each in receiver.heard] == [reference]


def test_its_manager_sends_again_what_failed_and_what_arrived(scene, hook, receiver, make_calls):
    lead, other = scene.lead, factories.organization()
    happen(K.ASSIGNMENT_SENT, scene)
    make_calls()
    [delivery] = deliveries()
    for stranger in (
        factories.person(lead_of=other),
        factories.coordinator(),
        factories.person(agent_of=scene.alpha),
    ):
        with pytest.raises(NotPermitted):
            resend_call(delivery, by=stranger)

    resend_call(delivery, by=lead)
    make_calls()

    [first, second] = receiver.heard
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert (delivery.state, len(attempts())) == (S.SENT, 2)
    [event] = db.session.scalars(sa.select(Event).where(Event.kind == K.DELIVERY_RESENT))
    assert (event.subject, event.detail) == (scene.alpha, {"hook": hook.id, "delivery": delivery.id})


def test_nothing_is_sent_again_while_it_waits_or_the_webhook_is_off(scene, hook, lead, make_calls):
    pause = factories.made(SendingPause(reason="x", began_at=NOON, began_by_id=lead.id))
    happen(K.ASSIGNMENT_SENT, scene)
    make_calls()
    [delivery] = deliveries()

    with pytest.raises(TransitionRefused):
        resend_call(delivery, by=lead)
    pause.ended_at = NOON
    make_calls()
    actions.switch_off(hook, by=lead)
    with pytest.raises(TransitionRefused):
        resend_call(delivery, by=lead)

    assert delivery.state == S.SENT
