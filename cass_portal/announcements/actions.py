"""The verbs of announcements. Each act is checked by rules.check, changes state and records exactly one event."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import chain, count
from typing import Any, TypedDict, Unpack

from sqlalchemy.exc import IntegrityError

from cass_portal.announcements.lifecycle import EDITION, EditionState
from cass_portal.announcements.models import (
    Announcement,
    AnnouncementKind,
    Edition,
    SignOff,
    SignOffStance,
    digest_of,
)
from cass_portal.announcements.queries import slug_is_taken
from cass_portal.announcements.rules import NotReady, TextChanged, check
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.models import Organization, Product
from cass_portal.history import Audience, EventKind, record
from cass_portal.policy import SYSTEM, NotPermitted, Permission, require
from cass_portal.text import markdown_to_html, slug

NOTICE = timedelta(minutes=10)
"""Least time between scheduling and publication, so that a slip can be seen and undone."""
CHANGED = "The text was changed after you opened this page; please read the newer one first"


class Text(TypedDict):
    """What an edition says (`body` in Markdown), whom it speaks for and what it affects."""

    title: str
    summary: str
    body: str
    organizations: Sequence[Organization]
    products: Sequence[Product]


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
    _record(edition, EventKind.ANNOUNCEMENT_CREATED, by=by)
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
    announcement.kind = kind
    edition.change_note, edition.is_minor = change_note, is_minor
    _write(edition, text, by=by)
    _require_own_voice(edition, before=spoke_for, by=by)
    voided = edition.state not in (EditionState.DRAFT, EditionState.RETURNED)
    edition.state, edition.agreed_hash, edition.publish_at = after, None, None
    _record(edition, EventKind.ANNOUNCEMENT_EDITED, by=by, voided=voided)
    return True


def request_sign_off(edition: Edition, *, by: Any) -> None:
    """Raises NotPermitted, TransitionRefused, NotReady."""
    edition.state = check("request_sign_off", edition, by=by)
    _record(edition, EventKind.ANNOUNCEMENT_SIGN_OFF_REQUESTED, by=by)


def sign_off(edition: Edition, *, text_hash: str, remark: str | None = None, by: Any) -> None:
    """Agree to the text whose hash the person saw. Raises NotPermitted, SecondPersonNeeded, TextChanged."""
    edition.state = _checked_as_seen("sign_off", edition, text_hash, by=by)
    edition.agreed_hash = text_hash
    _say(edition, SignOffStance.AGREE, remark, by=by)
    _record(edition, EventKind.ANNOUNCEMENT_SIGNED_OFF, by=by, note=remark)


def send_back(edition: Edition, *, text_hash: str, remark: str, by: Any) -> None:
    """Return the text that the person saw to its author. Raises as `sign_off`."""
    edition.state = _checked_as_seen("send_back", edition, text_hash, by=by)
    _say(edition, SignOffStance.SEND_BACK, remark, by=by)
    _record(edition, EventKind.ANNOUNCEMENT_RETURNED, by=by, note=remark)


def schedule(edition: Edition, *, at: datetime, by: Any) -> None:
    """Raises NotReady when `at` is less than ten minutes ahead."""
    after = check("schedule", edition, by=by)
    if at < now() + NOTICE:
        raise NotReady("schedule", edition.state, "The time must be at least 10 minutes ahead")
    edition.state, edition.publish_at = after, at
    _record(edition, EventKind.ANNOUNCEMENT_SCHEDULED, by=by, publish_at=at.isoformat())


def unschedule(edition: Edition, *, by: Any) -> None:
    edition.state = check("unschedule", edition, by=by)
    edition.publish_at = None
    _record(edition, EventKind.ANNOUNCEMENT_UNSCHEDULED, by=by)


def publish(edition: Edition, *, by: Any) -> None:
    """Make the agreed text public and supersede the edition before it. SYSTEM may when it is scheduled and due.

    A text that is not the agreed one is never published: a person gets TextChanged, the system returns the
    edition to its author. Raises NotPermitted, SecondPersonNeeded, TransitionRefused.
    """
    after = check("publish", edition, by=by)
    if edition.agreed_hash is None or edition.agreed_hash != edition.text_hash:
        _refuse_publication(edition, by=by)
        return
    announcement = edition.announcement
    for each in announcement.editions:
        if each.state in (EditionState.PUBLISHED, EditionState.WITHDRAWN):
            each.state = EditionState(EDITION.after("supersede", each.state))
    edition.state, edition.publish_at, edition.leased_until = after, None, None
    edition.published_at, edition.published_by_id = now(), by.id
    announcement.first_published_at = announcement.first_published_at or edition.published_at
    announcement.withdrawn_at = announcement.withdrawal_reason = None
    _record(
        edition, EventKind.ANNOUNCEMENT_PUBLISHED, by=by, audience=Audience.PUBLIC, minor=edition.is_minor
    )


def open_edition(edition: Edition, *, by: Any) -> Edition:
    """A draft that starts from the published `edition`. Raises NotReady when one is open already."""
    check("open_edition", edition, by=by)
    announcement = edition.announcement
    draft = Edition(
        number=announcement.latest_edition.number + 1,
        state=EditionState.DRAFT,
        is_minor=False,
        **{name: getattr(edition, name) for name in ("title", "summary", "body", "html")},
        organizations=list(edition.organizations),
        products=list(edition.products),
        edited_by=by,
        edited_at=now(),
    )
    try:
        with db.session.begin_nested():
            announcement.editions.append(draft)
    except IntegrityError:
        raise NotReady("open_edition", edition.state, "There is an open edition already") from None
    _record(draft, EventKind.ANNOUNCEMENT_EDITION_OPENED, by=by)
    return draft


def propose_withdrawal(edition: Edition, *, reason: str, by: Any) -> None:
    """The first of two coordinators; `reason` becomes public once the second withdraws."""
    check("propose_withdrawal", edition, by=by)
    _say(edition, SignOffStance.WITHDRAW, reason, by=by)
    _record(edition, EventKind.ANNOUNCEMENT_WITHDRAWAL_PROPOSED, by=by, note=reason)


def withdraw(edition: Edition, *, by: Any) -> None:
    """The second coordinator carries out the proposal. Raises SecondPersonNeeded, NotReady."""
    after = check("withdraw", edition, by=by)
    reason = edition.proposal.remark if edition.proposal is not None else None
    edition.state = after
    edition.announcement.withdrawn_at, edition.announcement.withdrawal_reason = now(), reason
    _record(edition, EventKind.ANNOUNCEMENT_WITHDRAWN, by=by, audience=Audience.PUBLIC, note=reason)


def propose_reinstatement(edition: Edition, *, reason: str, by: Any) -> None:
    check("propose_reinstatement", edition, by=by)
    _say(edition, SignOffStance.REINSTATE, reason, by=by)
    _record(edition, EventKind.ANNOUNCEMENT_REINSTATE_PROPOSED, by=by, note=reason)


def reinstate(edition: Edition, *, by: Any) -> None:
    """The second coordinator makes a withdrawn edition count again."""
    edition.state = check("reinstate", edition, by=by)
    edition.announcement.withdrawn_at = edition.announcement.withdrawal_reason = None
    _record(edition, EventKind.ANNOUNCEMENT_REINSTATED, by=by, audience=Audience.PUBLIC)


def decline_proposal(edition: Edition, *, reason: str | None = None, by: Any) -> None:
    """Leave things as they are; whoever proposed may take it back this way."""
    check("decline_proposal", edition, by=by)
    _say(edition, SignOffStance.KEEP, reason, by=by)
    _record(edition, EventKind.ANNOUNCEMENT_PROPOSAL_DECLINED, by=by, note=reason)


def discard(edition: Edition, *, by: Any) -> None:
    edition.state = check("discard", edition, by=by)
    edition.publish_at = None
    _record(edition, EventKind.ANNOUNCEMENT_DISCARDED, by=by)


def _write(edition: Edition, text: Text, *, by: Any) -> None:
    if edition.body != text["body"]:
        edition.html = markdown_to_html(text["body"])
    edition.title, edition.summary, edition.body = text["title"], text["summary"], text["body"]
    edition.organizations, edition.products = list(text["organizations"]), list(text["products"])
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
        if slug_is_taken(candidate):
            continue
        announcement.slug = candidate
        try:
            with db.session.begin_nested():
                db.session.add(announcement)
        except IntegrityError:  # somebody else took it between the look and the store
            continue
        return


def _checked_as_seen(act: str, edition: Edition, text_hash: str, *, by: Any) -> EditionState:
    after = check(act, edition, by=by)
    if text_hash != edition.text_hash:
        raise TextChanged(act, edition.state, CHANGED)
    return after


def _refuse_publication(edition: Edition, *, by: Any) -> None:
    if by is not SYSTEM:
        raise TextChanged("publish", edition.state, "The text is not the one that was agreed to")
    edition.state = EditionState(EDITION.after("void", edition.state))
    edition.agreed_hash = edition.publish_at = edition.leased_until = None
    note = "Not published: the text is no longer the one that was signed off."
    _record(edition, EventKind.ANNOUNCEMENT_RETURNED, by=by, note=note)


def _say(edition: Edition, stance: SignOffStance, remark: str | None, *, by: Any) -> None:
    said = SignOff(person=by, stance=stance, text_hash=edition.text_hash, remark=remark, at=now())
    edition.sign_offs.append(said)


def _record(
    edition: Edition, kind: EventKind, *, by: Any, audience: Audience = Audience.MEMBERS, **more: Any
) -> None:
    """`more` may hold the note; the rest becomes the event's detail."""
    subject, number = edition.announcement, edition.number
    acting_for = subject.organization if by.organization_ids and not by.is_coordinator else None
    record(subject, kind, by=by, acting_for=acting_for, audience=audience, edition=number, **more)
