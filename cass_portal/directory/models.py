"""Who answers for what: organizations, products, areas, working groups and topics. Nothing is ever deleted."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.db import Json, Model, Versioned, enum_type
from cass_portal.directory.lifecycle import GroupStatus, Level
from cass_portal.workdays import Calendar


class Organization(Versioned, Model):
    """A member organization. `answers_need_second_person` and the day counts are its own policies.

    `words` and `not_ours` are what it says of itself to those who route: words of its field, and of what it does not
    look after. `route_above`: feedback is sent to it without a coordinator where the suggestion is at least so sure
    (0 to 1; None, the default: never). `workdays` are its days of work (Monday 0), in `time_zone`.
    """

    __tablename__ = "organization"

    id: Mapped[int] = mapped_column(primary_key=True)
    short_name: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name: Mapped[str]
    level: Mapped[Level] = mapped_column(enum_type(Level))
    website: Mapped[str | None]
    contact_email: Mapped[str | None]
    answers_need_second_person: Mapped[bool] = mapped_column(default=False)
    acknowledge_days: Mapped[int] = mapped_column(default=5)
    answer_days: Mapped[int] = mapped_column(default=15)
    former_since: Mapped[date | None]
    words: Mapped[list[str]] = mapped_column(default=list)
    not_ours: Mapped[list[str]] = mapped_column(default=list)
    route_above: Mapped[float | None]
    time_zone: Mapped[str] = mapped_column(sa.String(64), default="UTC")
    workdays: Mapped[list[int]] = mapped_column(Json, default=lambda: [0, 1, 2, 3, 4])

    stewardships: Mapped[list["Stewardship"]] = relationship(back_populates="organization")
    holidays: Mapped[list["Holiday"]] = relationship(order_by="Holiday.on", cascade="all, delete-orphan")

    days_off: Mapped[list["Holiday"]] = relationship(
        primaryjoin=lambda: sa.or_(
            sa.orm.foreign(Holiday.organization_id) == Organization.id, Holiday.organization_id.is_(None)
        ),
        viewonly=True,
    )
    """Its own holidays and those of everybody."""

    @property
    def calendar(self) -> Calendar:
        return Calendar(
            self.time_zone, frozenset(self.workdays), frozenset(each.on for each in self.days_off)
        )

    @property
    def organization_ids(self) -> frozenset[int]:
        return frozenset({self.id})

    @property
    def is_former(self) -> bool:
        return self.level == Level.FORMER


class Holiday(Model):
    """A day on which an organization does not work; without an organization, nobody does."""

    __tablename__ = "holiday"
    __table_args__ = (sa.UniqueConstraint("organization_id", "on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"))
    on: Mapped[date]
    name: Mapped[str] = mapped_column(sa.String(120))


class Area(Model):
    """A field of the catalog; `position` is the order the Consortium gives the areas."""

    __tablename__ = "area"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120), unique=True)
    position: Mapped[int]


class Product(Versioned, Model):
    """A catalog entry. `key` is the stem of its file in the site repository and never changes.

    `published` False: hidden from the public, still routable. `retired_on`: no longer in the catalog.
    """

    __tablename__ = "product"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(120), unique=True)
    slug: Mapped[str] = mapped_column(sa.String(120), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    published: Mapped[bool] = mapped_column(default=True)
    license_spdx: Mapped[str | None]
    foundation: Mapped[str | None]
    spack_names: Mapped[list[str]] = mapped_column(default=list)
    e4s_names: Mapped[list[str]] = mapped_column(default=list)
    openssf_id: Mapped[int | None]
    retired_on: Mapped[date | None]

    stewardships: Mapped[list["Stewardship"]] = relationship(
        back_populates="product", order_by="Stewardship.position", cascade="all, delete-orphan"
    )
    product_areas: Mapped[list["ProductArea"]] = relationship(
        order_by="ProductArea.position", cascade="all, delete-orphan"
    )
    links: Mapped[list["ProductLink"]] = relationship(
        order_by="ProductLink.position", cascade="all, delete-orphan"
    )

    @property
    def stewards(self) -> list[Organization]:
        return [each.organization for each in self.stewardships]

    @property
    def areas(self) -> list[Area]:
        return [each.area for each in self.product_areas]

    @property
    def is_listed(self) -> bool:
        """Whether the public may see it."""
        return self.published and self.retired_on is None


class Stewardship(Model):
    __tablename__ = "stewardship"

    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id"), primary_key=True)
    organization_id: Mapped[int] = mapped_column(
        sa.ForeignKey("organization.id"), primary_key=True, index=True
    )
    position: Mapped[int]

    product: Mapped[Product] = relationship(back_populates="stewardships")
    organization: Mapped[Organization] = relationship(back_populates="stewardships")


class ProductArea(Model):
    __tablename__ = "product_area"

    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id"), primary_key=True)
    area_id: Mapped[int] = mapped_column(sa.ForeignKey("area.id"), primary_key=True, index=True)
    position: Mapped[int]

    area: Mapped[Area] = relationship()


class ProductLink(Model):
    __tablename__ = "product_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id"), index=True)
    label: Mapped[str]
    url: Mapped[str]
    position: Mapped[int]


class WorkingGroup(Model):
    __tablename__ = "working_group"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(120), unique=True)
    name: Mapped[str]
    status: Mapped[GroupStatus] = mapped_column(enum_type(GroupStatus))
    status_on: Mapped[date | None]


class Topic(Versioned, Model):
    """A cross-cutting subject that organizations and working groups look after."""

    __tablename__ = "topic"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(120), unique=True)
    name: Mapped[str]
    description: Mapped[str]
    position: Mapped[int]

    owners: Mapped[list["TopicOwner"]] = relationship(
        order_by="TopicOwner.position", cascade="all, delete-orphan"
    )

    @property
    def organizations(self) -> list[Organization]:
        return [each.organization for each in self.owners if each.organization is not None]

    @property
    def working_groups(self) -> list[WorkingGroup]:
        return [each.working_group for each in self.owners if each.working_group is not None]


class TopicOwner(Model):
    """An organization or a working group that looks after a topic; exactly one of the two."""

    __tablename__ = "topic_owner"
    __table_args__ = (
        sa.CheckConstraint("(organization_id IS NULL) <> (working_group_id IS NULL)", name="one_owner"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    topic_id: Mapped[int] = mapped_column(sa.ForeignKey("topic.id"), index=True)
    organization_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"))
    working_group_id: Mapped[int | None] = mapped_column(sa.ForeignKey("working_group.id"))
    position: Mapped[int]

    organization: Mapped[Organization | None] = relationship()
    working_group: Mapped[WorkingGroup | None] = relationship()


class CatalogImport(Model):
    """The last catalog that was applied: where from and its digest, so that a start need not read it again."""

    __tablename__ = "catalog_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    digest: Mapped[str] = mapped_column(sa.String(64))
    applied_at: Mapped[datetime]
    counts: Mapped[dict[str, Any]]
