"""One event of each kind that webhooks are told of, as the acts would leave it: ALPHA's matters, beside BRAVO's."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cass_portal.announcements.lifecycle import EditionState, ProductLevel, Stage
from cass_portal.announcements.models import AnnouncementKind
from cass_portal.casework.lifecycle import AssignmentState
from cass_portal.clock import now
from cass_portal.history import Event, EventKind, record
from cass_portal.policy import STAKEHOLDER, SYSTEM
from tests import factories

K = EventKind
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
CANARY = "zanzibarcanary"
ANNOUNCED = (
    K.ANNOUNCEMENT_PUBLISHED, K.ANNOUNCEMENT_PUBLISHED_AT_ONCE, K.ANNOUNCEMENT_UPDATED, K.ANNOUNCEMENT_WITHDRAWN,
    K.ANNOUNCEMENT_REINSTATED,
)  # fmt: skip
ANSWERED = (K.FEEDBACK_REPLY_RELEASED, K.FEEDBACK_PUBLISHED)
OF_MEMBERS = (
    K.ASSIGNMENT_SENT, K.FEEDBACK_REPLIED, K.FEEDBACK_VERDICT_GIVEN, K.ASSIGNMENT_REFUSAL_ACCEPTED,
    K.ASSIGNMENT_REFUSAL_DECLINED,
)  # fmt: skip
IN_TRIAGE = (
    K.FEEDBACK_SUBMITTED, K.FEEDBACK_CONFIRMED, K.ASSIGNMENT_RETURNED_TO_TRIAGE, K.ASSIGNMENT_REFUSAL_PROPOSED,
    K.ASSIGNMENT_ANSWERED,
)  # fmt: skip
TROUBLE = (K.DELIVERY_BOUNCED, K.DELIVERY_UNPROVEN, K.HOOK_GIVEN_UP)
EVERY = (*ANNOUNCED, *ANSWERED, *OF_MEMBERS, *IN_TRIAGE, *TROUBLE)


@dataclass
class World:
    """ALPHA stewards the product; `text` is in everything that a person wrote."""

    alpha: Any
    lead: Any
    editor: Any
    product: Any
    text: str


def world(alpha: Any, lead: Any, text: str = "Letters are bigger now") -> World:
    product = factories.product("Alphabet", stewards=[alpha])
    return World(alpha, lead, factories.coordinator(f"Cora {text}"[:100]), product, text)


def happen(kind: EventKind, world: World) -> Event:
    if kind in ANNOUNCED:
        return _announced(kind, world)
    if kind in ANSWERED:
        return _answered(kind, world)
    if kind in OF_MEMBERS:
        return _of_members(kind, world)
    if kind in IN_TRIAGE:
        return _in_triage(kind, world)
    return _trouble(kind, world)


def _announced(kind: EventKind, world: World) -> Event:
    state = EditionState.WITHDRAWN if kind == K.ANNOUNCEMENT_WITHDRAWN else EditionState.PUBLISHED
    notice: dict[str, Any] = {}
    if kind in (K.ANNOUNCEMENT_UPDATED, K.ANNOUNCEMENT_PUBLISHED_AT_ONCE):
        levels = {world.product: ProductLevel.DEGRADED}
        notice = {"kind": AnnouncementKind.STATUS, "stage": Stage.INVESTIGATING, "levels": levels}
    row = factories.announcement(
        world.text, by=world.editor, state=state, slug="letters-are-bigger-now", organizations=[world.alpha],
        products=[world.product], body=f"{CANARY} in the text", **notice,
    )  # fmt: skip
    more = {"stage": Stage.MONITORING.value} if kind == K.ANNOUNCEMENT_UPDATED else {}
    return record(row, kind, by=world.editor, note=f"{CANARY} note", edition=1, **more)


def _answered(kind: EventKind, world: World) -> Event:
    item = factories.public_feedback(world.text, reference="CASS-7K3M", products=[world.product], **_person())
    of = factories.assignment(item, world.alpha, state=AssignmentState.ANSWERED)
    factories.answer(of, world.lead, text=f"{CANARY} answer", released_at=now())
    item.reply_released_at = now()
    item.settle()
    return record(item, kind, by=world.editor, note=f"{CANARY} note")


def _of_members(kind: EventKind, world: World) -> Event:
    item = _private(world)
    state = AssignmentState.REFUSED if kind == K.ASSIGNMENT_REFUSAL_ACCEPTED else AssignmentState.ACKNOWLEDGED
    of = factories.assignment(item, world.alpha, state=state, reason=f"{CANARY} reason")
    item.settle()
    is_stakeholders = kind in (K.FEEDBACK_REPLIED, K.FEEDBACK_VERDICT_GIVEN)
    by = STAKEHOLDER if is_stakeholders else world.editor
    of_event = None if is_stakeholders else of
    return record(item, kind, by=by, note=f"{CANARY} note", assignment=of_event, role="lead")


def _in_triage(kind: EventKind, world: World) -> Event:
    item = _private(world, confirmed_at=None if kind == K.FEEDBACK_SUBMITTED else now())
    if kind in (K.FEEDBACK_SUBMITTED, K.FEEDBACK_CONFIRMED):
        return record(item, kind, by=STAKEHOLDER, note=f"{CANARY} note")
    state = {
        K.ASSIGNMENT_RETURNED_TO_TRIAGE: AssignmentState.RETURNED,
        K.ASSIGNMENT_REFUSAL_PROPOSED: AssignmentState.REFUSAL_PROPOSED,
        K.ASSIGNMENT_ANSWERED: AssignmentState.ANSWERED,
    }[kind]
    of = factories.assignment(item, world.alpha, state=state, refusal_reason=f"{CANARY} refusal")
    item.settle()
    return record(item, kind, by=world.lead, note=f"{CANARY} note", assignment=of)


def _trouble(kind: EventKind, world: World) -> Event:
    if kind == K.DELIVERY_BOUNCED:
        return record(_private(world), kind, by=SYSTEM, note=f"{CANARY} note")
    if kind == K.DELIVERY_UNPROVEN:
        return record(world.editor, kind, by=SYSTEM, address=f"{CANARY}@example.org")
    broken = factories.hook(world.alpha, by=world.lead, name=f"{CANARY} hook", kinds=[])
    return record(world.alpha, kind, by=SYSTEM, note=f"{CANARY} note", hook=broken.id, name=broken.name)


def _private(world: World, **fields: Any) -> Any:
    return factories.feedback(
        f"{CANARY} subject", reference="CASS-7K3M", products=[world.product],
        **(_person() | fields),
    )  # fmt: skip


def _person() -> dict[str, str]:
    return {
        "name": f"{CANARY} name",
        "email": f"{CANARY}@example.org",
        "affiliation": f"{CANARY} affiliation",
        "body": f"{CANARY} body",
    }
