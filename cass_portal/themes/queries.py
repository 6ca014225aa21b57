"""Reads of themes. Published ones are for everybody, drafts for coordinators; the matters in them as each may read."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, load_only, selectinload

from cass_portal.db import db
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.queries import NEVER_SHOWN_AROUND, search_order, visible_to
from cass_portal.history import Event, EventKind
from cass_portal.policy import STRANGER
from cass_portal.text import clean_line
from cass_portal.themes.leaks import Hidden, leaks, references_in
from cass_portal.themes.lifecycle import ThemeState
from cass_portal.themes.models import Theme, ThemeItem

PAGE = 50
LEAST_COUNTED = 3
"""Fewer matters that are not public are not mentioned: a count of one or two points at somebody."""
FOUND = 10


def themes() -> Sequence[Theme]:
    """All, those changed last first. For coordinators."""
    query = sa.select(Theme).order_by(Theme.edited_at.desc(), Theme.id.desc()).limit(PAGE * 4)
    return db.session.scalars(query.options(joinedload(Theme.edited_by), selectinload(Theme.items))).all()


def theme(theme_id: int) -> sa.Select[Any]:
    """One with its matters. For coordinators."""
    items = selectinload(Theme.items).joinedload(ThemeItem.feedback)
    return sa.select(Theme).where(Theme.id == theme_id).options(items, joinedload(Theme.edited_by))


def slug_is_taken(slug: str) -> bool:
    return db.session.scalar(sa.select(sa.exists().where(Theme.slug == slug))) or False


def published(*, limit: int = PAGE) -> Sequence[Theme]:
    """Those that everybody may read, the newest first."""
    query = sa.select(Theme).where(Theme.state == ThemeState.PUBLISHED)
    return db.session.scalars(query.order_by(Theme.published_at.desc(), Theme.id.desc()).limit(limit)).all()


def by_slug(slug: str) -> sa.Select[Any]:
    """One that is or was published; of a withdrawn one only title and reason are shown. For everybody."""
    return sa.select(Theme).where(Theme.slug == clean_line(slug), Theme.state != ThemeState.DRAFT)


def public_matters(of: Theme) -> Sequence[Feedback]:
    """Its matters that everybody may read, in the order in which they came in."""
    query = visible_to(STRANGER).join(ThemeItem, ThemeItem.feedback_id == Feedback.id)
    ordered = query.where(ThemeItem.theme_id == of.id).order_by(Feedback.id)
    return db.session.scalars(ordered.options(selectinload(Feedback.products))).all()


def further_matters(of: Theme) -> int:
    """How many more there are that not everybody may read; 0 where so few are not mentioned."""
    told = (
        sa.select(sa.func.count())
        .select_from(ThemeItem)
        .join(Feedback, Feedback.id == ThemeItem.feedback_id)
        .where(ThemeItem.theme_id == of.id, Feedback.state.not_in(NEVER_SHOWN_AROUND))
    )
    further = (db.session.scalar(told) or 0) - len(public_matters(of))
    return further if further >= LEAST_COUNTED else 0


def withdrawal_reason(of: Theme) -> str | None:
    """What its readers are told in its place."""
    query = sa.select(Event.note).where(Event.theme_id == of.id, Event.kind == EventKind.THEME_WITHDRAWN)
    return db.session.scalar(query.order_by(Event.id.desc()).limit(1))


def was_told(item: Feedback, of: Theme) -> bool:
    """Whether the author of `item` has heard of the theme, even if it was taken out and in again meanwhile."""
    query = sa.select(Event.detail).where(
        Event.feedback_id == item.id, Event.kind == EventKind.FEEDBACK_IN_THEME
    )
    return any(each.get("theme") == of.id for each in db.session.scalars(query))


def themes_with(item: Feedback, *, is_public: bool = False) -> Sequence[Theme]:
    """Those that `item` is in; for everybody only published ones."""
    query = sa.select(Theme).join(ThemeItem).where(ThemeItem.feedback_id == item.id).order_by(Theme.id)
    if is_public:
        query = query.where(Theme.state == ThemeState.PUBLISHED)
    return db.session.scalars(query).all()


def matters_found(text: str, of: Theme, *, actor: Any) -> list[Feedback]:
    """What `actor` may read, fits `text` best and is not in the theme."""
    inside = sa.select(ThemeItem.feedback_id).where(ThemeItem.theme_id == of.id)
    where = sa.and_(Feedback.id.not_in(inside), Feedback.state.not_in(NEVER_SHOWN_AROUND))
    ids = search_order(text, actor=actor, where=where)[:FOUND]
    columns = load_only(Feedback.reference, Feedback.subject, Feedback.state, Feedback.visibility)
    rows = {
        each.id: each
        for each in db.session.scalars(sa.select(Feedback).where(Feedback.id.in_(ids)).options(columns))
    }
    return [rows[each] for each in ids if each in rows]


def warnings(of: Theme) -> list[str]:
    """Where its texts give away a matter that not everybody may read. For coordinators."""
    text = "\n".join([of.title, of.said, of.discussed, of.did])
    shown = {each.id for each in db.session.scalars(visible_to(STRANGER).where(_concerned(of, text)))}
    concerned = db.session.scalars(sa.select(Feedback).where(_concerned(of, text)).order_by(Feedback.id))
    return leaks(text, [_hidden(each) for each in concerned if each.id not in shown])


def _concerned(of: Theme, text: str) -> sa.ColumnElement[bool]:
    inside = sa.select(ThemeItem.feedback_id).where(ThemeItem.theme_id == of.id)
    return sa.or_(Feedback.id.in_(inside), Feedback.reference.in_(sorted(references_in(text))))


def _hidden(item: Feedback) -> Hidden:
    known_by = tuple(filter(None, [item.name, item.email, item.affiliation]))
    return Hidden(item.reference, item.subject, item.body, known_by)
