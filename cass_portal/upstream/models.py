"""Where the work on an answer goes on: issues and change requests on GitHub and GitLab."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.casework.models import Assignment
from cass_portal.db import Model, Versioned, enum_type


class Forge(StrEnum):
    GITHUB = "github"
    GITLAB = "gitlab"


class UpstreamKind(StrEnum):
    """CHANGE: a pull request or merge request."""

    ISSUE = "issue"
    CHANGE = "change"


class UpstreamState(StrEnum):
    """UNKNOWN: not asked yet, or not shown to whoever asks. GONE: the host says that there is none any more."""

    UNKNOWN = "unknown"
    OPEN = "open"
    CLOSED = "closed"
    MERGED = "merged"
    GONE = "gone"


class UpstreamLink(Versioned, Model):
    """One issue or change request that an assignment is worked on in.

    `host` and `upstream_id` (the host's own number of it) survive renames; `path` is owner/name as last seen.
    `proposes` is set when it closed and nobody has looked yet: it proposes an answer, it never sends one.
    """

    __tablename__ = "upstream_link"
    __table_args__ = (
        sa.UniqueConstraint("assignment_id", "host", "path", "kind", "number"),
        sa.Index("ix_upstream_link_found", "host", "upstream_id"),
        sa.Index("ix_upstream_link_check", "check_at", "id", sqlite_where=sa.text("check_at IS NOT NULL"),
                 postgresql_where=sa.text("check_at IS NOT NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(sa.ForeignKey("assignment.id"), index=True)
    forge: Mapped[Forge] = mapped_column(enum_type(Forge))
    host: Mapped[str] = mapped_column(sa.String(253))
    path: Mapped[str] = mapped_column(sa.String(255))
    kind: Mapped[UpstreamKind] = mapped_column(enum_type(UpstreamKind))
    number: Mapped[int]
    repository_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    upstream_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    title: Mapped[str | None]
    state: Mapped[UpstreamState] = mapped_column(enum_type(UpstreamState))
    etag: Mapped[str | None]
    added_at: Mapped[datetime]
    added_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    closed_at: Mapped[datetime | None]
    proposes: Mapped[bool] = mapped_column(default=False)
    checked_at: Mapped[datetime | None]
    check_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    detail: Mapped[str | None]
    leased_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    assignment: Mapped[Assignment] = relationship()
