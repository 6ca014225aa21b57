"""Lists of the queue and the inbox kept under a name."""

from typing import Any

import sqlalchemy as sa

from cass_portal.casework.models import SavedView
from cass_portal.casework.refusals import NotReusable
from cass_portal.db import db
from cass_portal.directory.models import Organization
from cass_portal.history import EventKind, record
from cass_portal.policy import NotPermitted, Permission, require

PAGES = {"triage": Permission.FEEDBACK_ROUTE, "inbox": Permission.INBOX_READ}
"""Who may keep lists of which page."""
MOST = 30
"""Views of one owner on one page: more than anybody finds again."""


def save_view(
    page: str,
    name: str,
    query: dict[str, str],
    *,
    by: Any,
    organization: Organization | None = None,
    for_coordinators: bool = False,
) -> SavedView:
    """Keep a list under a name: one's own, or everybody's of `organization`, or all coordinators'.

    Raises NotPermitted, NotReusable where there are too many.
    """
    require(by, PAGES[page])
    view = SavedView(page=page, name=name, query=dict(query), is_default=False)
    view.organization_id = organization.id if organization is not None else None
    view.person_id = None if organization is not None or for_coordinators else by.id
    _check_owner(view, by)
    rows = _beside(view)
    if len(rows) >= MOST:
        raise NotReusable(f"there are {MOST} views already; please delete one first")
    view.position = max((each.position for each in rows), default=0) + 1
    db.session.add(view)
    _record(view, by=by, act="saved")
    return view


def change_view(
    view: SavedView, *, by: Any, name: str | None = None, query: dict[str, str] | None = None
) -> None:
    """Another name, or another list under it."""
    require(by, PAGES[view.page])
    _check_owner(view, by)
    view.name, view.query = name or view.name, view.query if query is None else dict(query)
    _record(view, by=by, act="changed")


def move_view(view: SavedView, *, up: bool, by: Any) -> None:
    """One place up or down among the views of the same owner; at the end of the row it stays."""
    require(by, PAGES[view.page])
    _check_owner(view, by)
    rows = _others(view)
    here = rows.index(view)
    there = max(0, here - 1) if up else min(len(rows) - 1, here + 1)
    rows.insert(there, rows.pop(here))
    for place, each in enumerate(rows, start=1):
        each.position = place
    _record(view, by=by, act="moved")


def delete_view(view: SavedView, *, by: Any) -> None:
    require(by, PAGES[view.page])
    _check_owner(view, by)
    _others(view)
    _record(view, by=by, act="deleted")
    db.session.delete(view)


def choose_default(view: SavedView, *, wanted: bool, by: Any) -> None:
    """The page opens with it, or (not `wanted`) with everything open again. One's own views only."""
    require(by, PAGES[view.page])
    _check_owner(view, by)
    if view.person_id != by.id:
        raise NotPermitted("a default is chosen among one's own views")
    for each in _others(view):
        each.is_default = wanted and each is view
    _record(view, by=by, act="made the default" if wanted else "no longer the default")


def _others(view: SavedView) -> list[SavedView]:
    """Those beside it and itself. Raises NotReusable where it was deleted meanwhile."""
    rows = _beside(view)
    if view not in rows:
        raise NotReusable("this view was deleted meanwhile")
    return rows


def _beside(view: SavedView) -> list[SavedView]:
    """All views of the same owner and page, in their order; until the act is over nobody else's act changes them."""
    owner = (
        SavedView.person_id == view.person_id
        if view.person_id is not None
        else sa.and_(SavedView.person_id.is_(None), SavedView.organization_id == view.organization_id)
        if view.organization_id is not None
        else sa.and_(SavedView.person_id.is_(None), SavedView.organization_id.is_(None))
    )
    of = (owner, SavedView.page == view.page)
    db.session.execute(sa.select(SavedView.id).where(*of).order_by(SavedView.id).with_for_update()).all()
    query = sa.select(SavedView).where(*of).order_by(SavedView.position, SavedView.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _check_owner(view: SavedView, by: Any) -> None:
    """One's own, one's organization's, or as a coordinator the coordinators'."""
    if view.person_id is not None:
        allowed = view.person_id == by.id
    elif view.organization_id is not None:
        allowed = view.organization_id in by.organization_ids
    else:
        allowed = by.is_coordinator
    if not allowed:
        raise NotPermitted("a view of somebody else")


def _record(view: SavedView, *, by: Any, act: str) -> None:
    """The subject is whoever it belongs to: the person, or for coordinators' views the one who did it."""
    subject = db.session.get(Organization, view.organization_id) if view.organization_id else by
    record(subject, EventKind.VIEW_CHANGED, by=by, name=view.name, act=act)
