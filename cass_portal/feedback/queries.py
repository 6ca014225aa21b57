"""Reads of feedback. Each says who may see; `visible_to` is the one rule all others build on."""

from typing import Any

import sqlalchemy as sa

from cass_portal import search, tokens
from cass_portal.db import db
from cass_portal.feedback.lifecycle import FeedbackState
from cass_portal.feedback.models import Feedback, FollowLink, Visibility
from cass_portal.policy import Permission, can

NEVER_SHOWN_AROUND = (
    FeedbackState.UNCONFIRMED,
    FeedbackState.HELD,
    FeedbackState.REJECTED,
    FeedbackState.WITHDRAWN,
    FeedbackState.ANONYMIZED,
)
"""States in which nobody but its author, the coordinators and the members it was routed to may see an item."""

SEARCH_LIMIT = 50
"""Best matches shown; a search that finds more wants another word, not another page."""


def visible_to(actor: Any) -> sa.Select[tuple[Feedback]]:
    """THE visibility rule: what `actor` may read, for pages, search, feeds, mails and figures alike.

    Everybody: what its author and a coordinator agreed to show publicly. People of a member: what is meant for
    the public or the members, once accepted, and what was ever routed to their organization unless it is for
    coordinators only. Coordinators: everything.
    """
    return sa.select(Feedback).where(visibility_condition(actor))


def visibility_condition(actor: Any) -> sa.ColumnElement[bool]:
    """`visible_to` as a condition on Feedback, for searches and joins."""
    if can(actor, Permission.FEEDBACK_READ_ALL):
        return sa.true()
    shown_around = Feedback.state.not_in(NEVER_SHOWN_AROUND)
    public = sa.and_(Feedback.visibility == Visibility.PUBLIC, Feedback.published_at.is_not(None), shown_around)
    if not actor.organization_ids:
        return public
    for_members = sa.and_(Feedback.visibility.in_([Visibility.PUBLIC, Visibility.MEMBERS]), shown_around)
    routed_here = sa.and_(
        Feedback.visibility != Visibility.COORDINATORS,
        sa.or_(*(Feedback.assignments.any(organization_id=each) for each in sorted(actor.organization_ids))),
    )
    return sa.or_(for_members, routed_here)


def by_reference(reference: str, *, actor: Any) -> sa.Select[tuple[Feedback]]:
    """The item of that reference, if `actor` may see it."""
    return visible_to(actor).where(Feedback.reference == reference)


def by_follow_token(token: str) -> sa.Select[tuple[Feedback]]:
    """The item that this bearer secret opens; for its author, whatever its state."""
    return sa.select(Feedback).join(FollowLink).where(FollowLink.token_digest == tokens.digest(token))


def by_form_key(form_key: str) -> Feedback | None:
    """What was already stored from the form that carried this key; for the one who holds the form."""
    return db.session.scalar(sa.select(Feedback).where(Feedback.form_key_digest == tokens.digest(form_key)))


def search_order(text: str, *, actor: Any, where: sa.ColumnElement[bool]) -> list[int]:
    """Ids of what `actor` may see, matches `text` and fulfills `where`, best first; at most SEARCH_LIMIT."""
    among = sa.and_(visibility_condition(actor), where)
    return list(db.session.scalars(search.best_first(text, among, limit=SEARCH_LIMIT)))
