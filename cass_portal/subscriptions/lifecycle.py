"""What one may subscribe to, how often one hears of it, and why a subscription ended. Pure."""

from enum import StrEnum

UNCONFIRMED_DAYS = 7
"""How long a subscription that was asked for waits for its confirmation."""


class Scope(StrEnum):
    """What a subscription is a rule about; it covers what comes under it tomorrow, too."""

    EVERYTHING = "everything"
    ORGANIZATION = "organization"
    AREA = "area"
    PRODUCT = "product"
    TOPIC = "topic"
    ANNOUNCEMENT = "announcement"
    FEEDBACK = "feedback"


TARGETED = tuple(scope for scope in Scope if scope != Scope.EVERYTHING)
"""Scopes that name a row; the column is `<scope>_id`."""


class Matter(StrEnum):
    """What subscribers are told about. The kinds of announcements by their own names, and answers."""

    STATUS = "status"
    DIRECTION = "direction"
    NEWS = "news"
    EVENT = "event"
    CALL_FOR_INPUT = "call_for_input"
    YOU_SAID_WE_DID = "you_said_we_did"
    ANSWER = "answer"

    @property
    def bit(self) -> int:
        """Its place in the number that stores a set of matters; new ones are added at the end, for good."""
        return 1 << list(Matter).index(self)


ALL_MATTERS = sum(matter.bit for matter in Matter)


class Frequency(StrEnum):
    """From quick to slow; of several rules that match, the quickest counts."""

    IMMEDIATELY = "immediately"
    DAILY = "daily"
    WEEKLY = "weekly"


DIGESTS = (Frequency.DAILY, Frequency.WEEKLY)


class EndedReason(StrEnum):
    """Kept for good. CHANGED: replaced by another rule of the same subscriber."""

    UNSUBSCRIBED = "unsubscribed"
    CHANGED = "changed"
    NOT_CONFIRMED = "not_confirmed"
    BOUNCED = "bounced"
    COMPLAINT = "complaint"
    PRODUCT_RETIRED = "product_retired"
    ORGANIZATION_LEFT = "organization_left"
    ANNOUNCEMENT_WITHDRAWN = "announcement_withdrawn"
    FEEDBACK_CLOSED = "feedback_closed"
    BY_STAFF = "by_staff"
