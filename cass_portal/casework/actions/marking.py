"""What a matter is, beside its kind: two products that do not work together."""

from typing import Any

from cass_portal.casework.actions._steps import touch
from cass_portal.casework.refusals import MarkedSo
from cass_portal.feedback.lifecycle import FEEDBACK
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.turns import take_turn
from cass_portal.history import Audience, EventKind, record
from cass_portal.policy import Permission, require


def mark_incompatibility(item: Feedback, *, is_one: bool, by: Any) -> None:
    """Say that its products do not work together, or take that back. Raises MarkedSo, TransitionRefused."""
    require(by, Permission.FEEDBACK_ROUTE, item)
    take_turn(item)
    FEEDBACK.after("mark", item.state)
    if item.is_incompatibility == is_one:
        raise MarkedSo("it is marked so already")
    item.is_incompatibility = is_one
    touch(item)
    record(item, EventKind.FEEDBACK_MARKED, by=by, audience=Audience.PUBLIC, is_incompatibility=is_one)
    item.settle()
