"""Open announcements and running status notices that come near one edition. For whoever may read open editions."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from cass_portal.announcements.lifecycle import OPEN, OVER, AnnouncementKind, EditionState
from cass_portal.announcements.models import (
    Announcement,
    Edition,
    EditionOrganization,
    EditionProduct,
)
from cass_portal.announcements.radar import Blip, Echo, echoes
from cass_portal.db import db
from cass_portal.history import Event, EventKind
from cass_portal.policy import Permission, can

MOST = 100
"""Announcements compared; those changed last count."""


def nearby(edition: Edition, *, actor: Any) -> list[Echo]:
    """What comes near an open edition, in a constant number of statements; each `shown` is an edition.

    Of a published status notice the levels are those it was published with.
    """
    if not edition.is_open or not can(actor, Permission.ANNOUNCEMENT_READ_OPEN):
        return []
    found = _candidates(edition)
    over = _ended([each.announcement_id for each in found if not each.is_open])
    return echoes(_blip(edition), [_blip(each) for each in found if each.announcement_id not in over])


def _candidates(edition: Edition) -> Sequence[Edition]:
    products = [each.product_id for each in edition.affected]
    organizations = [each.id for each in edition.organizations]
    near = sa.or_(
        Edition.id.in_(sa.select(EditionProduct.edition_id).where(EditionProduct.product_id.in_(products))),
        Edition.id.in_(
            sa.select(EditionOrganization.edition_id).where(
                EditionOrganization.organization_id.in_(organizations)
            )
        ),
    )
    is_notice = sa.and_(Edition.state == EditionState.PUBLISHED, Announcement.kind == AnnouncementKind.STATUS)
    query = (
        sa.select(Edition)
        .join(Edition.announcement)
        .where(Edition.announcement_id != edition.announcement_id)
        .where(sa.or_(Edition.state.in_(OPEN), is_notice), near)
        .order_by(Edition.edited_at.desc(), Edition.id.desc())
        .limit(MOST)
        .options(
            contains_eager(Edition.announcement),
            joinedload(Edition.edited_by),
            selectinload(Edition.organizations),
            selectinload(Edition.affected).joinedload(EditionProduct.product),
        )
    )
    return db.session.scalars(query).unique().all()


def _ended(announcement_ids: list[int]) -> set[int]:
    """Those whose timeline has come to its end: the stage of their last update says so."""
    last = (
        sa.select(sa.func.max(Event.id))
        .where(Event.announcement_id.in_(announcement_ids), Event.kind == EventKind.ANNOUNCEMENT_UPDATED)
        .group_by(Event.announcement_id)
    )
    told = db.session.scalars(sa.select(Event).where(Event.id.in_(last)))
    return {
        each.announcement_id for each in told if each.detail.get("stage") in OVER and each.announcement_id
    }


def _blip(edition: Edition) -> Blip:
    return Blip(
        announcement_id=edition.announcement_id,
        products=frozenset(each.product_id for each in edition.affected),
        organizations=frozenset(each.id for each in edition.organizations),
        levels={each.product_id: each.level for each in edition.affected if each.level is not None},
        starts_at=edition.starts_at,
        ends_at=edition.ends_at,
        shown=edition,
    )
