"""What the clock does where a stakeholder says nothing: remind, close, ask what became of the answer. By the system.

What it closes is open again as soon as they write: `feedback.actions.reply` and `give_verdict` take it up.
"""

from datetime import date

from cass_portal.casework.actions._steps import touch
from cass_portal.casework.outcome_checks import check_on
from cass_portal.clock import now
from cass_portal.feedback.joining import let_go
from cass_portal.feedback.lifecycle import FEEDBACK, FeedbackState
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.silence import CLOSED_AFTER_ANSWER, CLOSED_AFTER_QUESTION, closes_on
from cass_portal.feedback.turns import take_turn, take_turn_with_joined
from cass_portal.history import Audience, EventKind, record
from cass_portal.policy import SYSTEM


def remind(item: Feedback) -> None:
    """A question waits for the stakeholder: say it once more, and when the matter will be closed."""
    take_turn(item)
    FEEDBACK.after("remind", item.state)
    item.reminded_at = now()
    touch(item)
    closing = closes_on(item)
    record(
        item, EventKind.FEEDBACK_REMINDED, by=SYSTEM, audience=Audience.STAKEHOLDER,
        closes_on=closing.isoformat() if closing else None,
    )  # fmt: skip
    item.settle()


def close(item: Feedback) -> None:
    """Nothing was heard: of a question for three weeks, or of an answer for four."""
    take_turn_with_joined(item)
    FEEDBACK.after("close", item.state)
    was_asked = item.state == FeedbackState.WAITING
    item.closed_at, item.waiting_since = now(), None
    item.closing_reason = CLOSED_AFTER_QUESTION if was_asked else CLOSED_AFTER_ANSWER
    if item.reply_released_at is None:
        let_go(item)
    record(
        item, EventKind.FEEDBACK_CLOSED, by=SYSTEM, audience=Audience.STAKEHOLDER,
        because="no_reply" if was_asked else "no_verdict",
    )  # fmt: skip
    item.settle()


def ask_outcome(item: Feedback) -> None:
    """Weeks after the answer: has it held? Asked once for each reply."""
    take_turn(item)
    FEEDBACK.after("ask_outcome", item.state)
    item.outcome_asked_at, item.outcome_due_on = now(), None
    touch(item)
    record(item, EventKind.FEEDBACK_OUTCOME_ASKED, by=SYSTEM, audience=Audience.STAKEHOLDER)
    item.settle()


def begin_outcome_check(item: Feedback) -> None:
    """A reply is released: its check is due some day. A step of acts that record."""
    item.outcome_due_on, item.outcome_asked_at = _outcome_check_on(item), None


def _outcome_check_on(item: Feedback) -> date | None:
    """The day for the reply that is being released now."""
    said = [
        (each.answer.outcome.value, each.answer.target)
        for each in item.assignments
        if each.is_living and each.answer is not None
    ]
    return check_on(said, released_on=now().date())
