"""States of an edition and the acts that move it, kinds of announcements, stages and levels of status notices. Pure."""

from enum import StrEnum

from cass_portal.policy import Permission
from cass_portal.transitions import Lifecycle, Transition


class AnnouncementKind(StrEnum):
    STATUS = "status"
    DIRECTION = "direction"
    NEWS = "news"
    EVENT = "event"
    CALL_FOR_INPUT = "call_for_input"
    YOU_SAID_WE_DID = "you_said_we_did"


class ProductLevel(StrEnum):
    """How a product stands, from the least to the most serious."""

    NO_KNOWN_ISSUES = "no_known_issues"
    MAINTENANCE = "maintenance"
    ADVISORY = "advisory"
    DEGRADED = "degraded"
    OUTAGE = "outage"

    @property
    def severity(self) -> int:
        return list(ProductLevel).index(self)


class Stage(StrEnum):
    """Where the timeline of a status notice stands; each of the two kinds has its own four, in their order."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    VERIFYING = "verifying"
    COMPLETED = "completed"


INCIDENT = (Stage.INVESTIGATING, Stage.IDENTIFIED, Stage.MONITORING, Stage.RESOLVED)
MAINTENANCE = (Stage.SCHEDULED, Stage.IN_PROGRESS, Stage.VERIFYING, Stage.COMPLETED)
OVER = frozenset({Stage.RESOLVED, Stage.COMPLETED})


class SignOffStance(StrEnum):
    AGREE = "agree"
    SEND_BACK = "send_back"
    WITHDRAW = "withdraw"
    REINSTATE = "reinstate"
    KEEP = "keep"


class EditionState(StrEnum):
    DRAFT = "draft"
    IN_SIGN_OFF = "in_sign_off"
    DISCUSSION = "discussion"
    RETURNED = "returned"
    AGREED = "agreed"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    DISCARDED = "discarded"


S, P = EditionState, Permission
OPEN = frozenset({S.DRAFT, S.IN_SIGN_OFF, S.DISCUSSION, S.RETURNED, S.AGREED, S.SCHEDULED})
"""At most one open edition of a document."""
PUBLIC = frozenset({S.PUBLISHED, S.SUPERSEDED, S.WITHDRAWN})
"""Editions that were published once; readable for good."""
PROPOSALS = {SignOffStance.WITHDRAW: S.PUBLISHED, SignOffStance.REINSTATE: S.WITHDRAWN}
"""What one coordinator proposes and another carries out, with the state in which it is still open."""
UNDER_VOTE = frozenset({S.IN_SIGN_OFF, S.DISCUSSION})

EDITION = Lifecycle(
    EditionState,
    [
        Transition("edit", OPEN, S.DRAFT, P.ANNOUNCEMENT_EDIT, "Save"),
        Transition(
            "request_sign_off",
            frozenset({S.DRAFT, S.RETURNED, S.IN_SIGN_OFF, S.AGREED}),
            S.IN_SIGN_OFF,
            P.ANNOUNCEMENT_EDIT,
            "Request sign-off",
        ),
        Transition("sign_off", frozenset({S.IN_SIGN_OFF}), S.AGREED, P.ANNOUNCEMENT_SIGN_OFF, "Sign off"),
        Transition("send_back", frozenset({S.IN_SIGN_OFF}), S.RETURNED, P.ANNOUNCEMENT_SIGN_OFF, "Send back"),
        Transition("vote", UNDER_VOTE, None, P.ANNOUNCEMENT_VOTE, "Vote"),
        Transition("discuss", frozenset({S.IN_SIGN_OFF}), S.DISCUSSION, None, "Discuss the objections"),
        Transition("agree", UNDER_VOTE, S.AGREED, None, "Agree"),
        Transition("return", UNDER_VOTE, S.RETURNED, None, "Return to the author"),
        Transition(
            "end_discussion", frozenset({S.DISCUSSION}), None, P.ANNOUNCEMENT_SIGN_OFF, "End the discussion"
        ),
        Transition(
            "raise_question",
            OPEN,
            None,
            P.ANNOUNCEMENT_VOTE,
            "Raise to an important question",
        ),
        Transition("schedule", frozenset({S.AGREED}), S.SCHEDULED, P.ANNOUNCEMENT_PUBLISH, "Schedule"),
        Transition("unschedule", frozenset({S.SCHEDULED}), S.AGREED, P.ANNOUNCEMENT_PUBLISH, "Unschedule"),
        Transition(
            "publish", frozenset({S.AGREED, S.SCHEDULED}), S.PUBLISHED, P.ANNOUNCEMENT_PUBLISH, "Publish now"
        ),
        Transition(
            "publish_at_once",
            frozenset({S.DRAFT, S.RETURNED}),
            S.PUBLISHED,
            P.ANNOUNCEMENT_PUBLISH,
            "Publish at once",
        ),
        Transition("ratify", frozenset({S.PUBLISHED}), None, P.ANNOUNCEMENT_VOTE, "Ratify or contest"),
        Transition("void", frozenset({S.AGREED, S.SCHEDULED}), S.RETURNED, None, "Void the agreement"),
        Transition("supersede", frozenset({S.PUBLISHED, S.WITHDRAWN}), S.SUPERSEDED, None, "Supersede"),
        Transition(
            "open_edition", frozenset({S.PUBLISHED}), S.PUBLISHED, P.ANNOUNCEMENT_EDIT, "Write a new edition"
        ),
        Transition(
            "propose_withdrawal", frozenset({S.PUBLISHED}), None, P.ANNOUNCEMENT_WITHDRAW, "Withdraw …"
        ),
        Transition("withdraw", frozenset({S.PUBLISHED}), S.WITHDRAWN, P.ANNOUNCEMENT_WITHDRAW, "Withdraw"),
        Transition(
            "propose_reinstatement", frozenset({S.WITHDRAWN}), None, P.ANNOUNCEMENT_WITHDRAW, "Reinstate …"
        ),
        Transition("reinstate", frozenset({S.WITHDRAWN}), S.PUBLISHED, P.ANNOUNCEMENT_WITHDRAW, "Reinstate"),
        Transition(
            "decline_proposal",
            frozenset({S.PUBLISHED, S.WITHDRAWN}),
            None,
            P.ANNOUNCEMENT_WITHDRAW,
            "Leave as it is",
        ),
        Transition("discard", OPEN, S.DISCARDED, P.ANNOUNCEMENT_DISCARD, "Discard"),
    ],
)
