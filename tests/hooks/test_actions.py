"""Who sets up, changes and ends which webhook, and what each act leaves behind."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.history import Event, EventKind
from cass_portal.hooks import actions
from cass_portal.hooks.actions import MOST, HookRefused
from cass_portal.hooks.addresses import AddressRefused
from cass_portal.hooks.lifecycle import HOOK, HookState
from cass_portal.hooks.models import HookAttempt, HookKind, Webhook
from cass_portal.policy import NotPermitted
from cass_portal.transitions import TransitionRefused
from tests import factories

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
K = EventKind


def create(organization, *, by, **fields):
    given = {
        "kind": HookKind.WEBHOOK, "name": "Issue tracker", "url": "https://hooks.example.org/in?key=1",
        "wishes": ["assignments", "answers"], "is_local": False,
    }  # fmt: skip
    return actions.create(organization, by=by, **(given | fields))


def events():
    rows = db.session.execute(
        sa.select(Event.kind, Event.organization_id, Event.person_id, Event.detail).order_by(Event.id)
    )
    return [tuple(each) for each in rows]


def test_a_lead_sets_up_a_webhook_of_the_organization(alpha, lead):
    hook = create(alpha, by=lead)

    assert (hook.organization, hook.state, hook.created_by, hook.generation) == (
        alpha,
        HookState.ACTIVE,
        lead,
        1,
    )
    assert hook.kinds == ["feedback.reply_released", "feedback.published", "assignment.sent"]
    assert events() == [(K.HOOK_CREATED, alpha.id, None, {"hook": hook.id, "name": "Issue tracker"})]


def test_an_administrator_sets_up_one_of_the_consortium_and_the_event_is_theirs(app):
    ada = factories.administrator()

    hook = create(None, by=ada, wishes=["triage", "assignments"])

    assert (hook.organization, hook.kinds) == (
        None,
        ["feedback.submitted", "feedback.confirmed", "assignment.returned_to_triage"],
    )
    assert events() == [(K.HOOK_CREATED, None, ada.id, {"hook": hook.id, "name": "Issue tracker"})]


def test_nobody_else_sets_one_up(alpha, bravo, lead):
    agent, other = factories.person(agent_of=alpha), factories.person(lead_of=bravo)
    refused = []

    for owner, person in (
        (alpha, agent), (alpha, other), (alpha, factories.coordinator()), (None, lead), (None, factories.coordinator()),
    ):  # fmt: skip
        with pytest.raises(NotPermitted):
            create(owner, by=person)
        refused.append(person)

    assert (len(refused), db.session.query(Webhook).count(), events()) == (5, 0, [])


@pytest.mark.parametrize(
    "act",
    [
        lambda hook, by: actions.change(hook, name="x", url="https://a.example.org/", wishes=["status"],
                                        is_local=False, by=by),
        lambda hook, by: actions.rotate(hook, by=by),
        lambda hook, by: actions.test(hook, by=by),
        lambda hook, by: actions.switch_off(hook, by=by),
        lambda hook, by: actions.end(hook, by=by),
    ],
)  # fmt: skip
def test_another_members_lead_does_nothing_with_it(act, alpha, bravo, lead):
    hook = factories.hook(alpha, by=lead)
    others = [factories.person(lead_of=bravo), factories.person(agent_of=alpha), factories.coordinator()]

    for each in others:
        with pytest.raises(NotPermitted):
            act(hook, each)

    act(hook, lead)
    assert len(events()) == 1


@pytest.mark.parametrize(
    "url",
    ["http://hooks.example.org/", "ftp://hooks.example.org/", "https://127.0.0.1/", "https://10.0.0.1/",
     "https://[::1]/", "https://169.254.169.254/latest", "https://localhost/", "https://printer.local/",
     "https://0x7f.1/", "https://user:pass@hooks.example.org/", "hooks.example.org", "javascript:alert(1)",
     "http://127.0.0.1:8080/", "https://2130706433/"],
)  # fmt: skip
def test_an_address_that_leads_inward_or_is_not_safe_is_refused_early(url, alpha, lead):
    with pytest.raises(AddressRefused):
        create(alpha, by=lead, url=url)

    assert (db.session.query(Webhook).count(), events()) == (0, [])


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/in", "http://[::1]:9/", "https://127.0.0.1/"])
def test_a_portal_on_this_machine_may_call_this_machine(url, alpha, lead):
    assert create(alpha, by=lead, url=url, is_local=True).url == url


@pytest.mark.parametrize("url", ["http://hooks.example.org/", "http://10.0.0.1/", "https://192.168.0.1/"])
def test_and_no_other_inner_one(url, alpha, lead):
    with pytest.raises(AddressRefused):
        create(alpha, by=lead, url=url, is_local=True)


def test_one_that_is_told_of_nothing_is_refused(alpha, lead):
    for wishes in ([], ["unknown"], ["triage"]):  # the last is the Consortium's
        with pytest.raises(HookRefused):
            create(alpha, by=lead, wishes=wishes)

    assert db.session.query(Webhook).count() == 0


def test_there_is_a_most_for_each_owner(alpha, bravo, lead):
    for _ in range(MOST):
        last = factories.hook(alpha, by=lead)

    with pytest.raises(HookRefused):
        create(alpha, by=lead)
    actions.end(last, by=lead)

    assert create(alpha, by=lead).id
    assert create(bravo, by=factories.administrator()).id


def test_changing_says_whether_the_address_moved_and_never_the_address(alpha, lead):
    hook = factories.hook(alpha, by=lead, failing_since=now())

    actions.change(hook, name="New", url=hook.url, wishes=["status"], is_local=False, by=lead)
    still_failing = hook.failing_since is not None
    actions.change(
        hook, name="New", url="https://b.example.org/s3cret", wishes=["status"], is_local=False, by=lead
    )

    assert (still_failing, hook.failing_since, hook.kinds) == (True, None, ["announcement.updated"])
    assert [each[3] for each in events()] == [
        {"hook": hook.id, "name": "New", "moved": False},
        {"hook": hook.id, "name": "New", "moved": True},
    ]


def test_a_new_secret_leaves_the_one_before_for_a_day(alpha, lead):
    hook = factories.hook(alpha, by=lead)

    with time_machine.travel(NOON, tick=False):
        actions.rotate(hook, by=lead)

    assert (hook.generation, hook.previous_until) == (2, NOON + timedelta(hours=24))
    assert [each[0] for each in events()] == [K.HOOK_ROTATED]


def test_a_chat_has_no_secret_to_rotate(alpha, lead):
    hook = factories.hook(alpha, by=lead, kind=HookKind.SLACK)

    with pytest.raises(HookRefused):
        actions.rotate(hook, by=lead)

    assert hook.generation == 1


def test_switching_off_and_on_begins_anew(alpha, lead):
    hook = factories.hook(alpha, by=lead, failing_since=now())
    actions.switch_off(hook, by=lead)
    off = hook.state

    actions.switch_on(hook, by=lead)

    assert (off, hook.state, hook.failing_since) == (HookState.OFF, HookState.ACTIVE, None)
    assert [each[3]["state"] for each in events()] == ["off", "active"]


def test_an_ended_one_has_forgotten_its_address_and_nothing_can_be_done_with_it(alpha, lead):
    hook = factories.hook(alpha, by=lead)

    actions.end(hook, by=lead)

    assert (hook.state, hook.url) == (HookState.ENDED, "")
    assert HOOK.open_acts(HookState.ENDED) == []
    for act in (actions.rotate, actions.test, actions.switch_on, actions.switch_off, actions.end):
        with pytest.raises(TransitionRefused):
            act(hook, by=lead)


def test_the_portal_gives_up_in_its_own_name(alpha, lead):
    hook, common = factories.hook(alpha, by=lead), factories.hook(by=factories.administrator("Ada"))

    actions.give_up(hook, reason="it answered 500.")
    actions.give_up(common, reason="it answered 500.")

    assert (hook.state, hook.off_reason) == (HookState.OFF, "it answered 500.")
    found = db.session.scalars(sa.select(Event).order_by(Event.id)).all()
    assert [(e.kind, e.actor_role, e.note, e.subject) for e in found] == [
        (K.HOOK_GIVEN_UP, "system", "it answered 500.", alpha),
        (K.HOOK_GIVEN_UP, "system", "it answered 500.", common.created_by),
    ]


def test_what_was_said_is_forgotten_after_30_days(alpha, lead, make_calls):
    hook = factories.hook(alpha, by=lead, url="https://127.0.0.1:1/")
    actions.test(hook, by=lead)
    make_calls()
    [attempt] = db.session.query(HookAttempt)

    actions.forget_attempts(attempt.at + timedelta(days=30))
    kept = db.session.query(HookAttempt).count()
    actions.forget_attempts(attempt.at + timedelta(days=30, seconds=1))

    assert (kept, db.session.query(HookAttempt).count()) == (1, 0)
