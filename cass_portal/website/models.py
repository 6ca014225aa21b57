"""What goes back to the Consortium's web site: one pull request a document, kept up to date by the worker."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.announcements.models import Announcement
from cass_portal.db import Model, enum_type
from cass_portal.website.lifecycle import RequestState


class SiteRequest(Model):
    """The pull request of one document. `wanted_digest` is the file as it should be, `sent_digest` as it is there.

    `seen_event` is the number of the last event of the document that `wanted_digest` takes account of. `due_at` is
    when the worker sends it or asks for its state; `attempts` counts the failures since the last success.
    """

    __tablename__ = "site_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    announcement_id: Mapped[int] = mapped_column(sa.ForeignKey("announcement.id"), unique=True)
    state: Mapped[RequestState] = mapped_column(enum_type(RequestState))
    branch: Mapped[str] = mapped_column(sa.String(160))
    number: Mapped[int | None]
    url: Mapped[str | None]
    seen_event: Mapped[int]
    wanted_digest: Mapped[str] = mapped_column(sa.String(64))
    sent_digest: Mapped[str | None] = mapped_column(sa.String(64))
    sent_edition: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    checked_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]

    announcement: Mapped[Announcement] = relationship()

    @property
    def is_settled(self) -> bool:
        """The repository has the file as it should be, as far as the portal knows."""
        return self.state in (RequestState.OPEN, RequestState.MERGED)

    @property
    def is_stuck(self) -> bool:
        """It failed, was closed by somebody, or waits for another attempt."""
        return self.state in (RequestState.FAILED, RequestState.CLOSED) or self.attempts > 0
