"""The Steering Committee of the demonstration: what its seats say, by the acts where a page is not the point."""

import sqlite3
from contextlib import closing, contextmanager
from datetime import timedelta

import sqlalchemy as sa

from cass_portal.announcements import actions
from cass_portal.announcements.agreement import Stance
from cass_portal.announcements.lifecycle import ProductLevel, Stage
from cass_portal.announcements.models import Announcement, AnnouncementKind, Edition
from cass_portal.clock import after_working_days, now
from cass_portal.db import db
from cass_portal.demo.people import NAMES
from cass_portal.directory.models import Organization, Product
from cass_portal.people.models import Person, Seat
from tests.journeys.portals import inside, wait_until

MEMBERS = ("CORSA", "FASTMath", "LEADS", "PESO", "RAPIDS", "S4PST", "STEP")
SEATS = [f"seat.{member.lower()}@example.org" for member in MEMBERS]
ROBIN, SAM = "coordinator1@example.org", "coordinator2@example.org"
BODY = "Every product gets fixes for its newest release."


def draft(portal, title, *, kind="direction", levels=None, **more):
    """A draft of Robin's for all members; its address at the desk. `levels`: those of products, by slug."""
    with inside(portal):
        products = list(db.session.scalars(sa.select(Product).where(Product.slug.in_(levels or {}))))
        document = actions.create(
            kind=AnnouncementKind(kind),
            title=title,
            summary="One sentence for everybody.",
            body=BODY,
            organizations=list(db.session.scalars(sa.select(Organization).where(is_member()))),
            products=products,
            levels={each: ProductLevel(levels[each.slug]) for each in products},
            by=person(ROBIN),
            **more,
        )
        db.session.commit()
        return f"/desk/announcements/{document.slug}/1/"


def asked(portal, title, **options):
    """Such a draft with the members asked to vote on it."""
    address = draft(portal, title, **options)
    with edition_of(portal, title) as edition:
        actions.request_sign_off(edition, by=person(ROBIN))
    return address


def say(portal, title, stance, *members, reason=None):
    """Each of `members` says the same of the text as it is."""
    with edition_of(portal, title) as edition:
        for member in members:
            seat = db.session.scalars(sa.select(Seat).join(Seat.organization).where(is_member(member))).one()
            actions.cast_vote(
                edition,
                seat=seat,
                stance=Stance(stance),
                reason=reason,
                text_hash=edition.text_hash,
                by=person(f"seat.{member.lower()}@example.org"),
            )


@contextmanager
def edition_of(portal, title):
    """The latest edition of the announcement, in the portal's own database; what is done inside is committed."""
    with inside(portal):
        of_title = sa.select(Announcement).join(Announcement.editions).where(Edition.title == title)
        yield db.session.scalars(of_title.distinct()).one().latest_edition
        db.session.commit()


def publish_incident(portal, title, *, product):
    """A status notice that is out at once: `product`, by its slug, is degraded."""
    draft(portal, title, kind="status", levels={product: "degraded"}, stage=Stage.INVESTIGATING)
    with edition_of(portal, title) as edition:
        actions.publish_at_once(edition, reason="It spoils measurements.", by=person(ROBIN))


def let_discussion_end(portal, title, *, until):
    """As if the members had discussed for long enough already, so that the worker finds it `until` the next round.

    Not a day longer: how soon the round after that is over depends on the day of the week.
    """
    with edition_of(portal, title) as edition:
        ballot = edition.ballot
        began = max(vote.at for vote in ballot.votes)
        gone = next(
            days
            for days in map(timedelta, range(1, 8))
            if after_working_days(began - days, ballot.discussion_days) <= now()
        )
        ballot.opened_at -= gone
        ballot.due_at -= gone
        for vote in ballot.votes:
            vote.at -= gone

    def has_come():
        with edition_of(portal, title) as edition:
            return edition.ballot.outcome == until

    wait_until(has_come, f"the vote on “{title}” is in its {until}")


def tamper(portal, title, **columns):
    """As an operator could who opens the database by hand."""
    with closing(sqlite3.connect(portal.database, timeout=20)) as connection, connection:
        changes = ", ".join(f"{name} = :{name}" for name in columns)
        done = connection.execute(
            f"UPDATE edition SET {changes} WHERE title = :old", columns | {"old": title}
        )
        assert done.rowcount == 1


def wait_for_state(portal, title, state):
    def is_there():
        with edition_of(portal, title) as edition:
            return edition.state == state

    wait_until(is_there, f"“{title}” is {state}")


def is_member(*names):
    return Organization.short_name.in_(names or MEMBERS)


def person(email):
    return db.session.scalars(sa.select(Person).where(Person.email == email)).one()


def sit_for(visitor, member):
    """Sign in as the representative of `member`."""
    name = NAMES.split()[
        3 * MEMBERS.index(member) + 2
    ]  # each member has a lead, an agent and a representative
    visitor.sign_in_as(f"{name} Representative ({member})")


def to_seats(subject):
    return [(email, subject) for email in sorted(SEATS)]
