"""Words along the way: questions to the stakeholder, notes among ourselves."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from cass_portal.casework.mentions import check_may_read
from cass_portal.casework.models import Mention, Note
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.models import Organization
from cass_portal.feedback.lifecycle import FEEDBACK
from cass_portal.feedback.models import Feedback, Message, MessageKind
from cass_portal.feedback.turns import take_turn
from cass_portal.history import Audience, EventKind, record
from cass_portal.people.models import Person
from cass_portal.policy import NotPermitted, Permission, require
from cass_portal.text import plain_to_html

SENT_TWICE = timedelta(minutes=1)
"""The same note once more within this is a form that was sent twice."""


def ask(item: Feedback, text: str, *, by: Any, acting_for: Organization | None = None) -> Message:
    """Ask the stakeholder (plain text); the matter waits for them. `acting_for` the member that asks, if one does."""
    require(by, Permission.FEEDBACK_ASK, item)
    take_turn(item)
    _check_speaker(by, acting_for)
    FEEDBACK.after("ask", item.state)
    message = Message(
        kind=MessageKind.QUESTION,
        at=now(),
        body=text,
        body_html=plain_to_html(text),
        person_id=by.id,
        organization=acting_for,
    )
    item.messages.append(message)
    item.waiting_since, item.reminded_at = now(), None
    record(item, EventKind.FEEDBACK_ASKED, by=by, acting_for=acting_for, audience=Audience.STAKEHOLDER)
    item.settle()
    return message


def note(
    item: Feedback,
    text: str,
    *,
    by: Any,
    organization: Organization | None = None,
    for_members: bool = False,
    mentioned: Sequence[Person] = (),
    via: str | None = None,
) -> Note:
    """An internal note (plain text): with `organization` that member's and the coordinators', else the coordinators'.

    `for_members`: every member that has the matter reads it, too. `mentioned` are told of it; raises MayNotRead
    where one of them could not read it.
    The event says that there is one and by which way it came (`via`, if not the desk), not what it says.
    What the same person noted there a moment ago is not noted again; the first note is returned.
    """
    require(by, Permission.FEEDBACK_NOTE, item)
    take_turn(item)
    _check_speaker(by, organization)
    check_may_read(mentioned, item, organization=organization, for_members=for_members)
    same = {"organization": organization, "body": text, "for_members": for_members}
    if via is None and (before := _noted_before(item, same, by=by, mentioned=mentioned)):
        return before
    written = Note(
        feedback=item,
        person=by,
        at=now(),
        body_html=plain_to_html(text),
        **same,
    )
    came: dict[str, Any] = {"via": via} if via else {}
    came |= {"mentioned": [each.id for each in mentioned]} if mentioned else {}
    record(item, EventKind.FEEDBACK_NOTED, by=by, acting_for=organization, for_members=for_members, **came)
    item.settle()
    db.session.add(written)
    db.session.add_all(Mention(note=written, person=each) for each in mentioned if each.id != by.id)
    return written


def _noted_before(
    item: Feedback, same: dict[str, Any], *, by: Any, mentioned: Sequence[Person]
) -> Note | None:
    """The note that says the `same` and tells the same people, of a moment ago."""
    db.session.flush()
    lately = sa.select(Note).where(Note.at > now() - SENT_TWICE).order_by(Note.id.desc())
    told = {each.id for each in mentioned} - {by.id}
    for before in db.session.scalars(lately.filter_by(feedback=item, person=by, **same)):
        if set(db.session.scalars(sa.select(Mention.person_id).where(Mention.note_id == before.id))) == told:
            return before
    return None


def _check_speaker(by: Any, organization: Organization | None) -> None:
    """A person speaks for an organization of theirs, or as a coordinator for the Consortium."""
    if organization is None and not by.is_coordinator:
        raise NotPermitted("only coordinators speak for the Consortium")
    if organization is not None and organization.id not in by.organization_ids:
        raise NotPermitted(f"not a person of {organization.short_name}")
