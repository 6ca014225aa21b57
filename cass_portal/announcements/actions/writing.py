"""Acts on the text: a new document, its editions, and giving one up."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain, count
from typing import Any, NotRequired, TypedDict, Unpack

from sqlalchemy.exc import IntegrityError

from cass_portal.announcements.actions._ballots import void_ballot
from cass_portal.announcements.actions._steps import record_on
from cass_portal.announcements.lifecycle import EditionState
from cass_portal.announcements.models import (
    Announcement,
    AnnouncementKind,
    Edition,
    ProductLevel,
    Stage,
    digest_of,
)
from cass_portal.announcements.queries import slug_is_taken
from cass_portal.announcements.rules import NotReady, agreed_by_vote, check, open_ballot_of
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.models import Organization, Product
from cass_portal.feedback.models import Feedback
from cass_portal.history import EventKind
from cass_portal.policy import NotPermitted, Permission, require
from cass_portal.text import markdown_to_html, slug

COPIED = ("title", "summary", "body", "html", "starts_at", "ends_at", "stage", "follows_clock")
"""What a new edition takes over as it is."""

RESERVED_SLUGS = frozenset(
    {"archive", "autosave", "begin", "changes", "lint", "new", "policies", "preview", "unsaved-text", "votes"}
)
"""Words that stand where a document's slug would in the addresses of other pages."""


class Text(TypedDict):
    """What an edition says (`body` in Markdown), whom it speaks for and what it affects; see the model for the rest."""

    title: str
    summary: str
    body: str
    organizations: Sequence[Organization]
    products: Sequence[Product]
    levels: NotRequired[Mapping[Product, ProductLevel]]
    feedback: NotRequired[Sequence[Feedback]]
    starts_at: NotRequired[datetime | None]
    ends_at: NotRequired[datetime | None]
    stage: NotRequired[Stage | None]
    follows_clock: NotRequired[bool]


def create(
    *, kind: AnnouncementKind, organization: Organization | None = None, by: Any, **text: Unpack[Text]
) -> Announcement:
    """A document with its first draft, for the Consortium or (`organization`) for one member first.

    Raises NotPermitted (a lead writes only for an organization they lead), TextRefused.
    """
    require(by, Permission.ANNOUNCEMENT_CREATE)
    own_id = organization.id if organization is not None else None
    announcement = Announcement(
        kind=kind, organization=organization, organization_id=own_id, created_by=by, created_at=now()
    )
    require(by, Permission.ANNOUNCEMENT_EDIT, announcement)
    edition = Edition(announcement=announcement, number=1, state=EditionState.DRAFT, is_minor=False)
    _write(edition, text, by=by)
    _require_own_voice(edition, before=(), by=by)
    _add_with_free_slug(announcement, text["title"])
    record_on(edition, EventKind.ANNOUNCEMENT_CREATED, by=by)
    return announcement


def edit(
    edition: Edition,
    *,
    kind: AnnouncementKind | None = None,
    change_note: str | None = None,
    is_minor: bool = False,
    by: Any,
    **text: Unpack[Text],
) -> bool:
    """Save a text; whether anything changed. A change makes the edition a draft again and no sign-off counts.

    `kind` can be changed until the first publication. Raises NotPermitted, TransitionRefused, TextRefused.
    """
    after = check("edit", edition, by=by)
    announcement, spoke_for = edition.announcement, tuple(edition.organizations)
    if kind is None or announcement.first_published_at is not None:
        kind = announcement.kind
    if digest_of(kind=kind, change_note=change_note, is_minor=is_minor, **text) == edition.text_hash:
        return False
    voted = edition.sense_vote if open_ballot_of(edition) or agreed_by_vote(edition) else None
    void_ballot(edition, "The text was changed, so the votes no longer count.")
    announcement.kind = kind
    edition.change_note, edition.is_minor = change_note, is_minor
    _write(edition, text, by=by)
    _require_own_voice(edition, before=spoke_for, by=by)
    voided = edition.state not in (EditionState.DRAFT, EditionState.RETURNED)
    edition.state, edition.agreed_hash, edition.publish_at = after, None, None
    ballot_id = voted.id if voted is not None else None
    record_on(edition, EventKind.ANNOUNCEMENT_EDITED, by=by, voided=voided, ballot=ballot_id)
    return True


def open_edition(edition: Edition, *, by: Any) -> Edition:
    """A draft that starts from the published `edition`. Raises NotReady when one is open already."""
    check("open_edition", edition, by=by)
    announcement = edition.announcement
    draft = Edition(
        number=announcement.latest_edition.number + 1,
        state=EditionState.DRAFT,
        is_minor=False,
        **{name: getattr(edition, name) for name in COPIED},
        organizations=list(edition.organizations),
        feedback=list(edition.feedback),
        edited_by=by,
        edited_at=now(),
    )
    draft.affect(edition.products, edition.levels)
    try:
        with db.session.begin_nested():
            announcement.editions.append(draft)
    except IntegrityError:
        raise NotReady("open_edition", edition.state, "There is an open edition already") from None
    record_on(draft, EventKind.ANNOUNCEMENT_EDITION_OPENED, by=by)
    return draft


def discard(edition: Edition, *, by: Any) -> None:
    after = check("discard", edition, by=by)
    void_ballot(edition, "The text was discarded.")
    edition.state, edition.publish_at = after, None
    record_on(edition, EventKind.ANNOUNCEMENT_DISCARDED, by=by)


def _write(edition: Edition, text: Text, *, by: Any) -> None:
    if edition.body != text["body"]:
        edition.html = markdown_to_html(text["body"])
    edition.title, edition.summary, edition.body = text["title"], text["summary"], text["body"]
    edition.organizations = list(text["organizations"])
    edition.affect(text["products"], text.get("levels", {}))
    edition.feedback = list(text.get("feedback", ()))
    edition.starts_at, edition.ends_at = text.get("starts_at"), text.get("ends_at")
    edition.stage, edition.follows_clock = text.get("stage"), text.get("follows_clock", False)
    edition.edited_by, edition.edited_at = by, now()


def _require_own_voice(edition: Edition, *, before: Iterable[Organization], by: Any) -> None:
    """Who is no coordinator adds only organizations they lead to those that an edition speaks for."""
    added = {each.id for each in edition.organizations} - {each.id for each in before}
    if not by.is_coordinator and added - by.led_organization_ids:
        raise NotPermitted(Permission.ANNOUNCEMENT_EDIT)


def _add_with_free_slug(announcement: Announcement, title: str) -> None:
    """Store under the title's slug; “-2”, “-3” … where that is taken."""
    stem = slug(title) or "announcement"
    for candidate in chain([stem], (f"{stem}-{number}" for number in count(2))):
        if candidate in RESERVED_SLUGS or slug_is_taken(candidate):
            continue
        announcement.slug = candidate
        try:
            with db.session.begin_nested():
                db.session.add(announcement)
        except IntegrityError:  # somebody else took it between the look and the store
            continue
        return
