"""What people read instead of the database's words."""

from cass_portal.delivery.models import DeliveryState, RecipientRole
from cass_portal.history import EventKind

K = EventKind

STATES = {
    DeliveryState.FAILED: "Failed",
    DeliveryState.RETRYING: "Will be tried again",
    DeliveryState.PENDING: "Waiting",
    DeliveryState.SENDING: "Being sent",
    DeliveryState.SENT: "Sent",
    DeliveryState.SUPPRESSED: "Not needed any more",
    DeliveryState.PAUSED: "Held back",
}
"""In the order in which they ask for attention."""

ROLES = {
    RecipientRole.STAKEHOLDER: "the stakeholder",
    RecipientRole.COORDINATOR: "a coordinator",
    RecipientRole.MEMBER: "a member",
    RecipientRole.REPRESENTATIVE: "a representative",
    RecipientRole.PERSON: "a person with an account",
    RecipientRole.SUBSCRIBER: "a subscriber",
    RecipientRole.HOOK: "a webhook",
    RecipientRole.LISTENER: "a listener address",
}

KINDS = {
    K.FEEDBACK_SUBMITTED: "New feedback",
    K.FEEDBACK_CONFIRMED: "Feedback confirmed",
    K.FEEDBACK_ACCEPTED: "Feedback accepted",
    K.FEEDBACK_REJECTED: "Feedback rejected",
    K.FEEDBACK_ASKED: "Question to the stakeholder",
    K.FEEDBACK_REPLIED: "The stakeholder wrote",
    K.FEEDBACK_REPLY_RELEASED: "Answer",
    K.FEEDBACK_VERDICT_GIVEN: "The stakeholder's verdict",
    K.FEEDBACK_DEFLECTED: "Handled elsewhere",
    K.FEEDBACK_NAMED: "Named in an announcement",
    K.FEEDBACK_WITHDRAWN: "Taken back",
    K.ASSIGNMENT_SENT: "Feedback for a member",
    K.ASSIGNMENT_REFUSAL_PROPOSED: "“Not ours”",
    K.ASSIGNMENT_REFUSAL_ACCEPTED: "Handed on",
    K.ASSIGNMENT_REFUSAL_DECLINED: "Stays with the member",
    K.ASSIGNMENT_RETURNED_TO_TRIAGE: "Back in triage",
    K.ASSIGNMENT_WAIVED: "No answer needed",
    K.ASSIGNMENT_ANSWERED: "All answers are in",
    K.ANNOUNCEMENT_COMMENTED: "Comment from outside",
    K.ANNOUNCEMENT_SIGN_OFF_REQUESTED: "Sign-off asked for",
    K.ANNOUNCEMENT_SIGNED_OFF: "Signed off",
    K.ANNOUNCEMENT_RETURNED: "Back with the author",
    K.ANNOUNCEMENT_VOTE_OPENED: "Vote of the members",
    K.ANNOUNCEMENT_VOTE_REMINDED: "Reminder to vote",
    K.ANNOUNCEMENT_DISCUSSION_OPENED: "Discussion of objections",
    K.ANNOUNCEMENT_SECOND_VOTE_OPENED: "Second vote",
    K.ANNOUNCEMENT_AGREED: "The members agree",
    K.ANNOUNCEMENT_QUESTION_RAISED: "Important question",
    K.ANNOUNCEMENT_EDITED: "Votes no longer count",
    K.ANNOUNCEMENT_RATIFICATION_ASKED: "Ratification asked for",
    K.ANNOUNCEMENT_CONTESTED: "Contested by the members",
    K.ANNOUNCEMENT_WITHDRAWAL_PROPOSED: "Withdrawal proposed",
    K.ANNOUNCEMENT_REINSTATE_PROPOSED: "Reinstatement proposed",
    K.ANNOUNCEMENT_SITE_REQUEST: "Not on the web site",
    K.ANNOUNCEMENT_STALE: "A notice is silent",
    K.DELIVERY_UNPROVEN: "Mail may not arrive",
    K.PERSON_INVITED: "Invitation",
    K.PERSON_PASSWORD_CHANGED: "Password changed",
    K.PERSON_RESET_REQUESTED: "New password",
    K.SENDING_PROBED: "Proof of delivery",
}
