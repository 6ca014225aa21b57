"""Acts around publication: when, now, and taking back what is out."""

from datetime import datetime, timedelta
from typing import Any

from cass_portal.announcements.actions._ballots import open_ballot, void_ballot
from cass_portal.announcements.actions._naming import name_feedback
from cass_portal.announcements.actions._steps import record_on, say
from cass_portal.announcements.agreement import AgreementWay
from cass_portal.announcements.lifecycle import EDITION, EditionState
from cass_portal.announcements.models import Edition, SignOffStance
from cass_portal.announcements.policies import way_of
from cass_portal.announcements.rules import NotReady, agreement_stands, check
from cass_portal.clock import now
from cass_portal.history import Audience, EventKind
from cass_portal.policy import SYSTEM

NOTICE = timedelta(minutes=10)
"""Least time between scheduling and publication, so that a slip can be seen and undone."""


def schedule(edition: Edition, *, at: datetime, by: Any) -> None:
    """Raises NotReady when `at` is less than ten minutes ahead."""
    after = check("schedule", edition, by=by)
    if at < now() + NOTICE:
        raise NotReady("schedule", edition.state, "The time must be at least 10 minutes ahead")
    edition.state, edition.publish_at = after, at
    record_on(edition, EventKind.ANNOUNCEMENT_SCHEDULED, by=by, publish_at=at.isoformat())


def unschedule(edition: Edition, *, by: Any) -> None:
    edition.state = check("unschedule", edition, by=by)
    edition.publish_at = None
    record_on(edition, EventKind.ANNOUNCEMENT_UNSCHEDULED, by=by)


def publish(edition: Edition, *, by: Any) -> None:
    """Make the agreed text public and supersede the edition before it. SYSTEM may when it is scheduled and due.

    A text that is not the agreed one is never published: a person gets TextChanged, the system returns the
    edition to its author. Where policy says so the members are then asked to ratify it.
    Raises NotPermitted, SecondPersonNeeded, TransitionRefused.
    """
    after = check("publish", edition, by=by)
    if not agreement_stands(edition):
        _return_unagreed(edition, by=by)
        return
    _make_public(edition, after, by=by)
    record_on(
        edition, EventKind.ANNOUNCEMENT_PUBLISHED, by=by, audience=Audience.PUBLIC, minor=edition.is_minor
    )
    if way_of(edition.announcement) == AgreementWay.RATIFY and not edition.is_minor:
        _ask_to_ratify(edition, by=by)


def publish_at_once(edition: Edition, *, reason: str, by: Any) -> None:
    """Make a status notice public before anybody agreed; the members ratify or contest it afterwards.

    `reason` is public. Raises NotPermitted, TransitionRefused, NotReady.
    """
    after = check("publish_at_once", edition, by=by)
    if not reason.strip():
        raise NotReady("publish_at_once", edition.state, "Say why it cannot wait")
    edition.at_once_reason, edition.agreed_hash = reason, None
    _make_public(edition, after, by=by)
    record_on(
        edition, EventKind.ANNOUNCEMENT_PUBLISHED_AT_ONCE, by=by, audience=Audience.PUBLIC, note=reason,
        minor=edition.is_minor,
    )  # fmt: skip
    _ask_to_ratify(edition, by=by)


def propose_withdrawal(edition: Edition, *, reason: str, by: Any) -> None:
    """The first of two coordinators; `reason` becomes public once the second withdraws."""
    check("propose_withdrawal", edition, by=by)
    say(edition, SignOffStance.WITHDRAW, reason, by=by)
    record_on(edition, EventKind.ANNOUNCEMENT_WITHDRAWAL_PROPOSED, by=by, note=reason)


def withdraw(edition: Edition, *, by: Any) -> None:
    """The second coordinator carries out the proposal. Raises SecondPersonNeeded, NotReady."""
    after = check("withdraw", edition, by=by)
    reason = edition.proposal.remark if edition.proposal is not None else None
    void_ballot(edition, "It was withdrawn.")
    edition.state = after
    edition.announcement.withdrawn_at, edition.announcement.withdrawal_reason = now(), reason
    record_on(edition, EventKind.ANNOUNCEMENT_WITHDRAWN, by=by, audience=Audience.PUBLIC, note=reason)


def propose_reinstatement(edition: Edition, *, reason: str, by: Any) -> None:
    check("propose_reinstatement", edition, by=by)
    say(edition, SignOffStance.REINSTATE, reason, by=by)
    record_on(edition, EventKind.ANNOUNCEMENT_REINSTATE_PROPOSED, by=by, note=reason)


def reinstate(edition: Edition, *, by: Any) -> None:
    """The second coordinator makes a withdrawn edition count again."""
    edition.state = check("reinstate", edition, by=by)
    edition.announcement.withdrawn_at = edition.announcement.withdrawal_reason = None
    record_on(edition, EventKind.ANNOUNCEMENT_REINSTATED, by=by, audience=Audience.PUBLIC)


def decline_proposal(edition: Edition, *, reason: str | None = None, by: Any) -> None:
    """Leave things as they are; whoever proposed may take it back this way."""
    check("decline_proposal", edition, by=by)
    say(edition, SignOffStance.KEEP, reason, by=by)
    record_on(edition, EventKind.ANNOUNCEMENT_PROPOSAL_DECLINED, by=by, note=reason)


def _make_public(edition: Edition, after: EditionState, *, by: Any) -> None:
    """It takes the place of the edition before it, and a vote on that one ends."""
    announcement = edition.announcement
    for each in announcement.editions:
        if each.state in (EditionState.PUBLISHED, EditionState.WITHDRAWN):
            void_ballot(each, f"Edition {edition.number} took its place.")
            each.state = EditionState(EDITION.after("supersede", each.state))
    edition.state, edition.publish_at, edition.leased_until = after, None, None
    edition.published_at, edition.published_by_id = now(), by.id
    announcement.first_published_at = announcement.first_published_at or edition.published_at
    announcement.withdrawn_at = announcement.withdrawal_reason = None
    name_feedback(edition, by=by)


def _ask_to_ratify(edition: Edition, *, by: Any) -> None:
    """An act of the system beside the publication, with its own event."""
    ballot = open_ballot(edition, way=AgreementWay.RATIFY, by=by)
    record_on(edition, EventKind.ANNOUNCEMENT_RATIFICATION_ASKED, by=SYSTEM, ballot=ballot.id)


def _return_unagreed(edition: Edition, *, by: Any) -> None:
    edition.state = EditionState(EDITION.after("void", edition.state))
    edition.agreed_hash = edition.publish_at = edition.leased_until = None
    note = "Not published: the text is no longer the one that was agreed to."
    record_on(edition, EventKind.ANNOUNCEMENT_RETURNED, by=by, note=note)
