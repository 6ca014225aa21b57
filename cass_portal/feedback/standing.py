"""The state of a feedback item, computed from moderation, assignments, the reply and the verdict. Pure.

Stored in `Feedback.state` because lists filter on it, recomputed at the end of every act on either side.
"""

from collections.abc import Collection
from dataclasses import dataclass

from cass_portal.feedback.lifecycle import FeedbackState, Moderation, Verdict

S = FeedbackState

BEFORE_CASEWORK = {
    Moderation.UNCONFIRMED: S.UNCONFIRMED,
    Moderation.HELD: S.HELD,
    Moderation.REJECTED: S.REJECTED,
    Moderation.DEFLECTED: S.DEFLECTED,
    Moderation.MERGED: S.MERGED,
    Moderation.WITHDRAWN: S.WITHDRAWN,
}

GONE = ("refused", "returned", "waived")
"""Assignments that owe nothing and said nothing."""
UNTOUCHED = ("sent", "refusal_proposed")
CONTENT = (Verdict.SOLVED, Verdict.PARTLY)


@dataclass(frozen=True)
class Facts:
    """What the state depends on, and nothing else.

    `assignments` are assignment states as words; `informed` roles are left out, they owe no answer: a matter
    that only informs members still waits for somebody who answers. `reply_released` is true when the
    stakeholder has been given the answer that now stands, `closed` when nothing was heard of them for long.
    """

    moderation: Moderation
    assignments: Collection[str] = ()
    is_waiting: bool = False
    reply_released: bool = False
    verdict: Verdict | None = None
    closed: bool = False


def standing(facts: Facts) -> FeedbackState:
    """The one state that follows from `facts`."""
    if facts.moderation != Moderation.ACCEPTED:
        return BEFORE_CASEWORK[facts.moderation]
    if facts.closed:
        return S.CLOSED
    living = [each for each in facts.assignments if each not in GONE]
    if facts.reply_released and all(each == "answered" for each in living):
        return S.CLOSED if facts.verdict in CONTENT else S.ANSWERED
    return S.WAITING if facts.is_waiting else _at_work(living)


def _at_work(living: Collection[str]) -> FeedbackState:
    if not living:
        return S.NEW
    return S.ROUTED if all(each in UNTOUCHED for each in living) else S.IN_PROGRESS
