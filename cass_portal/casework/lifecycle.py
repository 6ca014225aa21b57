"""States of an assignment (one feedback, one organization) and the acts that move it. Pure."""

from enum import StrEnum

from cass_portal.policy import Permission
from cass_portal.transitions import Lifecycle, Transition


class AssignmentState(StrEnum):
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    WORKING = "working"
    DRAFTED = "drafted"
    ANSWERED = "answered"
    REFUSAL_PROPOSED = "refusal_proposed"
    REFUSED = "refused"
    RETURNED = "returned"
    WAIVED = "waived"


class AssignmentRole(StrEnum):
    LEAD = "lead"
    CONTRIBUTING = "contributing"
    INFORMED = "informed"


class Outcome(StrEnum):
    DONE = "done"
    PARTLY = "partly"
    PLANNED = "planned"
    DECLINED = "declined"
    ALREADY_AVAILABLE = "already_available"
    NO_LONGER_NEEDED = "no_longer_needed"
    INFORMATION = "information"


A, P = AssignmentState, Permission
GONE = frozenset({A.REFUSED, A.RETURNED, A.WAIVED})
"""The organization owes nothing and says nothing; it may be sent the matter again."""
AT_WORK = frozenset({A.SENT, A.ACKNOWLEDGED, A.WORKING, A.DRAFTED})
"""The organization still owes something."""
OPEN = AT_WORK | {A.REFUSAL_PROPOSED}
SETTLED = GONE | {A.ANSWERED}

ASSIGNMENT = Lifecycle(
    AssignmentState,
    [
        Transition("acknowledge", frozenset({A.SENT}), A.ACKNOWLEDGED, P.ASSIGNMENT_WORK, "Acknowledge"),
        Transition("work", frozenset({A.SENT, A.ACKNOWLEDGED}), A.WORKING, P.ASSIGNMENT_WORK, "Start work"),
        Transition("take", OPEN, None, P.ASSIGNMENT_WORK, "Take it"),
        Transition("change_due", AT_WORK, None, P.FEEDBACK_ROUTE, "Change the due dates"),
        Transition("change_role", AT_WORK | {A.ANSWERED}, None, P.FEEDBACK_ROUTE, "Change the role"),
        Transition("draft_answer", AT_WORK, A.DRAFTED, P.ANSWER_DRAFT, "Save the answer"),
        Transition(
            "release_answer", frozenset({A.DRAFTED}), A.ANSWERED, P.ANSWER_RELEASE, "Release the answer"
        ),
        Transition("propose_refusal", AT_WORK, A.REFUSAL_PROPOSED, P.ASSIGNMENT_REFUSE, "Not ours"),
        Transition("accept_refusal", frozenset({A.REFUSAL_PROPOSED}), A.REFUSED, P.FEEDBACK_ROUTE, "Accept"),
        Transition(
            "decline_refusal", frozenset({A.REFUSAL_PROPOSED}), A.ACKNOWLEDGED, P.FEEDBACK_ROUTE, "Decline"
        ),
        Transition("return_to_triage", OPEN, A.RETURNED, None, "Return to triage"),
        Transition("succeed", OPEN, A.RETURNED, P.FEEDBACK_ROUTE, "Hand to a successor"),
        Transition("waive", OPEN, A.WAIVED, P.CASEWORK_WAIVE, "Waive"),
        Transition("send_again", GONE, A.SENT, P.FEEDBACK_ROUTE, "Route again"),
        Transition("reopen", frozenset({A.ANSWERED}), A.WORKING, None, "Reopen"),
    ],
)
