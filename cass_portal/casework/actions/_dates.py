"""What a member promises: given with the act that hands it a matter, kept by the log from then on."""

from datetime import date
from typing import Any

from cass_portal.casework.models import Assignment
from cass_portal.casework.timekeeping import promises_of
from cass_portal.db import db


def promise(
    assignment: Assignment, *, acknowledge_by: date | None = None, answer_by: date | None = None
) -> dict[str, Any]:
    """Begin the member's promise now: by its own days, or until a date that somebody chose.

    Returned is what the event of the act has to say, for the log is what dates are computed from.
    """
    organization = assignment.organization
    with db.session.no_autoflush:
        own = promises_of(organization)
    assignment.acknowledge_by, assignment.answer_by = acknowledge_by or own[0], answer_by or own[1]
    said: dict[str, Any] = {
        "acknowledge_days": organization.acknowledge_days, "answer_days": organization.answer_days
    }  # fmt: skip
    if assignment.acknowledge_by != own[0]:
        said["acknowledge_by"] = assignment.acknowledge_by.isoformat()
    if assignment.answer_by != own[1]:
        said["answer_by"] = assignment.answer_by.isoformat()
    return said
