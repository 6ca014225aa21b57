"""What people read of subscriptions, on pages and in mails."""

from typing import Any

from cass_portal.feedback.queries import NEVER_SHOWN_AROUND
from cass_portal.subscriptions.lifecycle import ALL_MATTERS, EndedReason, Frequency, Matter, Scope
from cass_portal.subscriptions.models import Subscription

KINDS = {
    Matter.STATUS: "Status notices",
    Matter.DIRECTION: "Direction",
    Matter.NEWS: "News",
    Matter.EVENT: "Events",
    Matter.CALL_FOR_INPUT: "Calls for input",
    Matter.YOU_SAID_WE_DID: "You said, we did",
    Matter.ANSWER: "Answers to public feedback",
}
EXPLAINED = {
    Matter.STATUS: "Status notices: what is broken, and when it works again",
    Matter.DIRECTION: "Direction: where the software is headed",
    Matter.NEWS: "News: releases and what else is new",
    Matter.EVENT: "Events: where to meet and to learn",
    Matter.CALL_FOR_INPUT: "Calls for input: what you are asked",
    Matter.YOU_SAID_WE_DID: "You said, we did: what came of feedback",
    Matter.ANSWER: "Answers to public feedback",
}
FREQUENCIES = {
    Frequency.IMMEDIATELY: "At once, one mail for each",
    Frequency.DAILY: "Once a day, in one mail at 8 in the morning",
    Frequency.WEEKLY: "Once a week, in one mail on Monday at 8",
}
SHORT_FREQUENCIES = {
    Frequency.IMMEDIATELY: "At once",
    Frequency.DAILY: "Once a day",
    Frequency.WEEKLY: "Once a week",
}
SCOPES = {
    Scope.EVERYTHING: "The Consortium",
    Scope.ORGANIZATION: "Member",
    Scope.AREA: "Area",
    Scope.PRODUCT: "Product",
    Scope.TOPIC: "Topic",
    Scope.ANNOUNCEMENT: "Announcement",
    Scope.FEEDBACK: "Public feedback",
}
ENDED = {
    EndedReason.UNSUBSCRIBED: "you ended it",
    EndedReason.BOUNCED: "mails to your address came back",
    EndedReason.COMPLAINT: "a mail was marked as unwanted",
    EndedReason.PRODUCT_RETIRED: "the product left the catalog",
    EndedReason.ORGANIZATION_LEFT: "the member left the Consortium",
    EndedReason.ANNOUNCEMENT_WITHDRAWN: "the announcement was withdrawn",
    EndedReason.FEEDBACK_CLOSED: "the matter is closed",
    EndedReason.BY_STAFF: "a coordinator ended it",
}
"""Why a subscription is over; what only tidied up (replaced, never confirmed) is not told."""


def name_of(scope: Scope, target: Any) -> str:
    """What a rule is about, in a few words. Of feedback only its reference: its subject is a stranger's."""
    match scope:
        case Scope.EVERYTHING:
            return "Everything"
        case Scope.ORGANIZATION:
            return str(target.short_name)
        case Scope.ANNOUNCEMENT:
            edition = target.public_edition
            return f"“{edition.title}”" if edition is not None else "An announcement"
        case Scope.FEEDBACK:
            return str(target.reference)
    return str(target.name)


def title_of(scope: Scope, target: Any) -> str:
    """The same on pages, where a matter is shown with its subject for as long as it is public."""
    name = name_of(scope, target)
    is_open = scope == Scope.FEEDBACK and target.is_public and target.state not in NEVER_SHOWN_AROUND
    return f"{name}: {target.subject}" if is_open else name


def summary_of(subscription: Subscription) -> str:
    """“everything about Kokkos”, “status notices and news from the Consortium”."""
    scope, name = subscription.scope, name_of(subscription.scope, subscription.target)
    if scope == Scope.ANNOUNCEMENT:
        return f"every change to the announcement {name}"
    if scope == Scope.FEEDBACK:
        return f"every public answer to {name}"
    return f"{_kinds(subscription)} {_about(scope, name)}"


def _kinds(subscription: Subscription) -> str:
    if subscription.matters == ALL_MATTERS:
        return "everything"
    *first, last = [_in_sentence(each) for each in Matter if each in subscription.kinds] or ["nothing"]
    return f"{', '.join(first)} and {last}" if first else last


def _in_sentence(matter: Matter) -> str:
    if matter == Matter.YOU_SAID_WE_DID:
        return f"“{KINDS[matter]}”"
    return KINDS[matter].lower()


def _about(scope: Scope, name: str) -> str:
    if scope == Scope.EVERYTHING:
        return "from the Consortium"
    return f"about the {scope} {name}" if scope in (Scope.AREA, Scope.TOPIC) else f"about {name}"
