"""Of whom nothing was heard for so long that the clock has something to do. For the worker."""

from datetime import timedelta

import sqlalchemy as sa

from cass_portal.clock import now, today
from cass_portal.feedback.lifecycle import FeedbackState
from cass_portal.feedback.models import Feedback, Message, MessageKind
from cass_portal.feedback.silence import REMIND_DAYS, REPLY_DAYS, VERDICT_DAYS

S = FeedbackState
ONE_DAY = timedelta(days=1)


def to_remind() -> sa.ColumnElement[bool]:
    """Questions that have waited for a week and were not called to mind."""
    return sa.and_(
        Feedback.waiting_since <= now() - REMIND_DAYS * ONE_DAY,
        Feedback.waiting_since > now() - REPLY_DAYS * ONE_DAY,
        Feedback.reminded_at.is_(None),
        Feedback.state == S.WAITING,
    )


def to_close_unanswered() -> sa.ColumnElement[bool]:
    return sa.and_(Feedback.waiting_since <= now() - REPLY_DAYS * ONE_DAY, Feedback.state == S.WAITING)


def to_close_unjudged() -> sa.ColumnElement[bool]:
    """Answered, and neither a verdict nor a word since."""
    since = now() - VERDICT_DAYS * ONE_DAY
    spoke = sa.exists().where(
        Message.feedback_id == Feedback.id, Message.kind == MessageKind.REPLY, Message.at > since
    )
    return sa.and_(Feedback.state == S.ANSWERED, Feedback.reply_released_at <= since, ~spoke)


def to_ask_outcome() -> sa.ColumnElement[bool]:
    return sa.and_(
        Feedback.outcome_due_on <= today(),
        Feedback.state.in_([S.ANSWERED, S.CLOSED]),
        Feedback.outcome_asked_at.is_(None),
    )
