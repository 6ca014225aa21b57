"""The spine: one Event per act, in the act's own transaction. Timeline, audit, mail and figures read it.

Events are append-only. An event is also the outbox: `fanned_out_at` NULL means that nobody was told yet.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cass_portal.clock import now
from cass_portal.db import Model, db, enum_type


class EventKind(StrEnum):
    ANNOUNCEMENT_AGREED = "announcement.agreed"
    ANNOUNCEMENT_COMMENTED = "announcement.commented"
    ANNOUNCEMENT_CONTESTED = "announcement.contested"
    ANNOUNCEMENT_CREATED = "announcement.created"
    ANNOUNCEMENT_DISCARDED = "announcement.discarded"
    ANNOUNCEMENT_DISCUSSION_ENDED = "announcement.discussion_ended"
    ANNOUNCEMENT_DISCUSSION_OPENED = "announcement.discussion_opened"
    ANNOUNCEMENT_EDITED = "announcement.edited"
    ANNOUNCEMENT_EDITION_OPENED = "announcement.edition_opened"
    ANNOUNCEMENT_PROPOSAL_DECLINED = "announcement.proposal_declined"
    ANNOUNCEMENT_PUBLISHED = "announcement.published"
    ANNOUNCEMENT_PUBLISHED_AT_ONCE = "announcement.published_at_once"
    ANNOUNCEMENT_QUESTION_RAISED = "announcement.question_raised"
    ANNOUNCEMENT_RATIFICATION_ASKED = "announcement.ratification_asked"
    ANNOUNCEMENT_RATIFIED = "announcement.ratified"
    ANNOUNCEMENT_READER_INVITED = "announcement.reader_invited"
    ANNOUNCEMENT_READER_LINK_ENDED = "announcement.reader_link_ended"
    ANNOUNCEMENT_REINSTATED = "announcement.reinstated"
    ANNOUNCEMENT_REINSTATE_PROPOSED = "announcement.reinstate_proposed"
    ANNOUNCEMENT_RETURNED = "announcement.returned"
    ANNOUNCEMENT_SCHEDULED = "announcement.scheduled"
    ANNOUNCEMENT_SECOND_VOTE_OPENED = "announcement.second_vote_opened"
    ANNOUNCEMENT_SIGNED_OFF = "announcement.signed_off"
    ANNOUNCEMENT_SIGN_OFF_REQUESTED = "announcement.sign_off_requested"
    ANNOUNCEMENT_SITE_REQUEST = "announcement.site_request"
    ANNOUNCEMENT_STALE = "announcement.stale"
    ANNOUNCEMENT_UNSCHEDULED = "announcement.unscheduled"
    ANNOUNCEMENT_UPDATED = "announcement.updated"
    ANNOUNCEMENT_VOTED = "announcement.voted"
    ANNOUNCEMENT_VOTE_OPENED = "announcement.vote_opened"
    ANNOUNCEMENT_VOTE_REMINDED = "announcement.vote_reminded"
    ANNOUNCEMENT_WITHDRAWAL_PROPOSED = "announcement.withdrawal_proposed"
    ANNOUNCEMENT_WITHDRAWN = "announcement.withdrawn"
    ASSIGNMENT_ACKNOWLEDGED = "assignment.acknowledged"
    ASSIGNMENT_ANSWERED = "assignment.answered"
    ASSIGNMENT_ANSWER_DRAFTED = "assignment.answer_drafted"
    ASSIGNMENT_DUE_CHANGED = "assignment.due_changed"
    ASSIGNMENT_LINKED = "assignment.linked"
    ASSIGNMENT_OVERDUE = "assignment.overdue"
    ASSIGNMENT_REFUSAL_ACCEPTED = "assignment.refusal_accepted"
    ASSIGNMENT_REFUSAL_DECLINED = "assignment.refusal_declined"
    ASSIGNMENT_REFUSAL_PROPOSED = "assignment.refusal_proposed"
    ASSIGNMENT_RETURNED_TO_TRIAGE = "assignment.returned_to_triage"
    ASSIGNMENT_ROLE_CHANGED = "assignment.role_changed"
    ASSIGNMENT_SENT = "assignment.sent"
    ASSIGNMENT_SUCCEEDED = "assignment.succeeded"
    ASSIGNMENT_TAKEN = "assignment.taken"
    ASSIGNMENT_UNLINKED = "assignment.unlinked"
    ASSIGNMENT_UPSTREAM_CHANGED = "assignment.upstream_changed"
    ASSIGNMENT_UPSTREAM_SETTLED = "assignment.upstream_settled"
    ASSIGNMENT_WAIVED = "assignment.waived"
    ASSIGNMENT_WORKING = "assignment.working"
    DELIVERY_BOUNCED = "delivery.bounced"
    DELIVERY_CANCELLED = "delivery.cancelled"
    DELIVERY_PAUSED = "delivery.paused"
    DELIVERY_RESENT = "delivery.resent"
    DELIVERY_RESUMED = "delivery.resumed"
    DELIVERY_UNPROVEN = "delivery.unproven"
    FEEDBACK_ABOUT_CHANGED = "feedback.about_changed"
    FEEDBACK_ACCEPTED = "feedback.accepted"
    FEEDBACK_ACCEPT_UNDONE = "feedback.accept_undone"
    FEEDBACK_ASKED = "feedback.asked"
    FEEDBACK_ATTACHMENT_REMOVED = "feedback.attachment_removed"
    FEEDBACK_CLAIMED = "feedback.claimed"
    FEEDBACK_CLAIM_ENDED = "feedback.claim_ended"
    FEEDBACK_CLOSED = "feedback.closed"
    FEEDBACK_CONFIRMED = "feedback.confirmed"
    FEEDBACK_DEFLECTED = "feedback.deflected"
    FEEDBACK_IN_THEME = "feedback.in_theme"
    FEEDBACK_JOINED_ANSWERED = "feedback.joined_answered"
    FEEDBACK_MARKED = "feedback.marked"
    FEEDBACK_MERGED = "feedback.merged"
    FEEDBACK_NAMED = "feedback.named"
    FEEDBACK_NARROWED = "feedback.narrowed"
    FEEDBACK_NOTED = "feedback.noted"
    FEEDBACK_OUTCOME_ASKED = "feedback.outcome_asked"
    FEEDBACK_PINGED = "feedback.pinged"
    FEEDBACK_PUBLISHED = "feedback.published"
    FEEDBACK_REJECTED = "feedback.rejected"
    FEEDBACK_REJECT_UNDONE = "feedback.reject_undone"
    FEEDBACK_REMINDED = "feedback.reminded"
    FEEDBACK_REPLIED = "feedback.replied"
    FEEDBACK_REPLY_DRAFTED = "feedback.reply_drafted"
    FEEDBACK_REPLY_RELEASED = "feedback.reply_released"
    FEEDBACK_SENDER_MARKED = "feedback.sender_marked"
    FEEDBACK_SPLIT = "feedback.split"
    FEEDBACK_SUBMITTED = "feedback.submitted"
    FEEDBACK_UNMERGED = "feedback.unmerged"
    FEEDBACK_VERDICT_GIVEN = "feedback.verdict_given"
    FEEDBACK_WITHDRAWN = "feedback.withdrawn"
    HOOK_CHANGED = "hook.changed"
    HOOK_CREATED = "hook.created"
    HOOK_ENDED = "hook.ended"
    HOOK_GIVEN_UP = "hook.given_up"
    HOOK_ROTATED = "hook.rotated"
    HOOK_TESTED = "hook.tested"
    INTAKE_CHANGED = "intake.changed"
    MACRO_CHANGED = "macro.changed"
    MAIL_SETTLED = "mail.settled"
    ORGANIZATION_CHANGED = "organization.changed"
    PERSON_CHANGED = "person.changed"
    PERSON_INVITED = "person.invited"
    PERSON_JOINED = "person.joined"
    PERSON_PASSWORD_CHANGED = "person.password_changed"  # noqa: S105 an event, not a password
    PERSON_RESET_REQUESTED = "person.reset_requested"
    PERSON_SIGNED_IN = "person.signed_in"
    PERSON_SIGNED_OUT = "person.signed_out"
    POLICY_CHANGED = "policy.changed"
    ROUTING_CHANGED = "routing.changed"
    SEAT_CHANGED = "seat.changed"
    SENDING_PAUSED = "sending.paused"
    SENDING_PROBED = "sending.probed"
    SENDING_RESUMED = "sending.resumed"
    SUBSCRIBER_ERASED = "subscriber.erased"
    SUBSCRIBER_LINK_ASKED = "subscriber.link_asked"
    SUBSCRIPTION_ASKED = "subscription.asked"
    SUBSCRIPTION_CHANGED = "subscription.changed"
    SUBSCRIPTION_CONFIRMED = "subscription.confirmed"
    SUBSCRIPTION_ENDED = "subscription.ended"
    SUPPRESSION_ADDED = "suppression.added"
    SUPPRESSION_RELEASED = "suppression.released"
    TEMPLATE_CHANGED = "template.changed"
    THEME_CHANGED = "theme.changed"
    THEME_CREATED = "theme.created"
    THEME_PUBLISHED = "theme.published"
    THEME_WITHDRAWN = "theme.withdrawn"
    TOPIC_CHANGED = "topic.changed"
    VIEW_CHANGED = "view.changed"


class Audience(StrEnum):
    """Who may read an event of a subject they may see. Each circle holds the ones before it."""

    PUBLIC = "public"
    STAKEHOLDER = "stakeholder"
    MEMBERS = "members"
    STAFF = "staff"


SUBJECTS = ("feedback", "announcement", "person", "organization", "topic", "subscriber", "theme")


class Event(Model):
    """One thing that happened to one subject: who, acting for whom, when, what, note."""

    __tablename__ = "event"
    __table_args__ = (
        sa.CheckConstraint(
            " + ".join(f"CASE WHEN {each}_id IS NULL THEN 0 ELSE 1 END" for each in SUBJECTS) + " = 1",
            name="one_subject",
        ),
        sa.Index("ix_event_not_fanned_out", "id", sqlite_where=sa.text("fanned_out_at IS NULL"),
                 postgresql_where=sa.text("fanned_out_at IS NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[EventKind] = mapped_column(enum_type(EventKind))
    at: Mapped[datetime]
    actor_role: Mapped[str] = mapped_column(sa.String(32))
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    acting_for_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"))
    audience: Mapped[Audience] = mapped_column(enum_type(Audience), default=Audience.STAFF)
    note: Mapped[str | None]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    feedback_id: Mapped[int | None] = mapped_column(sa.ForeignKey("feedback.id"), index=True)
    announcement_id: Mapped[int | None] = mapped_column(sa.ForeignKey("announcement.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    organization_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    topic_id: Mapped[int | None] = mapped_column(sa.ForeignKey("topic.id"), index=True)
    subscriber_id: Mapped[int | None] = mapped_column(sa.ForeignKey("subscriber.id"), index=True)
    theme_id: Mapped[int | None] = mapped_column(sa.ForeignKey("theme.id"), index=True)
    assignment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("assignment.id"))
    fanned_out_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]

    actor: Mapped[Any] = relationship("Person", foreign_keys=[actor_id])
    acting_for: Mapped[Any] = relationship("Organization", foreign_keys=[acting_for_id])
    feedback: Mapped[Any] = relationship("Feedback", foreign_keys=[feedback_id])
    announcement: Mapped[Any] = relationship("Announcement", foreign_keys=[announcement_id])
    person: Mapped[Any] = relationship("Person", foreign_keys=[person_id])
    organization: Mapped[Any] = relationship("Organization", foreign_keys=[organization_id])
    topic: Mapped[Any] = relationship("Topic", foreign_keys=[topic_id])
    subscriber: Mapped[Any] = relationship("Subscriber", foreign_keys=[subscriber_id])
    theme: Mapped[Any] = relationship("Theme", foreign_keys=[theme_id])
    assignment: Mapped[Any] = relationship("Assignment", foreign_keys=[assignment_id])

    @property
    def subject(self) -> Any:
        """The one row this happened to."""
        return next(row for each in SUBJECTS if (row := getattr(self, each)) is not None)


def record(
    subject: Any,
    kind: EventKind,
    *,
    by: Any,
    acting_for: Any = None,
    audience: Audience = Audience.STAFF,
    note: str | None = None,
    assignment: Any = None,
    **detail: Any,
) -> Event:
    """Add the one event of an act on `subject` (one of SUBJECTS).

    `by` is a person or one of policy's outsiders; `acting_for` the organization spoken for, if any.
    """
    event = Event(
        kind=kind,
        at=now(),
        actor_role=role_of(by),
        actor_id=by.id,
        acting_for=acting_for,
        audience=audience,
        note=note,
        detail=detail,
        assignment=assignment,
        **{subject.__tablename__: subject},
    )
    db.session.add(event)
    return event


def role_of(actor: Any) -> str:
    """The word for an actor in the log: an outsider's role, or the person's strongest one."""
    if actor.id is None:
        return actor.role
    if actor.is_coordinator:
        return "coordinator"
    if actor.organization_ids:
        return "member"
    return "administrator" if actor.is_administrator else "person"


def timeline_of(subject: Any, *, audiences: set[Audience]) -> list[Event]:
    """Events of `subject` that the given audiences may read, oldest first."""
    column = getattr(Event, f"{subject.__tablename__}_id")
    query = (
        sa.select(Event)
        .where(column == subject.id, Event.audience.in_(audiences))
        .order_by(Event.id)
        .options(sa.orm.selectinload(Event.actor), sa.orm.selectinload(Event.acting_for))
    )
    return list(db.session.scalars(query))


def log_of(subject: Any) -> list[Event]:
    """Everything that ever happened to `subject`, oldest first, the present act included."""
    column = getattr(Event, f"{subject.__tablename__}_id")
    return list(db.session.scalars(sa.select(Event).where(column == subject.id).order_by(Event.id)))


def last_event_number(engine: sa.Engine) -> int:
    """The number of the last act: what public pages show can only have changed if this has.

    Asked for every public page, so it goes around the session.
    """
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("SELECT max(id) FROM event")
        row = cursor.fetchone()
        return row[0] or 0 if row else 0
    finally:
        connection.close()
