"""One feedback × one organization: the assignment and its answer."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.casework.clocks import Badge, badge, step_at
from cass_portal.casework.lifecycle import (
    ASSIGNMENT,
    GONE,
    OPEN,
    SETTLED,
    AssignmentRole,
    AssignmentState,
    Outcome,
)
from cass_portal.casework.timekeeping import Times, times_of
from cass_portal.clock import now
from cass_portal.db import Json, Model, Versioned, db, enum_type
from cass_portal.directory.models import Organization
from cass_portal.feedback.lifecycle import FeedbackState
from cass_portal.feedback.models import Feedback
from cass_portal.history import log_of
from cass_portal.people.models import Person
from cass_portal.workdays import Calendar


class Assignment(Versioned, Model):
    """One feedback × one organization: own state, due dates, person and answer.

    `because` are the lines of the routing suggestion that were shown when it was routed, `signals` what fired:
    [{"signal": …, "weight": …, "because": …}], `confidence` what the suggestion said (0 to 1), `by_rule` that no
    coordinator looked. Due dates are days of the organization's calendar. `proposed_to` is the organization that a
    “not ours” names. `step_at` is the instant of the next overdue step (None: settled, paused or all done) and
    `overdue_steps` how many have been taken since the promise. `promised_on` orders lists: the date of its present
    promise, or of the last one.
    """

    __tablename__ = "assignment"
    __table_args__ = (
        sa.UniqueConstraint("feedback_id", "organization_id"),
        sa.Index("ix_assignment_inbox", "organization_id", "state", "promised_on", "id"),
        sa.Index("ix_assignment_open", "promised_on", "id", sqlite_where=sa.text("settled_at IS NULL"),
                 postgresql_where=sa.text("settled_at IS NULL")),
        sa.Index("ix_assignment_settled", "settled_at", "organization_id", "overdue_steps",
                 sqlite_where=sa.text("settled_at IS NOT NULL"),
                 postgresql_where=sa.text("settled_at IS NOT NULL")),
        sa.Index("ix_assignment_person", "person_id", "organization_id", "state", "promised_on", "id",
                 sqlite_where=sa.text("person_id IS NOT NULL"),
                 postgresql_where=sa.text("person_id IS NOT NULL")),
        sa.Index("ix_assignment_step", "step_at", "id", sqlite_where=sa.text("step_at IS NOT NULL"),
                 postgresql_where=sa.text("step_at IS NOT NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    feedback_id: Mapped[int] = mapped_column(sa.ForeignKey("feedback.id"))
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"))
    role: Mapped[AssignmentRole] = mapped_column(enum_type(AssignmentRole))
    state: Mapped[AssignmentState] = mapped_column(enum_type(AssignmentState))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    reason: Mapped[str | None]
    because: Mapped[list[str]] = mapped_column(default=list)
    sent_at: Mapped[datetime]
    acknowledge_by: Mapped[date]
    answer_by: Mapped[date]
    promised_on: Mapped[date] = mapped_column(
        sa.Computed("CASE WHEN state = 'sent' THEN acknowledge_by ELSE answer_by END"), deferred=True
    )
    acknowledged_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    refusal_reason: Mapped[str | None]
    handed_to_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"))
    proposed_to_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"))
    signals: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    confidence: Mapped[float | None]
    by_rule: Mapped[bool] = mapped_column(default=False)
    step_at: Mapped[datetime | None]
    overdue_steps: Mapped[int] = mapped_column(default=0)

    feedback: Mapped[Feedback] = relationship(back_populates="assignments")
    organization: Mapped[Organization] = relationship(foreign_keys=[organization_id], lazy="joined")
    handed_to: Mapped[Organization | None] = relationship(foreign_keys=[handed_to_id])
    proposed_to: Mapped[Organization | None] = relationship(foreign_keys=[proposed_to_id])
    person: Mapped[Person | None] = relationship()
    answer: Mapped["Answer | None"] = relationship(back_populates="assignment")
    deliveries: Mapped[list[Any]] = relationship("Delivery", viewonly=True, order_by="Delivery.id")

    @property
    def organization_ids(self) -> frozenset[int]:
        return frozenset({self.organization_id})

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_settled(self) -> bool:
        return self.state in SETTLED

    @property
    def is_living(self) -> bool:
        """Whether the organization's word is part of the answer, given already or not."""
        return self.owes_answer and self.state not in GONE

    @property
    def owes_answer(self) -> bool:
        return self.role != AssignmentRole.INFORMED

    def reopen(self) -> None:
        """The stakeholder is not content: the answer is worked on again, with a new date and a new release."""
        self.state = ASSIGNMENT.after("reopen", self.state)
        self.settled_at = None
        self.answer_by = self.organization.calendar.add(self.today, self.organization.answer_days)
        if self.answer is not None:
            self.answer.released_at = self.answer.released_by = None

    def drop(self, *, at: datetime) -> None:
        """Nothing is owed any more: the matter was withdrawn, rejected or sent elsewhere."""
        self.state = ASSIGNMENT.after("waive", self.state)
        self.settled_at = at

    @property
    def due_on(self) -> date | None:
        """The next promise: acknowledge, then answer; None once settled, or where no answer is owed."""
        if self.is_settled or not self.owes_answer:
            return None
        return self.acknowledge_by if self.state == AssignmentState.SENT else self.answer_by

    @property
    def today(self) -> date:
        """The date where the organization works."""
        return now().astimezone(ZoneInfo(self.organization.time_zone)).date()

    @property
    def is_overdue(self) -> bool:
        """Whether its promise is past; while the stakeholder is asked, nobody is late."""
        due_on = self.due_on
        return due_on is not None and due_on < self.today and not self.is_paused

    @property
    def is_paused(self) -> bool:
        """Whether the ball lies with the stakeholder, or lay there until it was closed."""
        item = self.feedback
        return item.waiting_since is not None or item.state == FeedbackState.CLOSED

    def badge(self, calendar: Calendar | None = None) -> Badge | None:
        """Its promise in words, by `calendar` where the organization's was read already; None without one."""
        if self.due_on is None:
            return None
        calendar = calendar or self.organization.calendar
        return badge(self.due_on, at=now(), calendar=calendar, is_paused=self.is_paused)

    def keep_time(self) -> None:
        """Store what the log says of the dates and overdue steps of all assignments of the matter.

        Their rows are held until the act is over, so that the worker takes no step in between.
        """
        item = self.feedback
        held = sa.select(Assignment.id, Assignment.step_at, Assignment.overdue_steps)
        mine = held.where(Assignment.feedback_id == item.id).order_by(Assignment.id)
        rows = db.session.execute(mine.with_for_update(key_share=True))
        stored = {id_: (step, steps) for id_, step, steps in rows}
        log = log_of(item)
        for each in item.assignments:
            sa.orm.attributes.set_committed_value(each, "step_at", stored[each.id][0])
            sa.orm.attributes.set_committed_value(each, "overdue_steps", stored[each.id][1])
            each.store(times_of(each, log))

    def store(self, times: Times | None) -> None:
        """Dates and steps as the log has them, and when the next step is due."""
        if times is not None:
            self.acknowledge_by, self.answer_by = times.acknowledge_by, times.answer_by
            self.overdue_steps = times.overdue_steps
        due_on = None if self.is_paused else self.due_on
        calendar = self.organization.calendar
        self.step_at = step_at(due_on, taken=self.overdue_steps, calendar=calendar) if due_on else None


class Answer(Versioned, Model):
    """What one organization says, with an outcome. `drafted_by` wrote the text as it stands.

    `released_at`: the organization stands by it.
    The stakeholder sees it at `Feedback.reply_released_at`: at once when one organization answers, with the
    consolidated reply when several do.
    """

    __tablename__ = "answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(sa.ForeignKey("assignment.id"), unique=True)
    outcome: Mapped[Outcome] = mapped_column(enum_type(Outcome))
    text: Mapped[str]
    html: Mapped[str]
    target: Mapped[str | None]
    reason: Mapped[str | None]
    drafted_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    drafted_at: Mapped[datetime]
    released_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    released_at: Mapped[datetime | None]

    assignment: Mapped[Assignment] = relationship(back_populates="answer")
    drafted_by: Mapped[Person] = relationship(foreign_keys=[drafted_by_id])
    released_by: Mapped[Person | None] = relationship(foreign_keys=[released_by_id])
