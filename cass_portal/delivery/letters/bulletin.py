"""What a bulletin tells its readers, as a letter of its own and in short for digests."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from cass_portal.announcements.forms import KIND_WORDS
from cass_portal.announcements.lifecycle import PUBLIC
from cass_portal.announcements.models import Edition
from cass_portal.announcements.voice import voice_of
from cass_portal.db import db
from cass_portal.delivery.bulletins import ENDINGS
from cass_portal.delivery.contents import NothingToSay
from cass_portal.delivery.encoding import encoded, folded_html
from cass_portal.delivery.letterhead import Letterhead
from cass_portal.delivery.letters.frame import Fragment, Letter, letter, rendered
from cass_portal.delivery.models import Bulletin
from cass_portal.delivery.plain import folded, in_words, plain_words
from cass_portal.feedback.conversation import parts_of
from cass_portal.feedback.joining import root_of
from cass_portal.feedback.queries import NEVER_SHOWN_AROUND
from cass_portal.history import Event, EventKind
from cass_portal.status.models import StatusUpdate
from cass_portal.status.words import LEVELS, STAGES
from cass_portal.text import clean_line, excerpt, sanitize, to_plain

K = EventKind
JOINED = "Somebody told the Consortium the same before. You hear what comes of it all the same."
CLOSED = "Nothing more is done about it for now."
SHORT = 280
"""Characters of the two sentences of a fragment."""
_ENDLESS = re.compile(r"(\S{72})(?=\S)")
STYLES = {
    "h2": "margin: 24px 0 8px; font-size: 18px",
    "h3": "margin: 16px 0 8px; font-size: 16px",
    "pre": "white-space: pre-wrap; overflow-wrap: anywhere",
    "table": "border-collapse: collapse",
    "td": "padding: 2px 8px; border: 1px solid #828c97; vertical-align: top",
    "th": "padding: 2px 8px; border: 1px solid #828c97; vertical-align: top",
}
_OPENING = re.compile(rf"<({'|'.join(STYLES)})\b")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")


@dataclass(frozen=True)
class Story:
    """What there is to tell. `folder` holds its templates, `words` what only they need; `title` says what is new."""

    folder: str
    label: str
    title: str
    at: datetime
    summary: str
    url: str
    words: dict[str, Any]


def bulletin_letter(bulletin: Bulletin, letterhead: Letterhead) -> Letter:
    """Raises NothingToSay when telling it would no longer be true."""
    story = story_of(bulletin.event, letterhead)
    context = {**story.words, "story": story, "instant": in_words}
    return letter(
        f"bulletin/{story.folder}",
        kind=bulletin.event.kind.value,
        context=context,
        letterhead=letterhead,
    )


def fragment_of(bulletin: Bulletin, letterhead: Letterhead) -> Fragment:
    """Title, date, two sentences, link. Raises NothingToSay when telling it would no longer be true."""
    story = story_of(bulletin.event, letterhead)
    story = replace(story, title=_breakable(story.title), summary=_breakable(story.summary))
    context = {"story": story, "instant": in_words}
    text = folded(rendered("bulletin/fragment.txt", letterhead, context)) + "\n"
    markup = folded_html(rendered("bulletin/fragment.html", letterhead, context))
    encoding = letterhead.encoding
    return Fragment(text=encoded(text, encoding), html=encoded(markup, encoding), encoding=encoding)


def story_of(event: Event, letterhead: Letterhead) -> Story:
    return STORIES[event.kind](event, letterhead)


def two_sentences(text: str) -> str:
    """The first two sentences of `text` on one line, or as much of them as is short."""
    return excerpt(" ".join(_SENTENCE_END.split(clean_line(text), maxsplit=2)[:2]), length=SHORT)


def _breakable(line: str) -> str:
    """With a blank inside of words that no line of a mail could hold once they are written as HTML."""
    return _ENDLESS.sub(r"\1 ", line)


def _published(event: Event, letterhead: Letterhead) -> Story:
    edition = _edition(event)
    if edition.announcement.withdrawn_at is not None:
        raise NothingToSay("the announcement was withdrawn meanwhile")
    url = _page_of(edition, letterhead)
    words = {
        "edition": edition,
        "voice": voice_of(edition),
        "products": [each for each in edition.products if each.is_listed],
        "levels": _levels(edition.levels.items()),
        "stage": STAGES.get(edition.stage) if edition.stage else None,
        **_bodies(edition.html, url),
    }
    is_new = edition.number == 1
    return Story(
        folder="announcement",
        label=KIND_WORDS[edition.announcement.kind],
        title=edition.title if is_new else f"Updated: {edition.title}",
        at=event.at,
        summary=two_sentences(edition.summary if is_new else edition.change_note or edition.summary),
        url=url,
        words=words,
    )


def _updated(event: Event, letterhead: Letterhead) -> Story:
    edition, update = _edition(event), _update(event)
    if edition.announcement.withdrawn_at is not None:
        raise NothingToSay("the announcement was withdrawn meanwhile")
    url = _page_of(edition, letterhead)
    stage = STAGES[update.stage]
    words = {
        "edition": edition,
        "update": update,
        "stage": stage,
        "levels": _levels((each.product, each.level) for each in update.changes),
        **_bodies(update.html, url),
    }
    return Story(
        folder="status_update",
        label="Status",
        title=f"{stage}: {edition.title}",
        at=event.at,
        summary=two_sentences(update.body),
        url=f"{url}#update-{update.id}",
        words=words,
    )


def _withdrawn(event: Event, letterhead: Letterhead) -> Story:
    edition = _edition(event)
    if edition.announcement.withdrawn_at is None:
        raise NothingToSay("the announcement was reinstated meanwhile")
    reason = edition.announcement.withdrawal_reason or ""
    return Story(
        folder="withdrawn",
        label=KIND_WORDS[edition.announcement.kind],
        title=f"Withdrawn: {edition.title}",
        at=event.at,
        summary=two_sentences(reason),
        url=_page_of(edition, letterhead),
        words={"edition": edition, "reason": reason},
    )


def _answered(event: Event, letterhead: Letterhead) -> Story:
    item = event.feedback
    released = [
        each for each in item.replies if each.released_at is not None and each.released_at <= event.at
    ]
    if not item.is_public or item.state in NEVER_SHOWN_AROUND or not released:
        raise NothingToSay("the matter is not public any more")
    reply = released[-1]
    parts = [(each, _bodies(str(each["body"]), letterhead.public_url)) for each in parts_of(reply)]
    url = letterhead.link("feedback.show", reference=item.reference)
    first_words = reply.html or "".join(bodies["body_html"] for _, bodies in parts[:1])
    return Story(
        folder="answer",
        label="Answer",
        title=f"Answered: {item.subject}",
        at=event.at,
        summary=two_sentences(to_plain(first_words)),
        url=f"{url}#answer-{reply.id}",
        words={"item": item, "reply": reply, "parts": parts, **_bodies(reply.html, url)},
    )


def _ended(event: Event, letterhead: Letterhead) -> Story:
    """For who follows it: it was joined with another matter, which is named if everybody may read it; or closed."""
    item, root = event.feedback, root_of(event.feedback)
    if not item.is_public or item.state != ENDINGS[event.kind]:
        raise NothingToSay("it goes on, or is not public any more")
    is_joined = event.kind == K.FEEDBACK_MERGED
    is_shown = is_joined and root.is_public and root.state not in NEVER_SHOWN_AROUND
    summary = JOINED if is_joined else CLOSED
    return Story(
        folder="ended",
        label="Feedback",
        title=f"{'Joined with another matter' if is_joined else 'Closed'}: {item.subject}",
        at=event.at,
        summary=summary,
        url=letterhead.link("feedback.show", reference=(root if is_shown else item).reference),
        words={"summary": summary},
    )


def _edition(event: Event) -> Edition:
    """The text that the event is about. Raises NothingToSay unless the public may read it."""
    numbered = [each for each in event.announcement.editions if each.number == event.detail.get("edition")]
    edition = numbered[0] if numbered else event.announcement.public_edition
    if edition is None or edition.state not in PUBLIC:
        raise NothingToSay("the announcement is not public")
    return edition


def _update(event: Event) -> StatusUpdate:
    """The newest update to that stage when the event happened; the clock may date one before its event."""
    query = sa.select(StatusUpdate).where(
        StatusUpdate.announcement_id == event.announcement_id,
        StatusUpdate.at <= event.at,
        StatusUpdate.stage == event.detail["stage"],
    )
    found = db.session.scalars(query.order_by(StatusUpdate.id.desc()).limit(1)).first()
    if found is None:
        raise NothingToSay("the update is not there any more")
    return found


def _levels(changes: Any) -> list[tuple[str, str]]:
    """Product and level in words, by name; only products that the public may see."""
    return sorted((product.name, LEVELS[level]) for product, level in changes if product.is_listed)


def _bodies(markup: str, url: str) -> dict[str, str]:
    """Staff's HTML for reading away from the site, where no style sheet is, and its words."""
    away = sanitize(markup, base=url)
    return {"body_html": _OPENING.sub(_styled, away), "body_text": plain_words(away)}


def _styled(tag: re.Match[str]) -> str:
    return f'<{tag[1]} style="{STYLES[tag[1]]}"'


def _page_of(edition: Edition, letterhead: Letterhead) -> str:
    return letterhead.link("announcements.show", slug=edition.announcement.slug)


STORIES: dict[EventKind, Callable[[Event, Letterhead], Story]] = {
    K.ANNOUNCEMENT_PUBLISHED: _published,
    K.ANNOUNCEMENT_PUBLISHED_AT_ONCE: _published,
    K.ANNOUNCEMENT_UPDATED: _updated,
    K.ANNOUNCEMENT_WITHDRAWN: _withdrawn,
    K.FEEDBACK_REPLY_RELEASED: _answered,
    K.FEEDBACK_PUBLISHED: _answered,
    K.FEEDBACK_MERGED: _ended,
    K.FEEDBACK_CLOSED: _ended,
}
