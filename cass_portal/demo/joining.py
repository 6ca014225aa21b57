"""Two matters that are one, one that is two, who says “me too”, and where a member works on its answer."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from cass_portal.casework import actions as casework
from cass_portal.casework.lifecycle import AssignmentState
from cass_portal.casework.models import Assignment
from cass_portal.clock import as_of
from cass_portal.db import db
from cass_portal.demo.people import Cast
from cass_portal.directory.models import Organization
from cass_portal.feedback import actions as feedback
from cass_portal.feedback.lifecycle import FeedbackState
from cass_portal.feedback.models import Feedback, FeedbackKind, StakeholderKind, Visibility
from cass_portal.subscriptions import actions as subscriptions
from cass_portal.subscriptions.lifecycle import Frequency, Matter, Scope
from cass_portal.subscriptions.models import Subscriber
from cass_portal.subscriptions.rules import rules_for
from cass_portal.upstream import actions as upstream
from cass_portal.upstream.addresses import Hosts, named_in
from cass_portal.upstream.models import UpstreamState
from cass_portal.upstream.wire import Found

ISSUE = "https://github.com/example-site/solver/issues/412"
TWO_THINGS = (
    "The tutorial stops at the second chapter: the link to the exercises leads nowhere.\n\n"
    "And could the weekly call be recorded? In our time zone it is at four in the morning."
)


def join(start: datetime, *, cast: Cast) -> None:
    by, matter = cast.coordinators[0], _open_and_public()
    with as_of(start - timedelta(days=3)):
        same = _told(f"The same here: {matter.subject[:1].lower()}{matter.subject[1:]}", matter.body, matter)
    with as_of(start - timedelta(days=2, hours=20)):
        casework.merge(same, matter, by=by)
    with as_of(start - timedelta(days=2, hours=12)):
        two = _told("Exercises that are not there, and a call at night", TWO_THINGS, None)
        casework.split(two, "Record the weekly call", TWO_THINGS.split("\n\n")[1], by=by)
    with as_of(start - timedelta(days=2)):
        for number in range(4):
            _follow(f"follower{number}@example.org", matter)
        _work_elsewhere(cast)


def _open_and_public() -> Feedback:
    shown = sa.select(Feedback).where(
        Feedback.published_at.is_not(None), Feedback.state == FeedbackState.IN_PROGRESS
    )
    return (
        db.session.scalars(shown.order_by(Feedback.id)).first()
        or db.session.scalars(sa.select(Feedback).where(Feedback.published_at.is_not(None))).one()
    )


def _told(subject: str, body: str, like: Feedback | None) -> Feedback:
    item = feedback.submit(
        subject=subject[:200],
        body=body,
        kind=FeedbackKind.PROBLEM,
        stakeholder_kind=StakeholderKind.USER,
        visibility=Visibility.MEMBERS,
        products=list(like.products) if like else [],
        email=f"told{'-again' if like else ''}@example.org",
    )
    db.session.flush()
    feedback.confirm(item)
    return item


def _follow(email: str, matter: Feedback) -> None:
    rules = rules_for([(Scope.FEEDBACK, matter)], matters=Matter, frequency=Frequency.WEEKLY)
    subscriptions.ask(email, rules=rules, time_zone="UTC")
    reader = db.session.scalars(sa.select(Subscriber).where(Subscriber.email == email)).one()
    subscriptions.confirm(reader, asked=[each.id for each in reader.subscriptions])


def _work_elsewhere(cast: Cast) -> None:
    """Closed already, so that it asks for an answer; never asked about, for there is no such issue."""
    working = (
        sa.select(Assignment).join(Assignment.organization).where(Assignment.state == AssignmentState.WORKING)
    )
    assignment = db.session.scalars(working.order_by(Organization.short_name, Assignment.id)).first()
    hosts = Hosts.read("github.com", "")
    named = named_in(ISSUE, hosts)
    if assignment is None or named is None:
        return
    row = upstream.link(assignment, ISSUE, hosts=hosts, by=cast.agents[assignment.organization.short_name])
    closed = Found(named, 412, None, "Solver stops on the second device", UpstreamState.CLOSED, None)
    upstream.note_found(row, closed)
    row.check_at = None
