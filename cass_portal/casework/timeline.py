"""One matter's history as a member of staff may read it: events, messages, replies and notes, oldest first."""

from typing import Any

from markupsafe import Markup

from cass_portal.casework import queries
from cass_portal.casework.models import Note
from cass_portal.feedback import conversation
from cass_portal.feedback.models import Feedback


def history_for(item: Feedback, *, actor: Any) -> list[dict[str, Any]]:
    """Entries for the timeline macro. A member reads no other member's staff events and notes."""
    told = conversation.entries(item, for_="staff", events=queries.events_for(item, actor=actor))
    told = [each | {"body": None} if _is_opening(each, item) else each for each in told]
    told += [_note(each) for each in queries.notes_for(item, actor=actor)]
    return sorted(told, key=lambda each: each["at"])


def _is_opening(entry: dict[str, Any], item: Feedback) -> bool:
    """Whether it is the matter itself, whose text stands at the head of the page already."""
    return entry["kind"] == "message" and entry["at"] == item.created_at and entry["body"] == item.body_html


def _note(note: Note) -> dict[str, Any]:
    return {
        "kind": "note",
        "who": note.person.name,
        "on_behalf_of": note.organization.short_name if note.organization else None,
        "title": "noted for all members who have it" if note.for_members else "noted",
        "at": note.at,
        "body": Markup(note.body_html),
    }
