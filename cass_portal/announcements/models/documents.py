"""Announcements and their editions: what the public reads, and the digest that agreement is bound to."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.announcements.agreement import AgreementWay
from cass_portal.announcements.lifecycle import (
    OPEN,
    PROPOSALS,
    PUBLIC,
    AnnouncementKind,
    EditionState,
    ProductLevel,
    SignOffStance,
    Stage,
)
from cass_portal.db import Model, Versioned, enum_type
from cass_portal.directory.models import Organization, Product
from cass_portal.feedback.models import Feedback
from cass_portal.people.models import Person

if TYPE_CHECKING:
    from cass_portal.announcements.models.votes import AgreementPolicy, Ballot, SignOff
    from cass_portal.announcements.models.writing import CheckedLink


OPEN_ONES = "state IN ('draft', 'in_sign_off', 'discussion', 'returned', 'agreed', 'scheduled')"


class Announcement(Versioned, Model):
    """The document; its texts are its editions. `slug` is given at creation and never changes once published.

    `organization` is set when a member's lead wrote it for that member first. `is_important`: a seat raised it to
    an important question, so it needs a sense vote whatever its kind's policy says.
    """

    __tablename__ = "announcement"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(90), unique=True)
    kind: Mapped[AnnouncementKind] = mapped_column(enum_type(AnnouncementKind))
    organization_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"))
    created_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime]
    first_published_at: Mapped[datetime | None] = mapped_column(index=True)
    withdrawn_at: Mapped[datetime | None]
    withdrawal_reason: Mapped[str | None]
    is_important: Mapped[bool] = mapped_column(default=False, server_default=sa.false())

    organization: Mapped[Organization | None] = relationship()
    created_by: Mapped[Person] = relationship()
    editions: Mapped[list["Edition"]] = relationship(back_populates="announcement", order_by="Edition.number")
    policy: Mapped["AgreementPolicy | None"] = relationship(
        primaryjoin="foreign(Announcement.kind) == AgreementPolicy.kind", viewonly=True
    )

    @property
    def organization_ids(self) -> frozenset[int]:
        return frozenset({self.organization_id} if self.organization_id is not None else ())

    @property
    def public_edition(self) -> "Edition | None":
        """What the public reads now: published, or withdrawn and marked as such."""
        standing = [e for e in self.editions if e.state in (EditionState.PUBLISHED, EditionState.WITHDRAWN)]
        return standing[-1] if standing else None

    @property
    def open_edition(self) -> "Edition | None":
        return next((each for each in self.editions if each.state in OPEN), None)

    @property
    def latest_edition(self) -> "Edition":
        return self.editions[-1]


class EditionOrganization(Model):
    """An organization that an edition speaks for."""

    __tablename__ = "edition_organization"

    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"), primary_key=True)
    organization_id: Mapped[int] = mapped_column(
        sa.ForeignKey("organization.id"), primary_key=True, index=True
    )


class EditionProduct(Model):
    """A product that an edition affects; `level` is where a status notice puts it at publication."""

    __tablename__ = "edition_product"

    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id"), primary_key=True, index=True)
    level: Mapped[ProductLevel | None] = mapped_column(enum_type(ProductLevel))

    product: Mapped[Product] = relationship(lazy="joined")


class EditionFeedback(Model):
    """A matter that an edition answers. Its stakeholder hears of it once, at the first publication that names it."""

    __tablename__ = "edition_feedback"

    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"), primary_key=True)
    feedback_id: Mapped[int] = mapped_column(sa.ForeignKey("feedback.id"), primary_key=True, index=True)


class Edition(Versioned, Model):
    """One version of the document. `html` is made once, at save. `agreed_hash` is what the agreement was given to.

    `starts_at` and `ends_at` are those of an event or a maintenance; `ends_at` alone is when an incident is expected
    to end. `stage` is where the timeline of a status notice begins, `follows_clock` lets a maintenance start and end
    by itself. `at_once_reason` is why it went out before anybody agreed.
    """

    __tablename__ = "edition"
    __table_args__ = (
        sa.UniqueConstraint("announcement_id", "number"),
        sa.Index("ix_edition_published", "state", "published_at", "id"),
        sa.Index("uq_edition_open", "announcement_id", unique=True,
                 sqlite_where=sa.text(OPEN_ONES), postgresql_where=sa.text(OPEN_ONES)),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    announcement_id: Mapped[int] = mapped_column(sa.ForeignKey("announcement.id"))
    number: Mapped[int]
    state: Mapped[EditionState] = mapped_column(enum_type(EditionState))
    title: Mapped[str] = mapped_column(sa.String(140))
    summary: Mapped[str] = mapped_column(sa.String(300))
    body: Mapped[str]
    html: Mapped[str]
    change_note: Mapped[str | None]
    is_minor: Mapped[bool] = mapped_column(default=False)
    edited_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    edited_at: Mapped[datetime]
    agreed_hash: Mapped[str | None] = mapped_column(sa.String(64))
    publish_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    published_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    leased_until: Mapped[datetime | None]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    stage: Mapped[Stage | None] = mapped_column(enum_type(Stage))
    follows_clock: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    at_once_reason: Mapped[str | None]

    announcement: Mapped[Announcement] = relationship(back_populates="editions")
    edited_by: Mapped[Person] = relationship(foreign_keys=[edited_by_id])
    published_by: Mapped[Person | None] = relationship(foreign_keys=[published_by_id])
    organizations: Mapped[list[Organization]] = relationship(
        secondary="edition_organization", order_by=Organization.short_name
    )
    affected: Mapped[list[EditionProduct]] = relationship(cascade="all, delete-orphan")
    feedback: Mapped[list[Feedback]] = relationship(secondary="edition_feedback", order_by=Feedback.id)
    sign_offs: Mapped[list["SignOff"]] = relationship(back_populates="edition", order_by="SignOff.id")
    ballots: Mapped[list["Ballot"]] = relationship(back_populates="edition", order_by="Ballot.id")
    links: Mapped[list["CheckedLink"]] = relationship(
        back_populates="edition", order_by="CheckedLink.id", cascade="all, delete-orphan"
    )

    @property
    def organization_ids(self) -> frozenset[int]:
        return self.announcement.organization_ids

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_public(self) -> bool:
        return self.state in PUBLIC

    @property
    def products(self) -> list[Product]:
        """The affected products by name."""
        return sorted((each.product for each in self.affected), key=lambda product: product.name)

    @property
    def levels(self) -> dict[Product, ProductLevel]:
        """Where a status notice puts its products at publication."""
        return {each.product: each.level for each in self.affected if each.level is not None}

    def affect(self, products: Iterable[Product], levels: Mapping[Product, ProductLevel]) -> None:
        """Replace the affected products and their levels; a row that stays is kept."""
        kept = {each.product: each for each in self.affected}
        self.affected = [kept.get(each) or EditionProduct(product=each) for each in dict.fromkeys(products)]
        for each in self.affected:
            each.level = levels.get(each.product)

    @property
    def agreement(self) -> "SignOff | None":
        """The second person's sign-off that counts: the last one given to the agreed text."""
        given = [
            s for s in self.sign_offs if s.stance == SignOffStance.AGREE and s.text_hash == self.agreed_hash
        ]
        return given[-1] if given else None

    @property
    def proposal(self) -> "SignOff | None":
        """An open proposal to withdraw or to reinstate; a later word on it ends it."""
        said = [s for s in self.sign_offs if s.stance in PROPOSALS or s.stance == SignOffStance.KEEP]
        return said[-1] if said and PROPOSALS.get(said[-1].stance) == self.state else None

    @property
    def ballot(self) -> "Ballot | None":
        """The latest vote on this edition, before or after its publication."""
        return self.ballots[-1] if self.ballots else None

    @property
    def sense_vote(self) -> "Ballot | None":
        """The latest vote before publication."""
        asked = [each for each in self.ballots if each.way == AgreementWay.SENSE_VOTE]
        return asked[-1] if asked else None

    @property
    def text_hash(self) -> str:
        """Digest of everything the public will see; agreement is bound to it."""
        return digest_of(
            kind=self.announcement.kind,
            is_minor=self.is_minor,
            **{name: getattr(self, name) for name in DIGESTED},
        )


DIGESTED = (
    "title", "summary", "body", "change_note", "organizations", "products", "levels", "feedback", "starts_at",
    "ends_at", "stage", "follows_clock",
)  # fmt: skip
"""What an edition says, apart from its document's kind and whether it is minor."""


def digest_of(
    *,
    kind: AnnouncementKind,
    organizations: Iterable[Organization],
    products: Iterable[Product],
    is_minor: bool,
    levels: Mapping[Product, ProductLevel] | None = None,
    feedback: Iterable[Feedback] = (),
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    stage: Stage | None = None,
    follows_clock: bool = False,
    **texts: str | None,
) -> str:
    """Digest of what an edition says, from its parts; the order of organizations, products and matters does not count.

    Parts added after the first release are left out while they say nothing, so that older agreements still hold.
    """
    seen: dict[str, Any] = texts | {
        "kind": kind.value,
        "is_minor": str(bool(is_minor)),
        "organizations": json.dumps(sorted(each.short_name for each in organizations)),
        "products": json.dumps(sorted(each.key for each in products)),
    }
    later = {
        "levels": {product.key: level.value for product, level in (levels or {}).items()},
        "feedback": sorted(each.reference for each in feedback),
        "starts_at": starts_at and starts_at.isoformat(),
        "ends_at": ends_at and ends_at.isoformat(),
        "stage": stage and stage.value,
        "follows_clock": follows_clock,
    }
    seen |= {name: value for name, value in later.items() if value}
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()
