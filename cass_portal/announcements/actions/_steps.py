"""Steps that acts of this room share."""

from typing import Any

from cass_portal.announcements.models import Edition, SignOff, SignOffStance
from cass_portal.clock import now
from cass_portal.history import Audience, EventKind, record


def say(edition: Edition, stance: SignOffStance, remark: str | None, *, by: Any) -> None:
    said = SignOff(person=by, stance=stance, text_hash=edition.text_hash, remark=remark, at=now())
    edition.sign_offs.append(said)


def record_on(
    edition: Edition, kind: EventKind, *, by: Any, audience: Audience = Audience.MEMBERS, **more: Any
) -> None:
    """`more` may hold the note; the rest becomes the event's detail."""
    subject, number = edition.announcement, edition.number
    acting_for = subject.organization if by.organization_ids and not by.is_coordinator else None
    record(subject, kind, by=by, acting_for=acting_for, audience=audience, edition=number, **more)
