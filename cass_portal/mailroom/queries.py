"""Reads of mail that came in. Coordinators see all of it; nobody else sees any."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import defer, joinedload

from cass_portal.db import db
from cass_portal.mailroom.models import InboundMail, MailKind, MailState
from cass_portal.paging import first_of
from cass_portal.policy import Permission, can

PAGE = 25
TRAY = sa.text("inbound_mail.state = 'tray'")
"""Written out, not bound: SQLite uses a partial index only for the condition it was made with."""


class Shelf(StrEnum):
    """The lists of mail: what waits for a person, what was done without one, what a person settled."""

    TRAY = "tray"
    REPLIES = "replies"
    FEEDBACK = "feedback"
    BOUNCES = "bounces"
    COMPLAINTS = "complaints"
    UNSUBSCRIBED = "unsubscribed"
    AUTOMATIC = "automatic"
    SETTLED = "settled"


KINDS = {
    Shelf.REPLIES: (MailKind.REPLY,),
    Shelf.FEEDBACK: (MailKind.FEEDBACK,),
    Shelf.BOUNCES: (MailKind.BOUNCE,),
    Shelf.COMPLAINTS: (MailKind.COMPLAINT,),
    Shelf.UNSUBSCRIBED: (MailKind.UNSUBSCRIBE,),
    Shelf.AUTOMATIC: (MailKind.AUTOMATIC, MailKind.PROBE, MailKind.UNRECOGNIZED),
}


@dataclass(frozen=True)
class Page:
    """Some mails of a shelf, the newest first; `older` is where the next page starts."""

    mails: list[InboundMail]
    older: int | None


def visible_to(actor: Any) -> sa.Select[InboundMail]:
    query = sa.select(InboundMail)
    return query if can(actor, Permission.MAIL_SETTLE) else query.where(sa.false())


def page_of(shelf: Shelf, *, actor: Any, before: int | None) -> Page:
    """Mails of a shelf that `actor` may see, older than `before`."""
    query = visible_to(actor).where(_on(shelf)).order_by(InboundMail.id.desc())
    query = query.options(defer(InboundMail.raw), joinedload(InboundMail.feedback))
    if before is not None:
        query = query.where(InboundMail.id < before)
    mails, has_more = first_of(query, size=PAGE)
    return Page(mails, older=mails[-1].id if has_more else None)


def one(mail_id: int, *, actor: Any) -> sa.Select[InboundMail]:
    """One mail without its octets, and what its page shows."""
    shown = (
        joinedload(InboundMail.feedback),
        joinedload(InboundMail.delivery),
        joinedload(InboundMail.settled_by),
    )
    return visible_to(actor).where(InboundMail.id == mail_id).options(defer(InboundMail.raw), *shown)


def waiting(actor: Any) -> int:
    """How many mails wait in the tray for `actor`."""
    if not can(actor, Permission.MAIL_SETTLE):
        return 0
    return db.session.scalar(sa.select(sa.func.count(InboundMail.id)).where(TRAY)) or 0


def is_kept(mail: InboundMail) -> bool:
    """Whether it can still be downloaded."""
    kept = sa.select(InboundMail.id).where(InboundMail.id == mail.id, InboundMail.raw.is_not(None))
    return db.session.scalar(kept) is not None


def _on(shelf: Shelf) -> sa.ColumnElement[bool]:
    if shelf == Shelf.TRAY:
        return sa.and_(TRAY)
    if shelf == Shelf.SETTLED:
        return InboundMail.state == MailState.SETTLED
    return sa.and_(InboundMail.state == MailState.DONE, InboundMail.kind.in_(KINDS[shelf]))
