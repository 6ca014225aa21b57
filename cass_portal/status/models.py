"""Updates of status notices: the timeline below a published notice, and where each update puts its products."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.announcements.lifecycle import ProductLevel, Stage
from cass_portal.announcements.models import Announcement
from cass_portal.db import Model, enum_type
from cass_portal.directory.models import Organization, Product
from cass_portal.people.models import Person


class StatusUpdate(Model):
    """One entry of a notice's timeline. Kept for good. `body` is plain text, `html` is made once, at save.

    `ends_at` is the end expected since this update; a minor one is on the pages and in the feeds, but nobody is
    told of it; `by` is None where the clock started or ended a maintenance.
    """

    __tablename__ = "status_update"

    id: Mapped[int] = mapped_column(primary_key=True)
    announcement_id: Mapped[int] = mapped_column(sa.ForeignKey("announcement.id"), index=True)
    stage: Mapped[Stage] = mapped_column(enum_type(Stage))
    body: Mapped[str]
    html: Mapped[str]
    ends_at: Mapped[datetime | None]
    post_mortem_url: Mapped[str | None]
    is_minor: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    acting_for_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"))
    at: Mapped[datetime] = mapped_column(index=True)

    announcement: Mapped[Announcement] = relationship()
    by: Mapped[Person | None] = relationship()
    acting_for: Mapped[Organization | None] = relationship()
    changes: Mapped[list["LevelChange"]] = relationship(cascade="all, delete-orphan", lazy="selectin")


class LevelChange(Model):
    """Where an update puts one product."""

    __tablename__ = "level_change"

    update_id: Mapped[int] = mapped_column(sa.ForeignKey("status_update.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id"), primary_key=True, index=True)
    level: Mapped[ProductLevel] = mapped_column(enum_type(ProductLevel))

    product: Mapped[Product] = relationship(lazy="joined")
