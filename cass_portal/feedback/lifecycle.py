"""States of feedback and the acts that move it. What the acts lead to is computed in standing.py. Pure."""

from enum import StrEnum

from cass_portal.policy import Permission
from cass_portal.transitions import Lifecycle, Transition


class FeedbackState(StrEnum):
    UNCONFIRMED = "unconfirmed"
    HELD = "held"
    NEW = "new"
    ROUTED = "routed"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    ANSWERED = "answered"
    CLOSED = "closed"
    REJECTED = "rejected"
    DEFLECTED = "deflected"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"


class Moderation(StrEnum):
    """How far the text has come on its way to the federation: stored, moved by acts."""

    UNCONFIRMED = "unconfirmed"
    HELD = "held"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DEFLECTED = "deflected"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"


class Verdict(StrEnum):
    SOLVED = "solved"
    PARTLY = "partly"
    NOT_SOLVED = "not_solved"


S, P = FeedbackState, Permission
OPEN = frozenset({S.NEW, S.ROUTED, S.IN_PROGRESS})
"""Accepted and not yet answered; `waiting` is the same with the ball at the stakeholder."""
BEFORE_ANSWER = OPEN | {S.UNCONFIRMED, S.HELD, S.WAITING}

FEEDBACK = Lifecycle(
    FeedbackState,
    [
        Transition("confirm", frozenset({S.UNCONFIRMED}), None, None, "Confirm"),
        Transition("accept", frozenset({S.HELD}), None, P.FEEDBACK_MODERATE, "Accept"),
        Transition("reject", frozenset({S.HELD, S.NEW}), S.REJECTED, P.FEEDBACK_MODERATE, "Reject"),
        Transition("undo_accept", frozenset({S.NEW}), S.HELD, P.FEEDBACK_MODERATE, "Hold it again"),
        Transition("undo_reject", frozenset({S.REJECTED}), None, P.FEEDBACK_MODERATE, "Take it up again"),
        Transition(
            "change_about",
            BEFORE_ANSWER - {S.UNCONFIRMED} | {S.ANSWERED, S.CLOSED},
            None,
            P.FEEDBACK_ROUTE,
            "Change what it is about",
        ),
        Transition("route", OPEN, None, P.FEEDBACK_ROUTE, "Route"),
        Transition("ask", OPEN, S.WAITING, P.FEEDBACK_ASK, "Ask the stakeholder"),
        Transition("reply", OPEN | {S.HELD, S.WAITING, S.ANSWERED, S.CLOSED, S.MERGED}, None, None, "Reply"),
        Transition("remind", frozenset({S.WAITING}), None, None, "Remind the stakeholder"),
        Transition("close", frozenset({S.WAITING, S.ANSWERED}), S.CLOSED, None, "Close after silence"),
        Transition("ask_outcome", frozenset({S.ANSWERED, S.CLOSED}), None, None, "Ask whether it held"),
        Transition(
            "deflect", frozenset({S.NEW, S.ROUTED}), S.DEFLECTED, P.FEEDBACK_DEFLECT, "Send elsewhere"
        ),
        Transition(
            "merge", frozenset({S.NEW, S.ROUTED}), S.MERGED, P.FEEDBACK_MERGE, "Join with another matter"
        ),
        Transition("unmerge", frozenset({S.MERGED}), None, P.FEEDBACK_MERGE, "Undo the joining"),
        Transition("split", OPEN | {S.WAITING}, None, P.FEEDBACK_MERGE, "Split in two"),
        Transition("release_reply", OPEN | {S.WAITING}, None, P.FEEDBACK_RELEASE_REPLY, "Release the reply"),
        Transition("give_verdict", frozenset({S.ANSWERED, S.CLOSED}), None, None, "Say what came of it"),
        Transition("withdraw", BEFORE_ANSWER | {S.MERGED}, S.WITHDRAWN, None, "Withdraw"),
        Transition(
            "narrow",
            BEFORE_ANSWER | {S.ANSWERED, S.CLOSED, S.MERGED},
            None,
            P.FEEDBACK_NARROW,
            "Narrow visibility",
        ),
        Transition(
            "mark",
            OPEN | {S.HELD, S.WAITING, S.ANSWERED, S.CLOSED},
            None,
            P.FEEDBACK_ROUTE,
            "Mark as an incompatibility",
        ),
        Transition(
            "publish",
            OPEN | {S.WAITING, S.ANSWERED, S.CLOSED},
            None,
            P.FEEDBACK_MODERATE,
            "Show on the public list",
        ),
    ],
)
