"""What a mail is about: the rows its words are made from, as they stood at the event."""

import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cass_portal.casework.models import ConsolidatedReply
from cass_portal.delivery.models import Delivery, RecipientRole
from cass_portal.feedback.lifecycle import FeedbackState
from cass_portal.feedback.models import Feedback, Message
from cass_portal.history import Event, EventKind
from cass_portal.people.lifecycle import PersonState
from cass_portal.text import to_plain

WIDTH = 72
_LINK = re.compile(r'<a href="([^"]+)"[^>]*>(.*?)</a>', re.DOTALL)


class NothingToSay(Exception):
    """The mail would no longer be true or wanted; the message says why."""


@dataclass(frozen=True)
class Contents:
    """What templates may speak of; None where the event has no such thing.

    `speaker` is who acts in the words for outsiders: the organization, else the Consortium. `actor` is the
    person's name, for insiders.
    """

    event: Event
    item: Feedback | None
    assignment: Any
    organization: Any
    message: Message | None
    reply: ConsolidatedReply | None
    edition: Any
    person: Any
    speaker: str
    actor: str


def contents_of(delivery: Delivery) -> Contents:
    """Raises NothingToSay."""
    event = delivery.event
    outdated = OUTDATED.get(event.kind)
    if outdated is not None and (reason := outdated(delivery)):
        raise NothingToSay(reason)
    item: Feedback | None = event.feedback
    return Contents(
        event=event,
        item=item,
        assignment=delivery.assignment or event.assignment,
        organization=delivery.organization or (event.assignment.organization if event.assignment else None),
        message=_last(item.messages, "at", event) if item else None,
        reply=_last(item.replies, "released_at", event) if item else None,
        edition=_edition(event),
        person=event.person,
        speaker=event.acting_for.short_name if event.acting_for else "CASS",
        actor=event.actor.name if event.actor else "CASS",
    )


def quoted(text: str) -> str:
    """`text` as mail quotes it, folded."""
    lines = [
        line for paragraph in text.strip().splitlines() for line in textwrap.wrap(paragraph, WIDTH) or [""]
    ]
    return "\n".join(f"> {line}".rstrip() for line in lines)


def quoted_html(markup: str) -> str:
    """Sanitized HTML as a quotation in plain text: items keep their dash, links their address."""
    markup = _LINK.sub(lambda m: m[2] if m[1] == m[2] else f"{m[2]} ({m[1]})", markup)
    plain = to_plain(markup.replace("</li>\n", "</li>").replace("<li>", "- "))
    return quoted(re.sub(r"\n{3,}", "\n\n", plain))


def folded(text: str) -> str:
    """Lines of at most 72 characters and single blank ones between paragraphs; quotations and addresses stay."""
    lines = "\n".join(part for line in text.splitlines() for part in _folded(line.rstrip()))
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"


def _folded(line: str) -> list[str]:
    if len(line) <= WIDTH or line.startswith(("> ", "http://", "https://")):
        return [line]
    indent = "  " if line.startswith("- ") else ""
    return textwrap.wrap(
        line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _last(rows: list[Any], instant: str, event: Event) -> Any:
    """The newest of `rows` when the event happened."""
    before = [row for row in rows if getattr(row, instant) is not None and getattr(row, instant) <= event.at]
    return max(before, key=lambda row: getattr(row, instant), default=None)


def _edition(event: Event) -> Any:
    if event.announcement is None:
        return None
    numbered = [each for each in event.announcement.editions if each.number == event.detail.get("edition")]
    return numbered[0] if numbered else event.announcement.latest_edition


def _confirmed_meanwhile(delivery: Delivery) -> str | None:
    is_question = delivery.role == RecipientRole.STAKEHOLDER
    settled = delivery.event.feedback.state != FeedbackState.UNCONFIRMED
    return "confirmed or withdrawn meanwhile" if is_question and settled else None


def _joined_meanwhile(delivery: Delivery) -> str | None:
    return None if delivery.event.person.state == PersonState.INVITED else "joined or switched off meanwhile"


def _switched_off(delivery: Delivery) -> str | None:
    return None if delivery.event.person.state == PersonState.ACTIVE else "the account is not active"


OUTDATED: dict[EventKind, Callable[[Delivery], str | None]] = {
    EventKind.FEEDBACK_SUBMITTED: _confirmed_meanwhile,
    EventKind.PERSON_INVITED: _joined_meanwhile,
    EventKind.PERSON_RESET_REQUESTED: _switched_off,
}
