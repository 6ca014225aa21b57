"""Readers from outside: letting one in by a link, ending the link, and what the reader says of the text."""

from typing import Any

from cass_portal import tokens
from cass_portal.announcements.actions._steps import record_on
from cass_portal.announcements.models import Edition, ReaderComment, ReaderLink, ReaderLinkKind
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.history import EventKind
from cass_portal.policy import READER, NotPermitted, Permission, require
from cass_portal.transitions import ActRefused, TransitionRefused


class LinkEnded(ActRefused):
    """The link no longer opens the text."""


def invite_reader(edition: Edition, *, kind: ReaderLinkKind, label: str, by: Any) -> tuple[ReaderLink, str]:
    """A link to an open edition and its secret, which is not kept. Raises NotPermitted, TransitionRefused."""
    require(by, Permission.ANNOUNCEMENT_EDIT, edition)
    if not edition.is_open:
        raise TransitionRefused("invite_a_reader", edition.state)
    secret = tokens.new_secret()
    link = ReaderLink(
        edition=edition, kind=kind, label=label, token_digest=tokens.digest(secret), created_by=by, created_at=now()
    )  # fmt: skip
    db.session.add(link)
    db.session.flush()
    record_on(
        edition, EventKind.ANNOUNCEMENT_READER_INVITED, by=by, link=link.id, label=label, reader=kind.value
    )
    return link, secret


def end_reader_link(link: ReaderLink, *, by: Any) -> None:
    """Raises NotPermitted, LinkEnded."""
    require(by, Permission.ANNOUNCEMENT_EDIT, link.edition)
    db.session.refresh(link, with_for_update=True)
    if link.ended_at is not None:
        raise LinkEnded("this link was ended already")
    link.ended_at = now()
    record_on(link.edition, EventKind.ANNOUNCEMENT_READER_LINK_ENDED, by=by, link=link.id, label=link.label)


def comment(link: ReaderLink, *, body: str, text_hash: str, form_key: str) -> ReaderComment:
    """What a reader said of the text with that digest, which may be an older one by now.

    `form_key` is unique: a second comment with it fails at the flush. Raises LinkEnded, NotPermitted (a preview).
    """
    if not link.is_open:
        raise LinkEnded("this link has ended")
    if link.kind != ReaderLinkKind.FACT_CHECK:
        raise NotPermitted("comment by a preview link")
    said = ReaderComment(
        link=link, body=body, text_hash=text_hash, at=now(), form_key_digest=tokens.digest(form_key)
    )
    db.session.add(said)
    db.session.flush()
    record_on(
        link.edition, EventKind.ANNOUNCEMENT_COMMENTED, by=READER, note=body, link=link.id, label=link.label
    )
    return said
