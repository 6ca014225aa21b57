"""Whether the federation takes a matter, who may read it, and where it goes when it is not the federation's."""

from collections.abc import Sequence
from typing import Any

from cass_portal.casework.actions._steps import touch
from cass_portal.casework.decided import last_of, open_states, restore_open, was_accepted
from cass_portal.casework.refusals import (
    AnswersOthers,
    MarkedSo,
    NothingToUndo,
    StillWithMembers,
    WiderThanAllowed,
)
from cass_portal.casework.rejections import RejectionKind
from cass_portal.clock import now
from cass_portal.directory.models import Product, Topic
from cass_portal.feedback.joining import heard_by_others, let_go
from cass_portal.feedback.lifecycle import FEEDBACK, Moderation
from cass_portal.feedback.models import NARROWNESS, Feedback, Visibility
from cass_portal.feedback.turns import take_turn, take_turn_with_joined
from cass_portal.history import Audience, EventKind, record
from cass_portal.policy import Permission, require


def accept(item: Feedback, *, by: Any) -> None:
    """A held item is genuine and decent: it may be routed."""
    require(by, Permission.FEEDBACK_MODERATE, item)
    take_turn(item)
    FEEDBACK.after("accept", item.state)
    item.moderation = Moderation.ACCEPTED
    record(item, EventKind.FEEDBACK_ACCEPTED, by=by, audience=Audience.STAKEHOLDER)
    item.settle()


def undo_accept(item: Feedback, *, by: Any) -> None:
    """It was accepted by mistake and is held again; nobody has it yet. Raises NothingToUndo."""
    require(by, Permission.FEEDBACK_MODERATE, item)
    take_turn(item)
    FEEDBACK.after("undo_accept", item.state)
    if not may_undo_accept(item):
        raise NothingToUndo("nobody accepted it by hand, or a member has had it since")
    item.moderation, item.published_at = Moderation.HELD, None
    record(item, EventKind.FEEDBACK_ACCEPT_UNDONE, by=by)
    item.settle()


def may_undo_accept(item: Feedback) -> bool:
    """Whether a coordinator's acceptance stands and nothing came of it yet."""
    is_new = FEEDBACK.allows("undo_accept", item.state)
    return is_new and not item.assignments and was_accepted(item)


def reject(item: Feedback, *, reason: str, by: Any, kind: RejectionKind = RejectionKind.OTHER) -> None:
    """The federation will not look into it; the stakeholder reads `reason`. The look at texts learns from `kind`."""
    require(by, Permission.FEEDBACK_MODERATE, item)
    take_turn_with_joined(item)
    FEEDBACK.after("reject", item.state)
    before = {"moderation": item.moderation.value, "open": open_states(item)}
    item.moderation = Moderation.REJECTED
    item.closing_reason = reason
    item.drop_assignments()
    let_go(item)
    record(
        item,
        EventKind.FEEDBACK_REJECTED,
        by=by,
        audience=Audience.STAKEHOLDER,
        note=reason,
        why=kind.value,
        before=before,
    )
    item.settle()


def undo_reject(item: Feedback, *, by: Any) -> None:
    """It was rejected by mistake and stands again as it did; a stakeholder who was told so is told again.

    Members that were only informed are so again. Raises NothingToUndo.
    """
    require(by, Permission.FEEDBACK_MODERATE, item)
    take_turn(item)
    FEEDBACK.after("undo_reject", item.state)
    undone = last_of(item, EventKind.FEEDBACK_REJECTED)
    if undone is None:
        raise NothingToUndo("the history holds no rejection of it")
    before = undone.detail.get("before", {})
    item.moderation = Moderation(before.get("moderation", Moderation.HELD))
    item.closing_reason = None
    restore_open(item, before.get("open", {}))
    touch(item)
    record(
        item,
        EventKind.FEEDBACK_REJECT_UNDONE,
        by=by,
        audience=Audience.STAKEHOLDER,
        why=undone.detail.get("why"),
        undone=undone.id,
    )
    item.settle()


def change_about(item: Feedback, *, products: Sequence[Product], topics: Sequence[Topic], by: Any) -> bool:
    """What it is about, as a coordinator reads it: routing and the lists depend on it. Whether anything changed."""
    require(by, Permission.FEEDBACK_ROUTE, item)
    take_turn(item)
    FEEDBACK.after("change_about", item.state)
    before: set[Any] = {*item.products, *item.topics}
    after: set[Any] = {*products, *topics}
    if before == after:
        return False
    item.products, item.topics = list(products), list(topics)
    touch(item)
    record(
        item,
        EventKind.FEEDBACK_ABOUT_CHANGED,
        by=by,
        added=sorted(each.name for each in after - before),
        removed=sorted(each.name for each in before - after),
    )
    item.settle()
    return True


def deflect(item: Feedback, *, to: str, reason: str, by: Any) -> None:
    """Somewhere else helps better: `to` is its address, `reason` the words for the stakeholder."""
    require(by, Permission.FEEDBACK_DEFLECT, item)
    take_turn_with_joined(item)
    FEEDBACK.after("deflect", item.state)
    item.moderation = Moderation.DEFLECTED
    item.deflected_to, item.closing_reason = to, reason
    item.drop_assignments()
    let_go(item)
    record(item, EventKind.FEEDBACK_DEFLECTED, by=by, audience=Audience.STAKEHOLDER, note=reason, to=to)
    item.settle()


def narrow(item: Feedback, visibility: Visibility, *, by: Any, reason: str | None = None) -> None:
    """Who may read it from now on. Never wider than the stakeholder chose; what is not public leaves the public list.

    Raises WiderThanAllowed; StillWithMembers where a member that has it could no longer read it, AnswersOthers where
    the author of a duplicate would be given an answer that is for coordinators and its own author.
    """
    require(by, Permission.FEEDBACK_NARROW, item)
    take_turn_with_joined(item)
    FEEDBACK.after("narrow", item.state)
    if NARROWNESS.index(visibility) < NARROWNESS.index(item.author_visibility):
        raise WiderThanAllowed("the stakeholder did not agree to more readers than they chose")
    if visibility == Visibility.COORDINATORS and item.organization_ids:
        raise StillWithMembers("members have this matter; waive or take back their assignments first")
    if visibility == Visibility.COORDINATORS and heard_by_others(item, item):
        raise AnswersOthers(
            "matters of other authors are joined with it, who would be given its answer; take them apart first"
        )
    before, item.visibility = item.visibility, visibility
    if visibility != Visibility.PUBLIC:
        item.published_at = None
    touch(item)
    record(item, EventKind.FEEDBACK_NARROWED, by=by, note=reason, before=before.value, after=visibility.value)
    item.settle()


def publish_item(item: Feedback, *, by: Any) -> None:
    """Show it on the public list: its author chose public, and now a coordinator agrees.

    Raises WiderThanAllowed unless both the author's choice and the present visibility are public, MarkedSo where it
    is there already.
    """
    require(by, Permission.FEEDBACK_MODERATE, item)
    take_turn(item)
    FEEDBACK.after("publish", item.state)
    if {item.author_visibility, item.visibility} != {Visibility.PUBLIC}:
        raise WiderThanAllowed(
            "only what its author made public, and nobody narrowed, goes on the public list"
        )
    if item.published_at is not None:
        raise MarkedSo("it is on the public list already")
    item.published_at = now()
    record(item, EventKind.FEEDBACK_PUBLISHED, by=by, audience=Audience.STAKEHOLDER)
    item.settle()
