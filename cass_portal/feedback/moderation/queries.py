"""What is known of a text and of its sender when it comes in. For the code that takes it in and for coordinators."""

from datetime import timedelta

import sqlalchemy as sa

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.feedback.lifecycle import FeedbackState, Moderation
from cass_portal.feedback.models import Feedback, Sender, SenderMark, Source
from cass_portal.feedback.moderation.judging import Judgment, judge
from cass_portal.feedback.moderation.learning import current_model
from cass_portal.feedback.moderation.signals import ALIKE, BEGINNING, similarity, words_for_likeness

LATELY = timedelta(days=1)
COMPARED = 40
"""Of what came last; a flood of one text is found in them."""
TRUSTED_FROM = 3
"""Confirmed items of an address that a coordinator routed, from which on it is not held any more."""
ASKED_OFTEN = 5
"""So many items of one address in a day are asked about by mail, be they its own or entered for it; who types an
address that is not theirs cannot make more mails of it."""
TOO_OFTEN = "Its address was asked to confirm several texts within a day, and has not."
S = FeedbackState
WORKED_ON = (S.ROUTED, S.IN_PROGRESS, S.WAITING, S.ANSWERED, S.CLOSED)


def judgment_of(subject: str, body: str) -> Judgment:
    """How the text looks beside what came lately and what was decided before. Takes some milliseconds."""
    return judge(subject, body, model=current_model(), similar=_similar_lately(subject, body))


def mark_of(address: str | None) -> SenderMark | None:
    """What a coordinator decided of `address`, in whatever letter case; None also where there is none."""
    sender = standing_sender(address)
    return sender.mark if sender is not None else None


def standing_sender(address: str | None) -> Sender | None:
    if not address:
        return None
    standing = sa.select(Sender).where(Sender.address == address.lower(), Sender.ended_at.is_(None))
    return db.session.scalar(standing)


def is_blocked(address: str | None) -> bool:
    return mark_of(address) == SenderMark.BLOCKED


def is_trusted(address: str | None) -> bool:
    """Whether what `address` confirms needs no look first: a coordinator said so, or its past does.

    The past: at least TRUSTED_FROM confirmed items that went to members or were answered, none rejected.
    """
    mark = mark_of(address)
    if mark is not None or not address:
        return mark == SenderMark.TRUSTED
    worked_on = sa.and_(Feedback.moderation == Moderation.ACCEPTED, Feedback.state.in_(WORKED_ON))
    rejected = Feedback.moderation == Moderation.REJECTED
    counts = sa.select(sa.func.count(sa.case((worked_on, 1))), sa.func.count(sa.case((rejected, 1)))).where(
        Feedback.email == address.lower(), Feedback.confirmed_at.is_not(None)
    )
    good, bad = db.session.execute(counts).one()
    return good >= TRUSTED_FROM and bad == 0


def asked_too_often(address: str | None) -> bool:
    """Whether a further mail that asks `address` to confirm, or whether its owner wants to hear, would be too many."""
    if not address:
        return False
    asked_for_another = sa.and_(
        Feedback.entered_by_id.is_not(None),
        Feedback.source != Source.FILE,
        Feedback.confirmed_at.is_(None),
        Feedback.state.not_in((S.REJECTED, S.WITHDRAWN)),
    )
    lately = sa.select(sa.func.count(Feedback.id)).where(
        Feedback.email == address.lower(),
        sa.or_(Feedback.state == S.UNCONFIRMED, asked_for_another),
        Feedback.created_at > now() - LATELY,
    )
    return (db.session.scalar(lately) or 0) >= ASKED_OFTEN


def may_ping(address: str | None) -> bool:
    """Whether `address` may be left for one mail: it is not blocked, and not left with other feedback already.

    Anybody can type anybody's address, and nobody confirms this one.
    """
    if not address or is_blocked(address):
        return False
    return first_to_ping(address) is None


def first_to_ping(address: str) -> int | None:
    """The id of the feedback that `address` was left with first; no other may write to it."""
    left = sa.text("feedback.ping_email IS NOT NULL")  # written out, as the condition of the index is
    return db.session.scalar(sa.select(sa.func.min(Feedback.id)).where(left, Feedback.ping_email == address))


def _similar_lately(subject: str, body: str) -> int:
    words = words_for_likeness(subject, body)
    beginning = sa.func.substr(Feedback.body, 1, BEGINNING)
    query = sa.select(Feedback.subject, beginning, Feedback.created_at).order_by(Feedback.id.desc())
    since = now() - LATELY
    recent = db.session.execute(query.limit(COMPARED)).all()
    return sum(
        similarity(words, words_for_likeness(other, text)) >= ALIKE
        for other, text, at in recent
        if at > since
    )
