"""Where to go on after an act: the next matter that waits for the same person."""

from dataclasses import dataclass

from flask import get_flashed_messages, url_for

from cass_portal.casework.waiting import Waiting, waiting_for
from cass_portal.web import current_actor


@dataclass(frozen=True)
class NextUp:
    what: str
    why: str
    href: str


def next_up(reference: str) -> NextUp | None:
    """Nothing unless an act has just been confirmed and the matter itself waits for its reader no longer."""
    if not get_flashed_messages():
        return None
    lines = waiting_for(current_actor())
    if any(each.reference == reference for each in lines):
        return None
    if not lines:
        return NextUp("back to My work", "No other matter waits for you.", url_for("desk.my_work"))
    return NextUp(lines[0].what, lines[0].why, address_of(lines[0]))


def address_of(waiting: Waiting) -> str:
    if waiting.assignment_id is None:
        return url_for("casework.item", reference=waiting.reference)
    return url_for("casework.assignment", assignment_id=waiting.assignment_id)
