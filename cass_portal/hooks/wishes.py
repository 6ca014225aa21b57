"""What a webhook can be told: the lines of its checklist, and the kinds of events behind each. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from cass_portal.history import EventKind

K = EventKind


@dataclass(frozen=True)
class Wish:
    """One line. `key` is what forms send; `about` says whose matters an organization is told of."""

    key: str
    words: str
    kinds: tuple[EventKind, ...]
    about: str = ""


PUBLIC = (
    Wish(
        "announcements", "Announcements", (K.ANNOUNCEMENT_PUBLISHED, K.ANNOUNCEMENT_PUBLISHED_AT_ONCE),
        "that speak for the organization or are about a product it stewards",
    ),
    Wish("status", "Updates of status notices", (K.ANNOUNCEMENT_UPDATED,), "of the same announcements"),
    Wish(
        "withdrawals", "Announcements withdrawn or reinstated",
        (K.ANNOUNCEMENT_WITHDRAWN, K.ANNOUNCEMENT_REINSTATED), "the same ones",
    ),
    Wish(
        "answers", "Public answers", (K.FEEDBACK_REPLY_RELEASED, K.FEEDBACK_PUBLISHED),
        "to public feedback, that the organization took part in",
    ),
)  # fmt: skip
FOR_ORGANIZATIONS = (
    *PUBLIC,
    Wish("assignments", "Feedback handed to the organization", (K.ASSIGNMENT_SENT,), "without its text"),
    Wish("replies", "The stakeholder wrote again", (K.FEEDBACK_REPLIED,), "on feedback the organization has"),
    Wish("verdicts", "The stakeholder's verdict", (K.FEEDBACK_VERDICT_GIVEN,), "on what it answered"),
    Wish(
        "refusals", "“Not ours” decided",
        (K.ASSIGNMENT_REFUSAL_ACCEPTED, K.ASSIGNMENT_REFUSAL_DECLINED), "accepted or declined",
    ),
)  # fmt: skip
FOR_CONSORTIUM = (
    *(Wish(each.key, each.words, each.kinds, "all of them") for each in PUBLIC),
    Wish(
        "triage", "New in triage", (K.FEEDBACK_SUBMITTED, K.FEEDBACK_CONFIRMED, K.ASSIGNMENT_RETURNED_TO_TRIAGE),
        "without its text",
    ),
    Wish("refused", "“Not ours” proposed", (K.ASSIGNMENT_REFUSAL_PROPOSED,), "waits for a coordinator"),
    Wish("ready", "All answers are in", (K.ASSIGNMENT_ANSWERED,), "waits for the reply over them"),
    Wish(
        "trouble", "Trouble with deliveries", (K.DELIVERY_BOUNCED, K.DELIVERY_UNPROVEN, K.HOOK_GIVEN_UP),
        "mail that came back or does not arrive, a webhook that was switched off",
    ),
)  # fmt: skip


def offered(*, to_organization: bool) -> tuple[Wish, ...]:
    return FOR_ORGANIZATIONS if to_organization else FOR_CONSORTIUM


def kinds_of(keys: Iterable[str], *, to_organization: bool) -> list[str]:
    """Names of the event kinds behind the chosen lines; unknown keys choose nothing."""
    chosen = set(keys)
    return [
        kind.value
        for wish in offered(to_organization=to_organization)
        if wish.key in chosen
        for kind in wish.kinds
    ]


def chosen_of(kinds: Iterable[str], *, to_organization: bool) -> list[Wish]:
    """The lines that `kinds` came from."""
    known = set(kinds)
    return [
        each for each in offered(to_organization=to_organization) if {k.value for k in each.kinds} & known
    ]
