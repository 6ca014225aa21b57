"""Acts on the directory: apply a catalog, and what leads and administrators keep themselves."""

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from cass_portal.clock import today
from cass_portal.db import db
from cass_portal.directory import queries
from cass_portal.directory.lifecycle import Level
from cass_portal.directory.models import (
    Area,
    Organization,
    Product,
    ProductArea,
    ProductLink,
    Stewardship,
    Topic,
    TopicOwner,
    WorkingGroup,
)
from cass_portal.directory.records import AreaRecord, Change, GroupRecord, MemberRecord, ProductRecord
from cass_portal.history import EventKind, record
from cass_portal.policy import Permission, require
from cass_portal.text import slug


class NoCurrentOwner(Exception):
    """A topic needs at least one current member, or nobody could be suggested for it."""


def apply(changes: Sequence[Change], *, by: Any) -> list[Organization]:
    """Carry out what `records.differences` found; one event for each organization it concerns.

    Nothing is deleted: a member that departs becomes former, a product is retired. Returned are the
    organizations that departed now; their open assignments are another room's affair.
    """
    departed = []
    for change in changes:
        row = _APPLY[type(change.after)](change.after)
        db.session.flush()
        if "level" in change.fields and change.after.level == Level.FORMER:  # type: ignore[union-attr]
            departed.append(row)
    for short_name, said in _by_organization(changes).items():
        organization = _organizations()[short_name]
        record(organization, EventKind.ORGANIZATION_CHANGED, by=by, changes=said)
    return departed


def edit_organization(
    organization: Organization,
    *,
    contact_email: str | None,
    answers_need_second_person: bool,
    acknowledge_days: int,
    answer_days: int,
    by: Any,
) -> None:
    """Set the contact point and the policies an organization gives itself. Nothing happens where nothing differs."""
    require(by, Permission.ORGANIZATION_MANAGE, organization)
    wanted = {
        "contact_email": contact_email,
        "answers_need_second_person": answers_need_second_person,
        "acknowledge_days": acknowledge_days,
        "answer_days": answer_days,
    }
    changed = [name for name, value in wanted.items() if getattr(organization, name) != value]
    if not changed:
        return
    for name in changed:
        setattr(organization, name, wanted[name])
    acting_for = organization if organization.id in by.organization_ids else None
    record(organization, EventKind.ORGANIZATION_CHANGED, by=by, acting_for=acting_for, changes=changed)


def edit_topic(
    topic: Topic,
    *,
    description: str,
    position: int,
    organizations: Sequence[Organization],
    working_groups: Sequence[WorkingGroup],
    by: Any,
) -> None:
    """Say what a topic is, who looks after it and the how-manieth it is. Raises NotPermitted, NoCurrentOwner."""
    require(by, Permission.DIRECTORY_EDIT, topic)
    if all(each.is_former for each in organizations):
        raise NoCurrentOwner
    before = (topic.description, topic.organizations, topic.working_groups, topic.position)
    topic.description = description
    if (topic.organizations, topic.working_groups) != (list(organizations), list(working_groups)):
        _own(topic, organizations, working_groups)
    _move(topic, to=position)
    if before != (topic.description, topic.organizations, topic.working_groups, topic.position):
        record(topic, EventKind.TOPIC_CHANGED, by=by)


def add_topic(
    *, slug: str, name: str, description: str, organizations: Sequence[Organization],
    working_groups: Sequence[WorkingGroup], by: Any,
) -> Topic:  # fmt: skip
    """A topic after those there are. Who may is the caller's affair: topics come with the portal."""
    last = db.session.scalar(sa.select(sa.func.max(Topic.position)))
    topic = Topic(slug=slug, name=name, description=description, position=0 if last is None else last + 1)
    _own(topic, organizations, working_groups)
    db.session.add(topic)
    db.session.flush()
    record(topic, EventKind.TOPIC_CHANGED, by=by)
    return topic


def _own(topic: Topic, organizations: Sequence[Organization], working_groups: Sequence[WorkingGroup]) -> None:
    owners = [TopicOwner(organization=each) for each in organizations]
    owners += [TopicOwner(working_group=each) for each in working_groups]
    for position, owner in enumerate(owners):
        owner.position = position
    topic.owners = owners


def _move(topic: Topic, *, to: int) -> None:
    """Put `topic` at place `to` (from 0) and number the others around it."""
    others = [each for each in queries.topics() if each is not topic]
    others.insert(max(0, min(to, len(others))), topic)
    for position, each in enumerate(others):
        if each.position != position:
            each.position = position


def _by_organization(changes: Sequence[Change]) -> dict[str, list[str]]:
    """What was said of each organization that still or newly is in the directory."""
    said: dict[str, list[str]] = {}
    for change in changes:
        for short_name in sorted(change.organizations):
            said.setdefault(short_name, []).append(str(change))
    return said


def _organizations() -> dict[str, Organization]:
    return {each.short_name: each for each in db.session.scalars(sa.select(Organization))}


def _row(model: Any, column: Any, key: str) -> Any:
    """The row of that key, or a new one."""
    row = db.session.scalar(sa.select(model).where(column == key))
    if row is None:
        row = model(**{column.key: key})
        db.session.add(row)
    return row


def _member(given: MemberRecord) -> Organization:
    row = _row(Organization, Organization.short_name, given.key)
    row.name, row.level, row.website = given.name, given.level, given.website
    if given.level != Level.FORMER:
        row.former_since = None
    elif row.former_since is None:
        row.former_since = today()
    return row


def _area(given: AreaRecord) -> Area:
    row = _row(Area, Area.name, given.key)
    row.position = given.position
    return row


def _group(given: GroupRecord) -> WorkingGroup:
    row = _row(WorkingGroup, WorkingGroup.key, given.key)
    row.name, row.status, row.status_on = given.name, given.status, given.status_on
    return row


def _product(given: ProductRecord) -> Product:
    with db.session.no_autoflush:
        row = _row(Product, Product.key, given.key)
        row.slug = row.slug or _free_slug(given)
        for name in ("name", "published", "license_spdx", "foundation", "openssf_id"):
            setattr(row, name, getattr(given, name))
        row.spack_names, row.e4s_names = list(given.spack_names), list(given.e4s_names)
        row.retired_on = (row.retired_on or today()) if given.retired else None
        _relate(row, given)
    return row


def _relate(row: Product, given: ProductRecord) -> None:
    """Stewards, areas and links in the order given; rows that stay are kept, so that no key is taken twice."""
    members, fields = _organizations(), {each.name: each for each in queries.areas()}
    stewards = {each.organization: each for each in row.stewardships}
    lying = {each.area: each for each in row.product_areas}
    wanted = [members[each] for each in given.stewards]
    row.stewardships = [stewards.get(each) or Stewardship(organization=each) for each in wanted]
    row.product_areas = [lying.get(fields[each]) or ProductArea(area=fields[each]) for each in given.areas]
    if [(each.label, each.url) for each in row.links] != list(given.links):
        row.links = [ProductLink(label=label, url=url) for label, url in given.links]
    ordered: list[Any] = [row.stewardships, row.product_areas, row.links]
    for position, each in ((i, each) for related in ordered for i, each in enumerate(related)):
        each.position = position


def _free_slug(given: ProductRecord) -> str:
    """The address of a new product; topics share the namespace in the feedback form."""
    taken = {*db.session.scalars(sa.select(Product.slug)), *db.session.scalars(sa.select(Topic.slug))}
    wanted = slug(given.key) or slug(given.name) or "product"
    return next(
        each for n in range(1, len(taken) + 2) if (each := wanted if n == 1 else f"{wanted}-{n}") not in taken
    )


_APPLY: dict[type, Callable[[Any], Any]] = {
    MemberRecord: _member,
    AreaRecord: _area,
    GroupRecord: _group,
    ProductRecord: _product,
}
