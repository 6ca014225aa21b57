"""Two matters that are one."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.db import Model, UTCDateTime, db
from cass_portal.feedback.models import Feedback, Visibility
from cass_portal.people.models import Person

UNCHANGING = ("id", "feedback_id", "organization_id", "version")


class Merge(Model):
    """`feedback` is a duplicate of `into`. `before` is all that undoing needs to restore it exactly."""

    __tablename__ = "merge"
    __table_args__ = (
        sa.Index("uq_merge_standing", "feedback_id", unique=True, sqlite_where=sa.text("undone_at IS NULL"),
                 postgresql_where=sa.text("undone_at IS NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    feedback_id: Mapped[int] = mapped_column(sa.ForeignKey("feedback.id"))
    into_id: Mapped[int] = mapped_column(sa.ForeignKey("feedback.id"), index=True)
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    before: Mapped[dict[str, Any]]
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))

    feedback: Mapped[Feedback] = relationship(foreign_keys=[feedback_id], back_populates="merges")
    into: Mapped[Feedback] = relationship(foreign_keys=[into_id])
    by: Mapped[Person] = relationship(foreign_keys=[by_id])

    def end(self, *, by: Any, at: datetime) -> None:
        """`feedback` is nobody's duplicate any more."""
        self.feedback.merged_into = self.feedback.merged_into_id = None
        db.session.expire(self.into, ["duplicates"])
        self.undone_at, self.undone_by_id = at, by.id

    def undo(self, *, by: Any, at: datetime) -> None:
        """`feedback` and its assignments are again what they were.

        Assignments of organizations that left meanwhile, or that may no longer read it, stay dropped.
        """
        item = self.feedback
        restore(item, self.before["feedback"])
        for each in item.assignments:
            kept = self.before["assignments"].get(str(each.id))
            is_lost = each.organization.is_former or item.visibility == Visibility.COORDINATORS
            if kept is not None and not is_lost:
                restore(each, kept)
        self.end(by=by, at=at)


def as_it_is(item: Feedback) -> dict[str, Any]:
    """What joining changes, to be kept in `Merge.before`."""
    return {
        "feedback": {"moderation": item.moderation.value},
        "assignments": {str(each.id): written(each) for each in item.assignments if each.is_open},
    }


def written(row: Any) -> dict[str, Any]:
    """Every column of `row` that may change, for JSON."""
    return {
        column.key: value.isoformat() if isinstance(value := getattr(row, column.key), date) else value
        for column in sa.inspect(type(row)).columns
        if column.key not in UNCHANGING and column.computed is None
    }


def restore(row: Any, kept: dict[str, Any]) -> None:
    """Give `row` the values of `written`."""
    columns = sa.inspect(type(row)).columns
    for name, value in kept.items():
        read = _reader(columns[name].type)
        setattr(row, name, read(value) if value is not None and read is not None else value)


def _reader(kind: Any) -> Callable[[str], Any] | None:
    """How a column of that type reads what JSON has as a word; None for what needs no reading."""
    if isinstance(kind, sa.Enum):
        return kind.enum_class
    if isinstance(kind, UTCDateTime):
        return datetime.fromisoformat
    return date.fromisoformat if isinstance(kind, sa.Date) else None
