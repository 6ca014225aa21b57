"""Acts on the directory: apply a catalog, and what leads and administrators keep themselves."""

from collections.abc import Callable, Iterator, Sequence
from itertools import count
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
from cass_portal.directory.records import AreaRecord, Change, GroupRecord, MemberRecord, ProductRecord, Record
from cass_portal.directory.turns import hold_member
from cass_portal.history import EventKind, record
from cass_portal.policy import Permission, require
from cass_portal.text import slug
from cass_portal.transitions import ActRefused


class NoCurrentOwner(Exception):
    """A topic needs at least one current member, or nobody could be suggested for it."""


def apply(changes: Sequence[Change], *, by: Any) -> list[Organization]:
    """Carry out what `records.differences` found; one event for each organization it concerns.

    Nothing is deleted: a member that departs becomes former, a product is retired. Returned are the
    organizations that departed now; their open assignments are another room's affair.
    """
    rows = _Rows()
    departed = []
    for change in changes:
        row = rows.write(change.after)
        if "level" in change.fields and row.level == Level.FORMER:
            departed.append(row)
    for short_name, said in _by_organization(changes).items():
        record(rows.organizations[short_name], EventKind.ORGANIZATION_CHANGED, by=by, changes=said)
    db.session.flush()
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


def edit_profile(
    organization: Organization, *, words: Sequence[str], not_ours: Sequence[str], by: Any
) -> None:
    """Set the words by which matters find an organization, and those that are often taken for its own and are not."""
    require(by, Permission.ORGANIZATION_MANAGE, organization)
    wanted = {"words": list(words), "not_ours": list(not_ours)}
    changed = [name for name, value in wanted.items() if getattr(organization, name) != value]
    if not changed:
        return
    for name in changed:
        setattr(organization, name, wanted[name])
    acting_for = organization if organization.id in by.organization_ids else None
    record(organization, EventKind.ORGANIZATION_CHANGED, by=by, acting_for=acting_for, changes=changed)


def route_by_rule_above(organization: Organization, confidence: float | None, *, by: Any) -> None:
    """From which confidence (0 to 1) on the system routes to a member by itself; None: never."""
    require(by, Permission.ROUTING_MANAGE, organization)
    if organization.route_above == confidence:
        return
    before, organization.route_above = organization.route_above, confidence
    record(organization, EventKind.ROUTING_CHANGED, by=by, before=before, after=confidence)


class StillOwes(ActRefused):
    """An organization that still owes answers cannot leave before somebody takes them over."""


def leave(organization: Organization, *, owing: Callable[[Organization], int], by: Any) -> None:
    """It is no member any more; nothing of it is deleted. `owing` counts what is open there. Raises StillOwes."""
    require(by, Permission.DIRECTORY_EDIT, organization)
    hold_member(organization)
    if owes := owing(organization):
        raise StillOwes(
            f"{organization.short_name} still owes {owes} answers: choose who takes them over first"
        )
    if organization.is_former:
        return
    organization.level, organization.former_since = Level.FORMER, today()
    record(organization, EventKind.ORGANIZATION_CHANGED, by=by, changes=["level"])


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
    _number(owners)
    topic.owners = owners


def _move(topic: Topic, *, to: int) -> None:
    """Put `topic` at place `to` (from 0) and number the others around it."""
    others = [each for each in queries.topics() if each is not topic]
    others.insert(max(0, min(to, len(others))), topic)
    _number(others)


def _by_organization(changes: Sequence[Change]) -> dict[str, list[str]]:
    """What was said of each organization that still or newly is in the directory."""
    said: dict[str, list[str]] = {}
    for change in changes:
        for short_name in sorted(change.organizations):
            said.setdefault(short_name, []).append(str(change))
    return said


class _Rows:
    """The directory's rows by key, read once, and how a record is written into its row."""

    def __init__(self) -> None:
        self.organizations = {each.short_name: each for each in queries.organizations()}
        self.areas = {each.name: each for each in queries.areas()}
        self.groups = {each.key: each for each in queries.working_groups()}
        self.products = {each.key: each for each in queries.all_products()}
        self.slugs = {each.slug for each in self.products.values()} | {each.slug for each in queries.topics()}

    def write(self, given: Record) -> Any:
        match given:
            case MemberRecord():
                return self._member(given)
            case AreaRecord():
                return self._area(given)
            case GroupRecord():
                return self._group(given)
            case ProductRecord():
                return self._product(given)

    def _member(self, given: MemberRecord) -> Organization:
        row = _of(self.organizations, given.key, Organization, short_name=given.key)
        row.name, row.level, row.website = given.name, given.level, given.website
        if given.level != Level.FORMER:
            row.former_since = None
        elif row.former_since is None:
            row.former_since = today()
        return row

    def _area(self, given: AreaRecord) -> Area:
        row = _of(self.areas, given.key, Area, name=given.key)
        row.position = given.position
        return row

    def _group(self, given: GroupRecord) -> WorkingGroup:
        row = _of(self.groups, given.key, WorkingGroup, key=given.key)
        row.name, row.status, row.status_on = given.name, given.status, given.status_on
        return row

    def _product(self, given: ProductRecord) -> Product:
        row = _of(self.products, given.key, Product, key=given.key)
        row.slug = row.slug or self._free_slug(given)
        for name in ("name", "published", "license_spdx", "foundation", "openssf_id"):
            setattr(row, name, getattr(given, name))
        row.spack_names, row.e4s_names = list(given.spack_names), list(given.e4s_names)
        row.retired_on = (row.retired_on or today()) if given.retired else None
        self._relate(row, given)
        return row

    def _relate(self, row: Product, given: ProductRecord) -> None:
        """Stewards, areas and links as given; rows that stay are kept, so that no key is taken twice."""
        stewards = {each.organization: each for each in row.stewardships}
        fields = {each.area: each for each in row.product_areas}
        members = [self.organizations[each] for each in given.stewards]
        areas = [self.areas[each] for each in given.areas]
        row.stewardships = [stewards.get(each) or Stewardship(organization=each) for each in members]
        row.product_areas = [fields.get(each) or ProductArea(area=each) for each in areas]
        if [(each.label, each.url) for each in row.links] != list(given.links):
            row.links = [ProductLink(label=label, url=url) for label, url in given.links]
        for related in (row.stewardships, row.product_areas, row.links):
            _number(related)

    def _free_slug(self, given: ProductRecord) -> str:
        """The address of a new product; topics share the namespace in the feedback form."""
        wanted = slug(given.key) or slug(given.name) or "product"
        free = next(each for each in _numbered(wanted) if each not in self.slugs)
        self.slugs.add(free)
        return free


def _of(rows: dict[str, Any], identity: str, model: Any, **columns: str) -> Any:
    """The row of that identity, or a new one."""
    if identity not in rows:
        rows[identity] = model(**columns)
        db.session.add(rows[identity])
    return rows[identity]


def _number(rows: Sequence[Any]) -> None:
    """Say of each row its place; only what moves is touched."""
    for position, each in enumerate(rows):
        if each.position != position:
            each.position = position


def _numbered(word: str) -> Iterator[str]:
    yield word
    yield from (f"{word}-{n}" for n in count(2))
