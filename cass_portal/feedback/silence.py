"""How long the portal waits for a stakeholder, and what it says of that beforehand. Pure but for the rows it reads."""

from datetime import date, timedelta

from cass_portal.feedback.lifecycle import FeedbackState
from cass_portal.feedback.models import Feedback, MessageKind
from cass_portal.languages import marked

REMIND_DAYS = 7
"""After a question."""
REPLY_DAYS = 21
"""After a question: then the matter is closed."""
VERDICT_DAYS = 28
"""After an answer, or after the stakeholder wrote last."""
CLOSED_AFTER_QUESTION = marked("We asked something and heard nothing for three weeks.")
CLOSED_AFTER_ANSWER = marked("It was answered, and we heard nothing for four weeks.")


def closes_on(item: Feedback) -> date | None:
    """The day on which `item` is closed if nothing is heard until then; None where silence closes nothing."""
    if item.state == FeedbackState.WAITING and item.waiting_since is not None:
        return (item.waiting_since + timedelta(days=REPLY_DAYS)).date()
    if item.state != FeedbackState.ANSWERED or item.reply_released_at is None:
        return None
    heard = [each.at for each in item.messages if each.kind == MessageKind.REPLY]
    return (max([item.reply_released_at, *heard]) + timedelta(days=VERDICT_DAYS)).date()
