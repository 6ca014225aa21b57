"""When a member works. Whatever changes it moves the due dates of what is open there, in the same transaction."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from cass_portal.casework.lifecycle import OPEN
from cass_portal.casework.models import Assignment
from cass_portal.casework.timekeeping import times_of
from cass_portal.db import db
from cass_portal.directory.models import Holiday, Organization
from cass_portal.directory.queries import holidays_of
from cass_portal.directory.turns import hold_member
from cass_portal.feedback.models import Feedback
from cass_portal.history import Event, EventKind, record
from cass_portal.policy import Permission, require
from cass_portal.workdays import checked_workdays, checked_zone

AT_ONCE = 500


def set_calendar(organization: Organization, *, time_zone: str, workdays: Collection[int], by: Any) -> None:
    """Where and on which days of the week it works. Raises UnknownZone, NoWorkdays."""
    require(by, Permission.ORGANIZATION_MANAGE, organization)
    hold_member(organization)
    wanted = {"time_zone": checked_zone(time_zone), "workdays": checked_workdays(workdays)}
    changed = [name for name, value in wanted.items() if getattr(organization, name) != value]
    if not changed:
        return
    for name in changed:
        setattr(organization, name, wanted[name])
    _changed(organization, changed, by=by)
    recount(organization)


def change_holidays(
    organization: Organization | None,
    *,
    add: Iterable[tuple[date, str]] = (),
    remove: Collection[int] = (),
    by: Any,
) -> int:
    """Days on which it does not work, without an organization days on which nobody does; how many changed.

    A day that is there already gets the new name.
    """
    if organization is None:
        require(by, Permission.DIRECTORY_EDIT)
    else:
        require(by, Permission.ORGANIZATION_MANAGE, organization)
    hold_member(organization)
    changed = _remove(organization, remove) + _add(organization, add)
    if changed:
        db.session.flush()
        _changed(organization, ["holidays"], by=by)
        recount(organization)
    return changed


def recount(organization: Organization | None) -> None:
    """Due dates and overdue steps of everything that is open there, or everywhere, anew from the log.

    A step of acts that record.
    """
    for each in db.session.identity_map.values():
        if isinstance(each, Organization):
            db.session.expire(each, ["days_off", "holidays"])
    last = 0
    while rows := _open(organization, after=last):
        logs = _logs([each.feedback_id for each in rows])
        for each in rows:
            each.store(times_of(each, logs[each.feedback_id]))
        db.session.flush()
        last = rows[-1].id


def _changed(organization: Organization | None, changes: list[str], *, by: Any) -> None:
    if organization is None:
        record(by, EventKind.ORGANIZATION_CHANGED, by=by, changes=["holidays of everybody"])
        return
    acting_for = organization if organization.id in by.organization_ids else None
    record(organization, EventKind.ORGANIZATION_CHANGED, by=by, acting_for=acting_for, changes=changes)


def _add(organization: Organization | None, days: Iterable[tuple[date, str]]) -> int:
    there = {each.on: each for each in holidays_of(organization)}
    changed = 0
    for day, name in days:
        if day not in there:
            db.session.add(
                Holiday(organization_id=organization.id if organization else None, on=day, name=name)
            )
            changed += 1
        elif there[day].name != name:
            there[day].name = name
            changed += 1
    return changed


def _remove(organization: Organization | None, ids: Collection[int]) -> int:
    gone = [each for each in holidays_of(organization) if each.id in ids]
    for each in gone:
        db.session.delete(each)
    db.session.flush()
    return len(gone)


def _open(organization: Organization | None, *, after: int) -> Sequence[Assignment]:
    query = (
        sa.select(Assignment)
        .join(Assignment.feedback)
        .where(Assignment.state.in_(OPEN), Assignment.id > after)
    )
    if organization is not None:
        query = query.where(Assignment.organization_id == organization.id)
    shown = contains_eager(Assignment.feedback).load_only(Feedback.state, Feedback.waiting_since)
    ordered = query.options(shown).order_by(Assignment.id).limit(AT_ONCE)
    return db.session.scalars(ordered.with_for_update(of=Assignment)).all()


def _logs(feedback_ids: Collection[int]) -> dict[int, list[Event]]:
    found: dict[int, list[Event]] = defaultdict(list)
    query = sa.select(Event).where(Event.feedback_id.in_(feedback_ids)).order_by(Event.id)
    for each in db.session.scalars(query):
        found[each.feedback_id or 0].append(each)
    return found
