"""News that the Consortium's web site published before there was a portal."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cass_portal.db import Model


class ArchiveEntry(Model):
    """One item of the site's news: what it was called, when, and where to read it. `key` is its file's name."""

    __tablename__ = "archive_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(200), unique=True)
    title: Mapped[str]
    summary: Mapped[str]
    published_on: Mapped[date] = mapped_column(index=True)
    url: Mapped[str]
