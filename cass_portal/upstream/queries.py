"""Reads of upstream links. Whoever works on an assignment sees its links, and coordinators do; nobody else."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from cass_portal.casework.lifecycle import OPEN
from cass_portal.casework.models import Assignment
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.models import Product, ProductLink
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.queries import visibility_condition
from cass_portal.policy import Permission, can
from cass_portal.upstream.addresses import Hosts, Named, project_in
from cass_portal.upstream.models import UpstreamLink, UpstreamState

STANDS = UpstreamLink.ended_at.is_(None)
SHOWN = (UpstreamState.OPEN, UpstreamState.CLOSED, UpstreamState.MERGED)
MOST = 15
LOOKED_AT = 500
"""Of the proposals that stand at all members: the list begins there, not with all that a member ever had."""


def assignments_of(actor: Any) -> sa.Select[Assignment]:
    """Those whose links `actor` may see and change: their organizations', for coordinators all."""
    query = sa.select(Assignment).join(Assignment.feedback).where(visibility_condition(actor))
    if can(actor, Permission.FEEDBACK_READ_ALL):
        return query
    return query.where(Assignment.organization_id.in_(sorted(actor.organization_ids)))


def links_seen_by(actor: Any) -> sa.Select[UpstreamLink]:
    """Links that stand, of those assignments."""
    mine = assignments_of(actor).with_only_columns(Assignment.id)
    return sa.select(UpstreamLink).where(STANDS, UpstreamLink.assignment_id.in_(mine))


def links_of(assignments: Iterable[Assignment]) -> Sequence[UpstreamLink]:
    """The links of assignments that the reader sees, the oldest first."""
    ids = [each.id for each in assignments]
    query = sa.select(UpstreamLink).where(STANDS, UpstreamLink.assignment_id.in_(ids))
    return db.session.scalars(query.order_by(UpstreamLink.id)).all()


def proposals_for(actor: Any) -> Sequence[UpstreamLink]:
    """What closed upstream while the answer of one of `actor`'s organizations is still owed; the oldest first."""
    if not actor.organization_ids:
        return []
    standing = (
        sa.select(UpstreamLink.id).where(STANDS, UpstreamLink.proposes).order_by(UpstreamLink.closed_at)
    )
    found = db.session.scalars(standing.limit(LOOKED_AT)).all()
    if not found:
        return []
    query = (
        sa.select(UpstreamLink)
        .join(UpstreamLink.assignment)
        .join(Assignment.feedback)
        .where(
            UpstreamLink.id.in_(found),
            Assignment.organization_id.in_(sorted(actor.organization_ids)),
            Assignment.state.in_(OPEN),
            visibility_condition(actor),
        )
        .options(contains_eager(UpstreamLink.assignment).contains_eager(Assignment.feedback).load_only(
            Feedback.reference, Feedback.subject))
        .order_by(UpstreamLink.closed_at, UpstreamLink.id)
        .limit(MOST)
    )  # fmt: skip
    return db.session.scalars(query).all()


def is_due(at: datetime | None = None) -> sa.ColumnElement[bool]:
    """Condition on links: to be asked about."""
    return sa.and_(UpstreamLink.check_at.is_not(None), UpstreamLink.check_at <= (at or now()))


def something_is_due() -> bool:
    return db.session.scalar(sa.select(UpstreamLink.id).where(is_due()).limit(1)) is not None


def standing_like(named: Named, assignment: Assignment) -> UpstreamLink | None:
    """The row of that assignment for the same thing, ended or not."""
    return db.session.scalar(sa.select(UpstreamLink).where(
        UpstreamLink.assignment_id == assignment.id, UpstreamLink.host == named.host, UpstreamLink.path == named.path,
        UpstreamLink.kind == named.kind, UpstreamLink.number == named.number,
    ))  # fmt: skip


def standing_under(named: Named, upstream_id: int | None) -> list[UpstreamLink]:
    """Links to that thing, whose number survives renames, or whose address is the same."""
    same_number = UpstreamLink.upstream_id == upstream_id if upstream_id is not None else sa.false()
    same_address = sa.and_(UpstreamLink.path == named.path, UpstreamLink.number == named.number)
    query = sa.select(UpstreamLink).where(
        STANDS, UpstreamLink.host == named.host, sa.or_(same_number, same_address)
    )
    return list(db.session.scalars(query.limit(100)))


def is_public(row: UpstreamLink, hosts: Hosts) -> bool:
    """Whether its host showed it before to whoever asked, or its project is a product's of the catalog."""
    if row.state in SHOWN:
        return True
    addresses = (
        sa.select(ProductLink.url)
        .join(Product, Product.id == ProductLink.product_id)
        .where(Product.retired_on.is_(None), ProductLink.url.icontains(row.path, autoescape=True))
    )
    projects = (project_in(each, hosts) for each in db.session.scalars(addresses))
    wanted = (row.host, row.path.lower())
    return any(project is not None and (project[1], project[2].lower()) == wanted for project in projects)
