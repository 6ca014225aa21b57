"""Announcements, their editions, and the sign-offs bound to an edition's text."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.announcements.lifecycle import OPEN, PUBLIC, EditionState
from cass_portal.db import Model, Versioned, enum_type
from cass_portal.directory.models import Organization, Product
from cass_portal.people.models import Person, Seat


class AnnouncementKind(StrEnum):
    STATUS = "status"
    DIRECTION = "direction"
    NEWS = "news"
    EVENT = "event"
    CALL_FOR_INPUT = "call_for_input"
    YOU_SAID_WE_DID = "you_said_we_did"


class SignOffStance(StrEnum):
    AGREE = "agree"
    SEND_BACK = "send_back"
    WITHDRAW = "withdraw"
    REINSTATE = "reinstate"
    KEEP = "keep"


PROPOSALS = {SignOffStance.WITHDRAW: EditionState.PUBLISHED, SignOffStance.REINSTATE: EditionState.WITHDRAWN}
"""What one coordinator proposes and another carries out, with the state in which it is still open."""


class Announcement(Versioned, Model):
    """The document; its texts are its editions. `slug` is given at creation and never changes once published.

    `organization` is set when a member's lead wrote it for that member first.
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

    organization: Mapped[Organization | None] = relationship()
    created_by: Mapped[Person] = relationship()
    editions: Mapped[list["Edition"]] = relationship(back_populates="announcement", order_by="Edition.number")

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
    """A product that an edition affects."""

    __tablename__ = "edition_product"

    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id"), primary_key=True, index=True)


class Edition(Versioned, Model):
    """One version of the document. `html` is made once, at save. `agreed_hash` is what the sign-off was given to."""

    __tablename__ = "edition"
    __table_args__ = (
        sa.UniqueConstraint("announcement_id", "number"),
        sa.Index("ix_edition_published", "state", "published_at", "id"),
        sa.Index("uq_edition_open", "announcement_id", unique=True,
                 sqlite_where=sa.text("state IN ('draft', 'in_sign_off', 'returned', 'agreed', 'scheduled')"),
                 postgresql_where=sa.text("state IN ('draft', 'in_sign_off', 'returned', 'agreed', 'scheduled')")),
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

    announcement: Mapped[Announcement] = relationship(back_populates="editions")
    edited_by: Mapped[Person] = relationship(foreign_keys=[edited_by_id])
    published_by: Mapped[Person | None] = relationship(foreign_keys=[published_by_id])
    organizations: Mapped[list[Organization]] = relationship(
        secondary="edition_organization", order_by=Organization.short_name
    )
    products: Mapped[list[Product]] = relationship(secondary="edition_product", order_by=Product.name)
    sign_offs: Mapped[list["SignOff"]] = relationship(back_populates="edition", order_by="SignOff.id")

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
    def agreement(self) -> "SignOff | None":
        """The sign-off that counts: the last one given to the agreed text."""
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
    def text_hash(self) -> str:
        """Digest of everything the public will see; a sign-off is bound to it."""
        return digest_of(
            kind=self.announcement.kind,
            title=self.title,
            summary=self.summary,
            body=self.body,
            change_note=self.change_note,
            is_minor=self.is_minor,
            organizations=self.organizations,
            products=self.products,
        )


def digest_of(
    *, kind: AnnouncementKind, organizations: Iterable[Organization], products: Iterable[Product], is_minor: bool,
    **texts: str | None,
) -> str:  # fmt: skip
    """Digest of what an edition says, from its parts; the order of organizations and products does not count."""
    seen = texts | {
        "kind": kind.value,
        "is_minor": str(bool(is_minor)),
        "organizations": json.dumps(sorted(each.short_name for each in organizations)),
        "products": json.dumps(sorted(each.key for each in products)),
    }
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()


class SignOff(Model):
    """What one person said to one text. Kept for good; it counts while `text_hash` is the edition's.

    Agreeing and sending back come before publication; withdraw, reinstate and keep (neither) after it.
    """

    __tablename__ = "sign_off"

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    seat_id: Mapped[int | None] = mapped_column(sa.ForeignKey("seat.id"))
    stance: Mapped[SignOffStance] = mapped_column(enum_type(SignOffStance))
    text_hash: Mapped[str] = mapped_column(sa.String(64))
    remark: Mapped[str | None]
    at: Mapped[datetime]

    edition: Mapped[Edition] = relationship(back_populates="sign_offs")
    person: Mapped[Person] = relationship()
    seat: Mapped[Seat | None] = relationship()
