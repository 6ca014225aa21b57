"""A look at each text that comes in: how likely it is unwanted, and why, in words for the coordinator who decides.

No network. Nothing here rejects: the score orders the queue of held items, the reasons hold.
"""

from cass_portal.feedback.moderation.judging import Judgment
from cass_portal.feedback.moderation.queries import (
    TOO_OFTEN,
    asked_too_often,
    first_to_ping,
    is_blocked,
    is_trusted,
    judgment_of,
    mark_of,
    may_ping,
    standing_sender,
)

__all__ = [
    "TOO_OFTEN",
    "Judgment",
    "asked_too_often",
    "first_to_ping",
    "is_blocked",
    "is_trusted",
    "judgment_of",
    "mark_of",
    "may_ping",
    "standing_sender",
]
