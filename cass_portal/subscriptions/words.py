"""What people read of subscriptions, on pages and in mails."""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from cass_portal.feedback.queries import NEVER_SHOWN_AROUND
from cass_portal.subscriptions.lifecycle import ALL_MATTERS, EndedReason, Frequency, Matter, Scope
from cass_portal.subscriptions.models import Subscription

KINDS = {
    Matter.STATUS: _("Status notices"),
    Matter.DIRECTION: _("Direction"),
    Matter.NEWS: _("News"),
    Matter.EVENT: _("Events"),
    Matter.CALL_FOR_INPUT: _("Calls for input"),
    Matter.YOU_SAID_WE_DID: _("You said, we did"),
    Matter.ANSWER: _("Answers to public feedback"),
}
EXPLAINED = {
    Matter.STATUS: _("Status notices: what is broken, and when it works again"),
    Matter.DIRECTION: _("Direction: where the software is headed"),
    Matter.NEWS: _("News: releases and what else is new"),
    Matter.EVENT: _("Events: where to meet and to learn"),
    Matter.CALL_FOR_INPUT: _("Calls for input: what you are asked"),
    Matter.YOU_SAID_WE_DID: _("You said, we did: what came of feedback"),
    Matter.ANSWER: _("Answers to public feedback"),
}
FREQUENCIES = {
    Frequency.IMMEDIATELY: _("At once, one mail for each"),
    Frequency.DAILY: _("Once a day, in one mail at 8 in the morning"),
    Frequency.WEEKLY: _("Once a week, in one mail on Monday at 8"),
}
SHORT_FREQUENCIES = {
    Frequency.IMMEDIATELY: _("At once"),
    Frequency.DAILY: _("Once a day"),
    Frequency.WEEKLY: _("Once a week"),
}
SCOPES = {
    Scope.EVERYTHING: _("The Consortium"),
    Scope.ORGANIZATION: _("Member"),
    Scope.AREA: _("Area"),
    Scope.PRODUCT: _("Product"),
    Scope.TOPIC: _("Topic"),
    Scope.ANNOUNCEMENT: _("Announcement"),
    Scope.FEEDBACK: _("Public feedback"),
}
ENDED = {
    EndedReason.UNSUBSCRIBED: _("you ended it"),
    EndedReason.BOUNCED: _("mails to your address came back"),
    EndedReason.COMPLAINT: _("a mail was marked as unwanted"),
    EndedReason.PRODUCT_RETIRED: _("the product left the catalog"),
    EndedReason.ORGANIZATION_LEFT: _("the member left the Consortium"),
    EndedReason.ANNOUNCEMENT_WITHDRAWN: _("the announcement was withdrawn"),
    EndedReason.FEEDBACK_CLOSED: _("the matter is closed"),
    EndedReason.BY_STAFF: _("a coordinator ended it"),
}
"""Why a subscription is over; what only tidied up (replaced, never confirmed) is not told."""


def name_of(scope: Scope, target: Any) -> str:
    """What a rule is about, in a few words. Of feedback only its reference: its subject is a stranger's."""
    match scope:
        case Scope.EVERYTHING:
            return gettext("Everything")
        case Scope.ORGANIZATION:
            return str(target.short_name)
        case Scope.ANNOUNCEMENT:
            edition = target.public_edition
            return f"“{edition.title}”" if edition is not None else gettext("An announcement")
        case Scope.FEEDBACK:
            return str(target.reference)
    return gettext(target.name) if scope in (Scope.AREA, Scope.TOPIC) else str(target.name)


def title_of(scope: Scope, target: Any) -> str:
    """The same on pages, where a matter is shown with its subject for as long as it is public."""
    name = name_of(scope, target)
    is_open = scope == Scope.FEEDBACK and target.is_public and target.state not in NEVER_SHOWN_AROUND
    return f"{name}: {target.subject}" if is_open else name


def summary_of(subscription: Subscription, *, on_a_page: bool = False) -> str:
    """“everything about Kokkos”, “status notices and news from the Consortium”."""
    scope, named = subscription.scope, title_of if on_a_page else name_of
    name = named(scope, subscription.target)
    if scope == Scope.ANNOUNCEMENT:
        return gettext("every change to the announcement %(name)s", name=name)
    if scope == Scope.FEEDBACK:
        return gettext("every public answer to %(name)s", name=name)
    return f"{_kinds(subscription)} {_about(scope, name)}"


def _kinds(subscription: Subscription) -> str:
    if subscription.matters == ALL_MATTERS:
        return gettext("everything")
    *first, last = [_in_sentence(each) for each in Matter if each in subscription.kinds] or [
        gettext("nothing")
    ]
    return gettext("%(first)s and %(last)s", first=", ".join(first), last=last) if first else last


def _in_sentence(matter: Matter) -> str:
    if matter == Matter.YOU_SAID_WE_DID:
        return f"“{KINDS[matter]}”"
    return str(KINDS[matter]).lower()


def _about(scope: Scope, name: str) -> str:
    match scope:
        case Scope.EVERYTHING:
            return gettext("from the Consortium")
        case Scope.AREA:
            return gettext("about the area %(name)s", name=name)
        case Scope.TOPIC:
            return gettext("about the topic %(name)s", name=name)
    return gettext("about %(name)s", name=name)
