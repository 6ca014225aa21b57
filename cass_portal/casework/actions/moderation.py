"""Whether the federation takes a matter, who may read it, and where it goes when it is not the federation's."""

from typing import Any

from cass_portal.casework.actions._steps import touch
from cass_portal.casework.refusals import StillWithMembers, WiderThanAllowed
from cass_portal.clock import now
from cass_portal.feedback.lifecycle import FEEDBACK, Moderation
from cass_portal.feedback.models import NARROWNESS, Feedback, Visibility
from cass_portal.history import Audience, EventKind, record
from cass_portal.policy import Permission, require


def accept(item: Feedback, *, by: Any) -> None:
    """A held item is genuine and decent: it may be routed."""
    require(by, Permission.FEEDBACK_MODERATE, item)
    FEEDBACK.after("accept", item.state)
    item.moderation = Moderation.ACCEPTED
    record(item, EventKind.FEEDBACK_ACCEPTED, by=by, audience=Audience.STAKEHOLDER)
    item.settle()


def reject(item: Feedback, *, reason: str, by: Any) -> None:
    """The federation will not look into it; the stakeholder reads `reason`."""
    require(by, Permission.FEEDBACK_MODERATE, item)
    FEEDBACK.after("reject", item.state)
    item.moderation = Moderation.REJECTED
    item.closing_reason = reason
    item.drop_assignments()
    record(item, EventKind.FEEDBACK_REJECTED, by=by, audience=Audience.STAKEHOLDER, note=reason)
    item.settle()


def deflect(item: Feedback, *, to: str, reason: str, by: Any) -> None:
    """Somewhere else helps better: `to` is its address, `reason` the words for the stakeholder."""
    require(by, Permission.FEEDBACK_DEFLECT, item)
    FEEDBACK.after("deflect", item.state)
    item.moderation = Moderation.DEFLECTED
    item.deflected_to, item.closing_reason = to, reason
    item.drop_assignments()
    record(item, EventKind.FEEDBACK_DEFLECTED, by=by, audience=Audience.STAKEHOLDER, note=reason, to=to)
    item.settle()


def narrow(item: Feedback, visibility: Visibility, *, by: Any, reason: str | None = None) -> None:
    """Who may read it from now on. Never wider than the stakeholder chose; what is not public leaves the public list.

    Raises WiderThanAllowed; StillWithMembers where a member that has it could no longer read it.
    """
    require(by, Permission.FEEDBACK_NARROW, item)
    FEEDBACK.after("narrow", item.state)
    if NARROWNESS.index(visibility) < NARROWNESS.index(item.author_visibility):
        raise WiderThanAllowed("the stakeholder did not agree to more readers than they chose")
    if visibility == Visibility.COORDINATORS and item.organization_ids:
        raise StillWithMembers("members have this matter; waive or take back their assignments first")
    before, item.visibility = item.visibility, visibility
    if visibility != Visibility.PUBLIC:
        item.published_at = None
    touch(item)
    record(item, EventKind.FEEDBACK_NARROWED, by=by, note=reason, before=before.value, after=visibility.value)
    item.settle()


def publish_item(item: Feedback, *, by: Any) -> None:
    """Show it on the public list: its author chose public, and now a coordinator agrees.

    Raises WiderThanAllowed unless both the author's choice and the present visibility are public.
    """
    require(by, Permission.FEEDBACK_MODERATE, item)
    FEEDBACK.after("publish", item.state)
    if {item.author_visibility, item.visibility} != {Visibility.PUBLIC}:
        raise WiderThanAllowed(
            "only what its author made public, and nobody narrowed, goes on the public list"
        )
    item.published_at = item.published_at or now()
    touch(item)
    record(item, EventKind.FEEDBACK_PUBLISHED, by=by, audience=Audience.STAKEHOLDER)
    item.settle()
