"""The facts that spans are made from, in a constant number of statements however many notices there are.

For everybody: they are what was published and posted. A status notice without a stage (older than the board) has no
timeline and does not count.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from cass_portal.announcements.lifecycle import OVER, PUBLIC, EditionState, ProductLevel
from cass_portal.announcements.models import Announcement, AnnouncementKind, Edition, EditionProduct
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.models import Product
from cass_portal.status import spans
from cass_portal.status.models import LevelChange, StatusUpdate
from cass_portal.status.spans import EditionFact, NoticeFacts, Standing, UpdateFact

Ids = sa.Select[int]
OF_NOTICE = sa.and_(
    Announcement.kind == AnnouncementKind.STATUS, Announcement.first_published_at.is_not(None)
)


def counting_since(since: datetime) -> Ids:
    """Notices that may have counted at `since` or later."""
    last = _last_update()
    left_over = LevelChange.update_id == StatusUpdate.id, LevelChange.level != ProductLevel.NO_KNOWN_ISSUES
    ended_before = last.where(
        StatusUpdate.stage.in_(list(OVER)),
        StatusUpdate.at < since,
        ~sa.exists().where(*left_over).correlate(StatusUpdate),
    )
    return sa.select(Announcement.id).where(
        OF_NOTICE,
        sa.or_(Announcement.withdrawn_at.is_(None), Announcement.withdrawn_at >= since),
        ~ended_before.exists(),
    )


def about(product: Product | None, *, limit: int) -> Ids:
    """The newest notices that name `product`, or did once; of all products where it is None."""
    named = sa.select(Edition.announcement_id).where(Edition.state.in_(PUBLIC), Edition.stage.is_not(None))
    if product is not None:
        named = named.join(Edition.affected).where(EditionProduct.product_id == product.id)
    newest = sa.select(Announcement.id).where(OF_NOTICE, Announcement.id.in_(named))
    return newest.order_by(Announcement.first_published_at.desc(), Announcement.id.desc()).limit(limit)


def only(announcement: Announcement) -> Ids:
    return sa.select(Announcement.id).where(OF_NOTICE, Announcement.id == announcement.id)


def load(ids: Ids) -> dict[int, NoticeFacts]:
    """By the announcement's id, in the order of their publication."""
    chosen = ids.subquery()
    wanted = sa.select(chosen.c.id)
    named, changes = _named(wanted), _changes(wanted)
    editions, withdrawn, updates = _editions(wanted, named), _withdrawn(wanted), _updates(wanted, changes)
    return {
        id_: NoticeFacts(id_, facts, updates.get(id_, []), withdrawn.get(id_))
        for id_, facts in editions.items()
    }


def standings(ids: Ids, *, at: datetime | None = None, by_clock: bool = True) -> dict[int, Standing]:
    """How each of the notices stands at `at` (default: now)."""
    at = at or now()
    return {id_: spans.standing(facts, at, by_clock=by_clock) for id_, facts in load(ids).items()}


def standing_of(announcement: Announcement, *, by_clock: bool = True) -> Standing | None:
    """How one notice stands now; None where it is no notice with a timeline, or not out."""
    return standings(only(announcement), by_clock=by_clock).get(announcement.id)


def all_spans(standings: Iterable[Standing]) -> list[spans.Span]:
    return [span for each in standings for span in each.spans]


def levels_now() -> dict[int, ProductLevel]:
    """The level of each product that has one, by the product's id; what is absent has no known issues."""
    return spans.levels(all_spans(standings(counting_since(now())).values()))


def _editions(wanted: Any, named: dict[int, dict[int, ProductLevel | None]]) -> dict[int, list[EditionFact]]:
    columns = (
        Edition.announcement_id, Edition.id, Edition.published_at, Edition.stage, Edition.starts_at, Edition.ends_at,
        Edition.follows_clock,
    )  # fmt: skip
    query = sa.select(*columns).where(
        Edition.announcement_id.in_(wanted), Edition.state.in_(PUBLIC), Edition.stage.is_not(None)
    )
    found: dict[int, list[EditionFact]] = defaultdict(list)
    rows: Any = db.session.execute(query.order_by(Edition.announcement_id, Edition.number))
    for announcement_id, id_, at, stage, starts_at, ends_at, follows_clock in rows:
        levels = {product: level or spans.least_level(stage) for product, level in named.get(id_, {}).items()}
        found[announcement_id].append(EditionFact(at, stage, levels, starts_at, ends_at, follows_clock))
    return found


def _named(wanted: Any) -> dict[int, dict[int, ProductLevel | None]]:
    query = sa.select(EditionProduct.edition_id, EditionProduct.product_id, EditionProduct.level).join(
        Edition, Edition.id == EditionProduct.edition_id
    )
    found: dict[int, dict[int, ProductLevel | None]] = defaultdict(dict)
    for edition_id, product_id, level in db.session.execute(query.where(Edition.announcement_id.in_(wanted))):
        found[edition_id][product_id] = level
    return found


def _withdrawn(wanted: Any) -> dict[int, datetime]:
    """When the notices were withdrawn that are."""
    query = sa.select(Announcement.id, Announcement.withdrawn_at).join(Announcement.editions)
    rows = db.session.execute(
        query.where(Announcement.id.in_(wanted), Edition.state == EditionState.WITHDRAWN)
    ).all()
    return {id_: at for id_, at in rows if at is not None}


def _updates(wanted: Any, changes: dict[int, dict[int, ProductLevel]]) -> dict[int, list[UpdateFact]]:
    columns = (
        StatusUpdate.announcement_id,
        StatusUpdate.id,
        StatusUpdate.at,
        StatusUpdate.stage,
        StatusUpdate.ends_at,
    )
    query = sa.select(*columns).where(StatusUpdate.announcement_id.in_(wanted)).order_by(StatusUpdate.id)
    found: dict[int, list[UpdateFact]] = defaultdict(list)
    for announcement_id, id_, at, stage, ends_at in db.session.execute(query):
        found[announcement_id].append(UpdateFact(at, stage, changes.get(id_, {}), ends_at))
    return found


def _changes(wanted: Any) -> dict[int, dict[int, ProductLevel]]:
    query = sa.select(LevelChange.update_id, LevelChange.product_id, LevelChange.level).join(
        StatusUpdate, StatusUpdate.id == LevelChange.update_id
    )
    found: dict[int, dict[int, ProductLevel]] = defaultdict(dict)
    for update_id, product_id, level in db.session.execute(
        query.where(StatusUpdate.announcement_id.in_(wanted))
    ):
        found[update_id][product_id] = level
    return found


def _last_update() -> sa.Select[Any]:
    """The last update of the announcement of the query around it."""
    later = sa.orm.aliased(StatusUpdate)
    is_last = ~sa.exists().where(
        later.announcement_id == StatusUpdate.announcement_id, later.id > StatusUpdate.id
    )
    return (
        sa.select(StatusUpdate.id)
        .where(StatusUpdate.announcement_id == Announcement.id, is_last)
        .correlate(Announcement)
    )
