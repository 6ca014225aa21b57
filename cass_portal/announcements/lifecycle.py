"""States of an edition and the acts that move it. Pure. Discussion, second votes and ratification come with voting."""

from enum import StrEnum

from cass_portal.policy import Permission
from cass_portal.transitions import Lifecycle, Transition


class EditionState(StrEnum):
    DRAFT = "draft"
    IN_SIGN_OFF = "in_sign_off"
    RETURNED = "returned"
    AGREED = "agreed"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    DISCARDED = "discarded"


S, P = EditionState, Permission
OPEN = frozenset({S.DRAFT, S.IN_SIGN_OFF, S.RETURNED, S.AGREED, S.SCHEDULED})
"""At most one open edition of a document."""
PUBLIC = frozenset({S.PUBLISHED, S.SUPERSEDED, S.WITHDRAWN})
"""Editions that were published once; readable for good."""

EDITION = Lifecycle(
    EditionState,
    [
        Transition("edit", OPEN, S.DRAFT, P.ANNOUNCEMENT_EDIT, "Save"),
        Transition(
            "request_sign_off",
            frozenset({S.DRAFT, S.RETURNED}),
            S.IN_SIGN_OFF,
            P.ANNOUNCEMENT_EDIT,
            "Request sign-off",
        ),
        Transition("sign_off", frozenset({S.IN_SIGN_OFF}), S.AGREED, P.ANNOUNCEMENT_SIGN_OFF, "Sign off"),
        Transition("send_back", frozenset({S.IN_SIGN_OFF}), S.RETURNED, P.ANNOUNCEMENT_SIGN_OFF, "Send back"),
        Transition("schedule", frozenset({S.AGREED}), S.SCHEDULED, P.ANNOUNCEMENT_PUBLISH, "Schedule"),
        Transition("unschedule", frozenset({S.SCHEDULED}), S.AGREED, P.ANNOUNCEMENT_PUBLISH, "Unschedule"),
        Transition(
            "publish", frozenset({S.AGREED, S.SCHEDULED}), S.PUBLISHED, P.ANNOUNCEMENT_PUBLISH, "Publish now"
        ),
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
