"""What goes back to the Consortium's web site: one pull request a document, kept up to date by the worker."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.announcements.models import Announcement
from cass_portal.db import Model, enum_type
from cass_portal.website.lifecycle import RequestState


class SiteRequest(Model):
    """The pull request of one document. `wanted_digest` is the file as it should be, `sent_digest` as it is there."""

    __tablename__ = "site_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    announcement_id: Mapped[int] = mapped_column(sa.ForeignKey("announcement.id"), unique=True)
    state: Mapped[RequestState] = mapped_column(enum_type(RequestState))
    branch: Mapped[str] = mapped_column(sa.String(160))
    number: Mapped[int | None]
    url: Mapped[str | None]
    wanted_digest: Mapped[str] = mapped_column(sa.String(64))
    sent_digest: Mapped[str | None] = mapped_column(sa.String(64))
    sent_edition: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    checked_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]

    announcement: Mapped[Announcement] = relationship()
