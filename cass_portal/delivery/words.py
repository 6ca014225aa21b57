"""What people read instead of the database's words."""

from cass_portal.delivery.bulletins import Progress
from cass_portal.delivery.models import (
    Bulletin,
    BulletinState,
    Channel,
    Delivery,
    DeliveryState,
    RecipientRole,
    SuppressionReason,
)
from cass_portal.history import EventKind
from cass_portal.subscriptions.lifecycle import Frequency, Scope

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

CAME_BACK = "bounced"
"""Beside the states in a filter: it was sent, and came back."""

CHANNELS = {
    Channel.EMAIL: "Mail",
    Channel.WEBHOOK: "Webhook",
    Channel.SLACK: "Slack",
    Channel.MATTERMOST: "Mattermost",
    Channel.MATRIX: "Matrix",
}

SUPPRESSED_BECAUSE = {
    SuppressionReason.BOUNCED: "Mail came back",
    SuppressionReason.COMPLAINT: "Marked as unwanted",
    SuppressionReason.BY_STAFF: "Added by hand",
}

BULLETIN_STATES = {
    BulletinState.WAITING: "About to go out",
    BulletinState.SPREADING: "Going out",
    BulletinState.OUT: "Sent",
    BulletinState.PAUSED: "Paused",
    BulletinState.CANCELLED: "Canceled",
}

ROLES = {
    RecipientRole.STAKEHOLDER: "the stakeholder",
    RecipientRole.COORDINATOR: "a coordinator",
    RecipientRole.MEMBER: "a member",
    RecipientRole.REPRESENTATIVE: "a representative",
    RecipientRole.PERSON: "a person with an account",
    RecipientRole.SUBSCRIBER: "a subscriber",
    RecipientRole.HOOK: "a webhook",
    RecipientRole.LISTENER: "a listener address",
    RecipientRole.ONCE: "an address left for one mail",
}

KINDS = {
    K.FEEDBACK_SUBMITTED: "New feedback",
    K.FEEDBACK_CONFIRMED: "Feedback confirmed",
    K.FEEDBACK_ACCEPTED: "Feedback accepted",
    K.FEEDBACK_REJECTED: "Feedback rejected",
    K.FEEDBACK_REJECT_UNDONE: "Feedback taken up after all",
    K.FEEDBACK_ASKED: "Question to the stakeholder",
    K.FEEDBACK_NOTED: "Named in a note",
    K.FEEDBACK_REPLIED: "The stakeholder wrote",
    K.FEEDBACK_REPLY_RELEASED: "Answer",
    K.FEEDBACK_VERDICT_GIVEN: "The stakeholder's verdict",
    K.FEEDBACK_DEFLECTED: "Handled elsewhere",
    K.FEEDBACK_NAMED: "Named in an announcement",
    K.FEEDBACK_IN_THEME: "Part of an outcome",
    K.FEEDBACK_MERGED: "Joined with another matter",
    K.FEEDBACK_UNMERGED: "Stands for itself again",
    K.FEEDBACK_SPLIT: "Two matters now",
    K.FEEDBACK_JOINED_ANSWERED: "Answer to a joined matter",
    K.FEEDBACK_WITHDRAWN: "Taken back",
    K.FEEDBACK_PINGED: "The one mail asked for",
    K.FEEDBACK_REMINDED: "Question called to mind",
    K.FEEDBACK_CLOSED: "Closed after silence",
    K.FEEDBACK_OUTCOME_ASKED: "Has it held?",
    K.ASSIGNMENT_SENT: "Feedback for a member",
    K.ASSIGNMENT_DUE_CHANGED: "Another due date",
    K.ASSIGNMENT_OVERDUE: "Broken promises",
    K.ASSIGNMENT_SUCCEEDED: "Handed to a successor",
    K.ASSIGNMENT_ROLE_CHANGED: "Another role",
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
    K.DELIVERY_BOUNCED: "Mail came back",
    K.DELIVERY_UNPROVEN: "Mail may not arrive",
    K.HOOK_GIVEN_UP: "Webhook switched off",
    K.PERSON_INVITED: "Invitation",
    K.PERSON_PASSWORD_CHANGED: "Password changed",
    K.PERSON_RESET_REQUESTED: "New password",
    K.SUBSCRIBER_LINK_ASKED: "A subscriber's link",
    K.SUBSCRIPTION_ASKED: "Subscription to confirm",
    K.SENDING_PROBED: "Proof of delivery",
}

BULLETINS = {
    K.ANNOUNCEMENT_PUBLISHED: "Announcement",
    K.ANNOUNCEMENT_PUBLISHED_AT_ONCE: "Announcement",
    K.ANNOUNCEMENT_UPDATED: "Status update",
    K.ANNOUNCEMENT_WITHDRAWN: "Withdrawal",
    K.FEEDBACK_PUBLISHED: "Answer, now public",
    K.FEEDBACK_REPLY_RELEASED: "Answer",
    K.FEEDBACK_MERGED: "Joined with another matter",
    K.FEEDBACK_CLOSED: "Closed",
}
"""What subscribers are told of."""

REACHED = {
    Scope.EVERYTHING: "Everything",
    Scope.ORGANIZATION: "Members",
    Scope.AREA: "Areas",
    Scope.PRODUCT: "Products",
    Scope.TOPIC: "Topics",
    Scope.ANNOUNCEMENT: "This announcement",
    Scope.FEEDBACK: "The feedback it answers",
}
"""What those subscribed to who are told of a bulletin."""

DIGEST = "digest"
"""Beside the kinds of events in a filter."""
DIGESTS = {Frequency.DAILY: "Daily digest", Frequency.WEEKLY: "Weekly digest"}


def kinds() -> dict[str, str]:
    """Everything that mail is sent about, for a filter, by its words."""
    told = {
        kind.value: words
        for kind, words in {**KINDS, **BULLETINS}.items()
        if kind != K.ANNOUNCEMENT_PUBLISHED_AT_ONCE
    }
    return {DIGEST: "Digest", **dict(sorted(told.items(), key=lambda each: each[1].strip("“")))}


def matter_of(delivery: Delivery) -> str:
    """What it is about. Hooks are told of more than anybody gets a mail of."""
    if delivery.digest is not None:
        return DIGESTS[delivery.digest.frequency]
    kind = delivery.event.kind
    is_list = delivery.role == RecipientRole.SUBSCRIBER
    words = {**KINDS, **BULLETINS} if is_list else {**BULLETINS, **KINDS}
    return words.get(kind) or kind.value.replace(".", ": ").replace("_", " ").capitalize()


def standing_of(bulletin: Bulletin, progress: Progress) -> tuple[BulletinState, str]:
    """Its state for a reader, and the words: while mails of it wait, it is going out."""
    is_going_out = bulletin.state == BulletinState.OUT and progress.waiting > 0
    state = BulletinState.SPREADING if is_going_out else bulletin.state
    return state, BULLETIN_STATES[state]


def progress_line(progress: Progress) -> str:
    """“Sent to 12,431; 3 came back; 20 will be tried again; 4 failed”."""
    parts = [(progress.sent, "Sent to {}")] + [
        (number, words)
        for number, words in (
            (progress.bounced, "{} came back"),
            (progress.retrying, "{} will be tried again"),
            (progress.failed, "{} failed"),
            (progress.waiting, "{} on their way"),
            (progress.paused, "{} held back"),
            (progress.suppressed, "{} not sent"),
        )
        if number
    ]
    return "; ".join(words.format(f"{number:,}") for number, words in parts)
