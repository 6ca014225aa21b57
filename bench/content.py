"""Who works and what was announced in a generated instance."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bench.words import Writer
from cass_portal.announcements.lifecycle import EditionState
from cass_portal.announcements.models import Announcement, AnnouncementKind, Edition
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.models import Level, Organization
from cass_portal.people.models import MemberRole, Membership, Person
from cass_portal.text import markdown_to_html

ANNOUNCEMENTS = 30


def add_people_and_announcements() -> None:
    """A coordinator, an agent with matters, an agent of a member to which nothing was routed."""
    busy = db.session.scalars(sa.select(Organization).where(Organization.level == Level.CORE)).first()
    quiet = Organization(short_name="QUIET", name="A member without matters", level=Level.CORE)
    coordinator = _person("coordinator", is_coordinator=True)
    for name, organization in (("agent", busy), ("quiet", quiet)):
        membership = Membership(organization=organization, role=MemberRole.AGENT, started_at=now())
        _person(name).memberships.append(membership)
    writer = Writer(seed=2)
    for number in range(1, ANNOUNCEMENTS + 1):
        _add_announcement(number, coordinator, writer)
    db.session.commit()


def _person(name: str, **fields: Any) -> Person:
    person = Person(
        email=f"{name}@example.org",
        name=name.title(),
        fs_uniquifier=f"bench-{name}",
        joined_at=now(),
        **fields,
    )
    db.session.add(person)
    return person


def _add_announcement(number: int, by: Person, writer: Writer) -> None:
    at = now() - timedelta(days=number)
    body = "\n\n".join(writer.text(60) for _ in range(5))
    document = Announcement(
        slug=f"bench-{number}",
        kind=AnnouncementKind.NEWS,
        created_by=by,
        created_at=at,
        first_published_at=at,
    )
    edition = Edition(
        announcement=document,
        number=1,
        state=EditionState.PUBLISHED,
        title=f"Announcement {number}",
        summary=writer.text(20),
        body=body,
        html=markdown_to_html(body),
        organizations=[],
        edited_by=by,
        edited_at=at,
        published_at=at,
        published_by=by,
    )
    edition.agreed_hash = edition.text_hash
    db.session.add_all([document, edition])
