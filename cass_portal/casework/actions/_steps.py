"""Steps that several acts share."""

from typing import Any

from sqlalchemy.orm.attributes import flag_modified

from cass_portal.casework.models import Assignment
from cass_portal.history import Audience, Event, EventKind, record


def touch(row: Any) -> None:
    """Count a new version of `row` even where no column of it changes: two people at once must meet."""
    flag_modified(row, "state")


def record_on(
    assignment: Assignment,
    kind: EventKind,
    *,
    by: Any,
    audience: Audience = Audience.STAFF,
    note: str | None = None,
    **detail: Any,
) -> Event:
    """The one event of an act on an assignment: its subject is the matter, spoken for the organization."""
    item = assignment.feedback
    acting_for = assignment.organization if assignment.organization_id in by.organization_ids else None
    return record(
        item,
        kind,
        by=by,
        acting_for=acting_for,
        audience=audience,
        note=note,
        assignment=assignment,
        **detail,
    )
