"""Notices as pages show them: the text, how it stands, the updates. Published ones are for everybody."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from cass_portal.announcements import queries as announcements
from cass_portal.announcements.lifecycle import PUBLIC, ProductLevel
from cass_portal.announcements.models import Announcement, AnnouncementKind, Edition
from cass_portal.db import db
from cass_portal.directory.models import Product
from cass_portal.people.models import Person
from cass_portal.status.models import StatusUpdate
from cass_portal.status.queries import facts
from cass_portal.status.spans import FINE, Standing
from cass_portal.text import clean_line


@dataclass(frozen=True)
class Notice:
    """`edition` is what the public reads now; `updates` the newest first."""

    edition: Edition
    standing: Standing
    updates: Sequence[StatusUpdate]

    @property
    def announcement(self) -> Announcement:
        return self.edition.announcement

    @property
    def latest(self) -> StatusUpdate | None:
        return self.updates[0] if self.updates else None

    @property
    def owner(self) -> Person | None:
        """Who is to say more: who posted last, else who edited last; None where that account is closed."""
        person = next((each.by for each in self.updates if each.by is not None), self.edition.edited_by)
        return person if person.active else None

    @property
    def post_mortem_url(self) -> str | None:
        """The newest link to a post-mortem."""
        return next((each.post_mortem_url for each in self.updates if each.post_mortem_url), None)

    @property
    def levels(self) -> list[tuple[Product, ProductLevel]]:
        """Where it puts each affected product that the public may see, the most serious first."""
        found = [(each, self.level_of(each)) for each in self.edition.products if each.is_listed]
        return sorted(found, key=lambda each: -each[1].severity)

    def level_of(self, product: Product) -> ProductLevel:
        return self.standing.counting.get(product.id, FINE)


def shown(standings: dict[int, Standing]) -> list[Notice]:
    """Notices with the editions that the public reads now, and their updates; the newest first."""
    query = announcements.standing().where(Announcement.id.in_(list(standings)))
    query = query.options(joinedload(Edition.edited_by))
    editions = db.session.scalars(query).unique().all()
    updates = _updates_of([each.announcement_id for each in editions])
    return [Notice(each, standings[each.announcement_id], updates[each.announcement_id]) for each in editions]


def notices_of(editions: Sequence[Edition]) -> list[Notice]:
    """The notices whose texts the editions are, older ones too; those without a timeline are left out."""
    ids = [each.announcement_id for each in editions]
    chosen = sa.select(Announcement.id).where(facts.OF_NOTICE, Announcement.id.in_(ids))
    standings, updates = facts.standings(chosen), _updates_of(ids)
    return [
        Notice(each, standings[each.announcement_id], updates[each.announcement_id])
        for each in editions
        if each.announcement_id in standings
    ]


def by_slug(slug: str) -> sa.Select[Any]:
    """The edition of a notice with a timeline that the public reads now, withdrawn ones too."""
    query: sa.Select[Any] = announcements.current_by_slug(clean_line(slug))
    return query.where(Announcement.kind == AnnouncementKind.STATUS, Edition.stage.is_not(None))


def steward_ids(announcement: Announcement) -> frozenset[int]:
    """Who stewards a product that its public edition names: they may post updates."""
    products = [
        each.product
        for edition in announcement.editions
        if edition.state in PUBLIC
        for each in edition.affected
    ]
    return frozenset(each.organization_id for product in products for each in product.stewardships)


def told(product: Product | None, *, limit: int) -> tuple[Sequence[StatusUpdate], Sequence[Edition]]:
    """What feeds tell of one product or of all: the newest updates, and the notices they and the feed begin with."""
    newest = facts.about(product, limit=limit)
    notices = db.session.scalars(
        announcements.standing().where(Announcement.id.in_(sa.select(newest.subquery().c.id)))
    )
    updates = sa.select(StatusUpdate).where(
        StatusUpdate.announcement_id.in_(sa.select(newest.subquery().c.id))
    )
    latest = updates.order_by(StatusUpdate.id.desc()).limit(limit).options(*_with())
    return db.session.scalars(latest).unique().all(), [e for e in notices.unique() if e.stage is not None]


def latest_updates(
    condition: sa.ColumnElement[bool], *, limit: int
) -> Sequence[tuple[StatusUpdate, Edition]]:
    """The newest updates of notices whose current edition fulfills `condition`, each with that edition."""
    newest = (
        sa.select(StatusUpdate.id, Edition.id)
        .join(Edition, Edition.announcement_id == StatusUpdate.announcement_id)
        .where(Edition.state.in_(announcements.STANDING), condition)
        .order_by(StatusUpdate.at.desc(), StatusUpdate.id.desc())
        .limit(limit)
    )
    pairs = db.session.execute(newest).all()
    updates = sa.select(StatusUpdate).where(StatusUpdate.id.in_([update for update, _ in pairs]))
    editions = announcements.standing().where(Edition.id.in_([edition for _, edition in pairs]))
    update_of = {each.id: each for each in db.session.scalars(updates)}
    edition_of = {each.id: each for each in db.session.scalars(editions).unique()}
    return [(update_of[update], edition_of[edition]) for update, edition in pairs]


def _updates_of(ids: list[int]) -> dict[int, list[StatusUpdate]]:
    query = sa.select(StatusUpdate).where(StatusUpdate.announcement_id.in_(ids)).options(*_with())
    found: dict[int, list[StatusUpdate]] = defaultdict(list)
    for update in db.session.scalars(query.order_by(StatusUpdate.id.desc())).unique():
        found[update.announcement_id].append(update)
    return found


def _with() -> list[Any]:
    return [joinedload(StatusUpdate.by), joinedload(StatusUpdate.acting_for)]
