"""Where to go on: along the list somebody came from, or else to the next matter that waits for them."""

from dataclasses import dataclass
from typing import Any

from flask import get_flashed_messages, request, session, url_for

from cass_portal.casework import asked, inbox, queue
from cass_portal.casework.models import Assignment
from cass_portal.casework.views.lists import address_of_list, filters_of, name_of_list
from cass_portal.casework.waiting import Waiting, waiting_for
from cass_portal.feedback.models import Feedback
from cass_portal.web import current_actor


@dataclass(frozen=True)
class NextUp:
    what: str
    why: str
    href: str


@dataclass(frozen=True)
class Along:
    """The list one works along: back to it, and the next line of it (None: this was the last)."""

    name: str
    href: str
    next: NextUp | None


def along(subject: Feedback | Assignment) -> Along | None:
    """None for somebody who has not come from a list of this kind."""
    page = "triage" if isinstance(subject, Feedback) else "inbox"
    kept, address = session.get("list"), address_of_list()
    if not kept or kept["page"] != page or address is None:
        return None
    found = (
        _next_item(subject, kept["query"])
        if isinstance(subject, Feedback)
        else _next_row(subject, kept["query"])
    )
    return Along(name_of_list(), address, found)


def next_up(reference: str) -> NextUp | None:
    """Nothing unless an act has just been confirmed and the matter itself waits for its reader no longer.

    Who works along a list goes on in that.
    """
    page = "inbox" if "assignment_id" in (request.view_args or {}) else "triage"
    if not get_flashed_messages() or (session.get("list") or {}).get("page") == page:
        return None
    lines = waiting_for(current_actor())
    if any(each.reference == reference for each in lines):
        return None
    if not lines:
        return NextUp("back to My work", "No other matter waits for you.", url_for("desk.my_work"))
    return NextUp(lines[0].what, lines[0].why, address_of(lines[0]))


def go_on_from(item: Feedback) -> str:
    """Where a coordinator who is done with `item` reads on: the next of the list, or what waits the longest."""
    way = along(item)
    if way is not None:
        return way.next.href if way.next else way.href
    lines = [each for each in waiting_for(current_actor()) if each.reference != item.reference]
    return address_of(lines[0]) if lines else url_for("desk.my_work")


def address_of(waiting: Waiting) -> str:
    if waiting.assignment_id is None:
        return url_for("casework.item", reference=waiting.reference)
    return url_for("casework.assignment", assignment_id=waiting.assignment_id)


def _next_item(item: Feedback, query: dict[str, str]) -> NextUp | None:
    filters, text = filters_of("triage", query), asked.words_of(query)
    if text:
        best = queue.best_matches(text, filters, actor=current_actor())
        here = next((place for place, each in enumerate(best) if each.id == item.id), -1)
        others = [*best[here + 1 :], *best[: max(here, 0)]]
        found = others[0] if others else None
    else:
        found = queue.next_after(item, filters, actor=current_actor())
    return NextUp(found.subject, "", url_for("casework.item", reference=found.reference)) if found else None


def _next_row(row: Assignment, query: dict[str, str]) -> NextUp | None:
    """After the place where the list had `row` when it was opened: an act may have given it another date."""
    place = _place_of(row)
    found = inbox.next_after(row, filters_of("inbox", query), actor=current_actor(), place=place)
    if found is None:
        return None
    return NextUp(found.feedback.subject, "", url_for("casework.assignment", assignment_id=found.id))


def _place_of(row: Assignment) -> inbox.Place:
    kept: Any = session.get("place")
    if not kept or kept[0] != row.id:
        kept = session["place"] = [row.id, str(inbox.place_of(row))]
    return inbox.Place.read(kept[1]) or inbox.place_of(row)
