"""Every state × every act of the stakeholder's side: moves as the table says, or refuses and changes nothing."""

import pytest
import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.feedback import actions
from cass_portal.feedback.lifecycle import FEEDBACK, FeedbackState, Moderation, Verdict
from cass_portal.feedback.models import Feedback
from cass_portal.history import Event
from cass_portal.transitions import TransitionRefused
from tests import factories

S = FeedbackState

ACTS = {
    "confirm": actions.confirm,
    "reply": lambda item: actions.reply(item, "Here is more."),
    "solved": lambda item: actions.give_verdict(item, Verdict.SOLVED),
    "not_solved": lambda item: actions.give_verdict(item, Verdict.NOT_SOLVED),
    "withdraw": actions.withdraw,
}
MOVES = {
    ("confirm", S.UNCONFIRMED): S.NEW,
    ("reply", S.HELD): S.HELD,
    ("reply", S.NEW): S.NEW,
    ("reply", S.ROUTED): S.ROUTED,
    ("reply", S.IN_PROGRESS): S.IN_PROGRESS,
    ("reply", S.WAITING): S.ROUTED,
    ("reply", S.ANSWERED): S.ANSWERED,
    ("reply", S.CLOSED): S.CLOSED,
    ("reply", S.MERGED): S.MERGED,
    ("solved", S.ANSWERED): S.CLOSED,
    ("solved", S.CLOSED): S.CLOSED,
    ("not_solved", S.ANSWERED): S.IN_PROGRESS,
    ("not_solved", S.CLOSED): S.IN_PROGRESS,
    ("withdraw", S.UNCONFIRMED): S.WITHDRAWN,
    ("withdraw", S.HELD): S.WITHDRAWN,
    ("withdraw", S.NEW): S.WITHDRAWN,
    ("withdraw", S.ROUTED): S.WITHDRAWN,
    ("withdraw", S.IN_PROGRESS): S.WITHDRAWN,
    ("withdraw", S.WAITING): S.WITHDRAWN,
    ("withdraw", S.MERGED): S.WITHDRAWN,
}
DECLARED = {
    "confirm": {S.UNCONFIRMED},
    "accept": {S.HELD},
    "reject": {S.HELD, S.NEW},
    "undo_accept": {S.NEW},
    "undo_reject": {S.REJECTED},
    "change_about": {S.HELD, S.NEW, S.ROUTED, S.IN_PROGRESS, S.WAITING, S.ANSWERED, S.CLOSED},
    "route": {S.NEW, S.ROUTED, S.IN_PROGRESS},
    "ask": {S.NEW, S.ROUTED, S.IN_PROGRESS},
    "reply": {S.HELD, S.NEW, S.ROUTED, S.IN_PROGRESS, S.WAITING, S.ANSWERED, S.CLOSED, S.MERGED},
    "remind": {S.WAITING},
    "close": {S.WAITING, S.ANSWERED},
    "ask_outcome": {S.ANSWERED, S.CLOSED},
    "merge": {S.NEW, S.ROUTED},
    "unmerge": {S.MERGED},
    "split": {S.NEW, S.ROUTED, S.IN_PROGRESS, S.WAITING},
    "deflect": {S.NEW, S.ROUTED},
    "release_reply": {S.NEW, S.ROUTED, S.IN_PROGRESS, S.WAITING},
    "give_verdict": {S.ANSWERED, S.CLOSED},
    "withdraw": {S.UNCONFIRMED, S.HELD, S.NEW, S.ROUTED, S.IN_PROGRESS, S.WAITING, S.MERGED},
    "narrow": set(S) - {S.REJECTED, S.DEFLECTED, S.WITHDRAWN},
    "mark": {S.HELD, S.NEW, S.ROUTED, S.IN_PROGRESS, S.WAITING, S.ANSWERED, S.CLOSED},
    "publish": {S.NEW, S.ROUTED, S.IN_PROGRESS, S.WAITING, S.ANSWERED, S.CLOSED},
}


def item_in(state):
    """An item that came to `state` the way it comes there."""
    moderation = {s.value: s for s in Moderation}.get(state.value, Moderation.ACCEPTED)
    item = factories.feedback(moderation=moderation)
    assigned = {
        S.ROUTED: "sent",
        S.WAITING: "sent",
        S.IN_PROGRESS: "working",
        S.ANSWERED: "answered",
        S.CLOSED: "answered",
    }
    if state in assigned:
        factories.assignment(item, factories.organization(), state=assigned[state])
    item.waiting_since = now() if state == S.WAITING else None
    item.reply_released_at = now() if state in (S.ANSWERED, S.CLOSED) else None
    item.verdict = Verdict.SOLVED if state == S.CLOSED else None
    item.settle()
    db.session.commit()
    assert item.state == state
    return item


def snapshot(item):
    columns = {column.name: getattr(item, column.name) for column in Feedback.__table__.c}
    return (
        columns,
        [each.state for each in item.assignments],
        db.session.scalar(sa.select(sa.func.count(Event.id))),
    )


def test_the_table_declares_exactly_these_acts_and_states():
    assert {each.act: set(each.sources) for each in FEEDBACK.transitions.values()} == DECLARED


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("act", ACTS)
def test_each_act_in_each_state_moves_or_refuses(app, act, state):
    item = item_in(state)
    before = snapshot(item)

    if (act, state) in MOVES:
        ACTS[act](item)
        db.session.commit()
        assert item.state == MOVES[act, state]
        assert db.session.scalar(sa.select(sa.func.count(Event.id))) == before[2] + 1
    else:
        with pytest.raises(TransitionRefused):
            ACTS[act](item)
        db.session.rollback()
        assert snapshot(item) == before


def test_confirming_what_looked_suspicious_holds_it(app):
    item = actions.submit(subject="s", body="b" * 10, email="a@example.org", held_because=["Too quick."])

    actions.confirm(item)

    assert (item.state, item.moderation) == ("held", "held")


def test_a_verdict_of_not_solved_reopens_only_what_was_answered(app):
    item = item_in(S.ANSWERED)
    refused = factories.assignment(item, factories.organization(), state="refused")

    actions.give_verdict(item, Verdict.NOT_SOLVED, note="Still there.")
    db.session.commit()

    assert [each.state for each in item.assignments] == ["working", "refused"]
    assert (refused.settled_at, item.reply_released_at, item.verdict_note) == (None, None, "Still there.")


def test_withdrawing_ends_every_open_assignment(app):
    item = item_in(S.ROUTED)
    for state in ("working", "answered", "refused", "refusal_proposed"):
        factories.assignment(item, factories.organization(), state=state)

    actions.withdraw(item, reason="It works again.")
    db.session.commit()

    assert [each.state for each in item.assignments] == ["waived", "waived", "answered", "refused", "waived"]
    assert item.closing_reason == "It works again."
