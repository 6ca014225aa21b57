"""Rows as tests need them. Each factory commits nothing; `made()` flushes so that ids exist."""

from datetime import timedelta
from itertools import count
from typing import Any, TypeVar

import sqlalchemy as sa

from cass_portal.announcements.agreement import DEFAULTS, AgreementWay
from cass_portal.announcements.agreement import Outcome as BallotOutcome
from cass_portal.announcements.changes import saying
from cass_portal.announcements.lifecycle import EditionState
from cass_portal.announcements.models import (
    Announcement,
    AnnouncementKind,
    Ballot,
    Edition,
    SignOff,
    SignOffStance,
)
from cass_portal.casework.lifecycle import AssignmentRole, AssignmentState, Outcome
from cass_portal.casework.models import Answer, Assignment
from cass_portal.clock import add_working_days, now, today
from cass_portal.db import db
from cass_portal.directory.models import (
    Area,
    GroupStatus,
    Level,
    Organization,
    Product,
    ProductArea,
    Stewardship,
    Topic,
    TopicOwner,
    WorkingGroup,
)
from cass_portal.feedback.lifecycle import Moderation
from cass_portal.feedback.models import (
    Feedback,
    FeedbackKind,
    Prompt,
    PromptKind,
    StakeholderKind,
    Visibility,
)
from cass_portal.hooks.models import HookKind, Webhook
from cass_portal.hooks.wishes import offered
from cass_portal.people.models import MemberRole, Membership, Person, Seat, SeatTerm, TermKind
from cass_portal.text import markdown_to_html, plain_to_html

S = EditionState
T = TypeVar("T")
number = count(1)


def made(row: T) -> T:
    db.session.add(row)
    db.session.flush()
    return row


def organization(short_name: str | None = None, **fields: Any) -> Organization:
    short_name = short_name or f"MEMBER{next(number)}"
    defaults = {
        "name": f"The {short_name} institute",
        "level": Level.CORE,
        "contact_email": f"{short_name.lower()}@example.org",
    }
    return made(Organization(short_name=short_name, **(defaults | fields)))


def area(name: str | None = None) -> Area:
    n = next(number)
    return made(Area(name=name or f"Area {n}", position=n))


def product(name: str | None = None, *, stewards: Any = (), areas: Any = (), **fields: Any) -> Product:
    name = name or f"Product {next(number)}"
    key = fields.pop("key", name.lower().replace(" ", "-"))
    row = Product(key=key, slug=fields.pop("slug", key), name=name, **fields)
    row.stewardships = [Stewardship(organization=each, position=i) for i, each in enumerate(stewards)]
    row.product_areas = [ProductArea(area=each, position=i) for i, each in enumerate(areas)]
    return made(row)


def working_group(name: str | None = None, **fields: Any) -> WorkingGroup:
    name = name or f"Group {next(number)}"
    return made(
        WorkingGroup(
            key=name.lower().replace(" ", "-"), name=name, **({"status": GroupStatus.ACTIVE} | fields)
        )
    )


def topic(name: str | None = None, *, organizations: Any = (), groups: Any = (), **fields: Any) -> Topic:
    n = next(number)
    name = name or f"Topic {n}"
    row = Topic(
        slug=name.lower().replace(" ", "-"), name=name, description=f"All about {name}", position=n, **fields
    )
    row.owners = [TopicOwner(organization=each, position=i) for i, each in enumerate(organizations)]
    row.owners += [TopicOwner(working_group=each, position=100 + i) for i, each in enumerate(groups)]
    return made(row)


def person(name: str | None = None, *, lead_of: Any = (), agent_of: Any = (), **fields: Any) -> Person:
    n = next(number)
    defaults: dict[str, Any] = {
        "email": f"person{n}@example.org",
        "name": name or f"Person {n}",
        "fs_uniquifier": f"uniquifier-{n}",
        "joined_at": now(),
    }
    row = Person(**(defaults | fields))
    for role, organizations in ((MemberRole.LEAD, lead_of), (MemberRole.AGENT, agent_of)):
        for each in organizations if isinstance(organizations, list | tuple) else [organizations]:
            row.memberships.append(Membership(organization=each, role=role, started_at=now()))
    made(row)
    db.session.refresh(row, ["memberships"])
    return row


def coordinator(name: str | None = None, **fields: Any) -> Person:
    return person(name, is_coordinator=True, **fields)


def administrator(name: str | None = None, **fields: Any) -> Person:
    return person(name, is_administrator=True, **fields)


def seat(of: Organization | None, *, holder: Person | None = None, label: str | None = None) -> Seat:
    row = made(Seat(organization=of, label=label or f"{of.short_name if of else 'affiliates'} seat"))
    if holder is not None:
        made(SeatTerm(seat=row, person=holder, kind=TermKind.HOLDER, starts_on=today()))
    return row


def feedback(subject: str | None = None, **fields: Any) -> Feedback:
    """Accepted by default (state new), with a mail address, for coordinators and assigned members."""
    n = next(number)
    body = fields.pop("body", f"Something happened to run number {n}, and here is what was seen.")
    visibility = fields.pop("visibility", Visibility.PRIVATE)
    defaults: dict[str, Any] = {
        "reference": f"CASS-T{n:04}",
        "kind": FeedbackKind.PROBLEM,
        "stakeholder_kind": StakeholderKind.USER,
        "email": f"stakeholder{n}@example.org",
        "author_visibility": visibility,
        "moderation": Moderation.ACCEPTED,
        "created_at": now(),
        "confirmed_at": now(),
        "products": [],
        "topics": [],
        "assignments": [],
    }
    row = Feedback(
        subject=subject or f"Matter {n}",
        body=body,
        body_html=plain_to_html(body),
        visibility=visibility,
        **(defaults | fields),
    )
    row.settle()
    return made(row)


def public_feedback(subject: str | None = None, **fields: Any) -> Feedback:
    return feedback(subject, visibility=Visibility.PUBLIC, published_at=now(), **fields)


def prompt(kind: PromptKind = PromptKind.NOTICE, text: str = "Which version?", **fields: Any) -> Prompt:
    """Shown always, unless a product or topic is given."""
    return made(Prompt(kind=kind, text=text, html=f"<p>{text}</p>", changed_at=now(), **fields))


def assignment(of: Feedback, to: Organization, **fields: Any) -> Assignment:
    defaults: dict[str, Any] = {
        "role": AssignmentRole.LEAD,
        "state": AssignmentState.SENT,
        "sent_at": now(),
        "acknowledge_by": add_working_days(today(), 5),
        "answer_by": add_working_days(today(), 15),
    }
    row = made(Assignment(feedback=of, organization=to, **(defaults | fields)))
    of.settle()
    db.session.flush()
    return row


def answer(
    of: Assignment, by: Person, *, outcome: Outcome = Outcome.DONE, text: str = "It is done.", **fields: Any
) -> Answer:
    return made(
        Answer(
            assignment=of,
            outcome=outcome,
            text=text,
            html=markdown_to_html(text),
            drafted_by=by,
            drafted_at=now(),
            **fields,
        )
    )


def announcement(
    title: str | None = None, *, by: Person, state: EditionState = EditionState.PUBLISHED, **fields: Any
) -> Announcement:
    """A document with one edition in `state`, agreed and published where that state implies it."""
    n = next(number)
    title = title or f"Announcement {n}"
    published = state in ONCE_PUBLIC
    at = fields.pop("at", now() - timedelta(minutes=1))
    row = Announcement(
        slug=fields.pop("slug", f"announcement-{n}"),
        kind=fields.pop("kind", AnnouncementKind.NEWS),
        organization=fields.pop("organization", None),
        created_by=by,
        created_at=at,
        first_published_at=at if published else None,
    )
    edition(row, by=by, number=1, title=title, state=state, at=at, **fields)
    return made(row)


UNAGREED = frozenset({S.DRAFT, S.IN_SIGN_OFF, S.DISCUSSION, S.RETURNED, S.DISCARDED})
ONCE_PUBLIC = frozenset({S.PUBLISHED, S.WITHDRAWN, S.SUPERSEDED})


def edition(
    of: Announcement, *, by: Person, number: int, state: EditionState, at: Any = None, **fields: Any
) -> Edition:
    """Agreed where `state` implies it: by a closed vote of the members or by a second person, as its kind needs."""
    at = at or now()
    body = fields.pop("body", "The **Consortium** announces something.")
    second = None if state in UNAGREED else signing_person()
    defaults: dict[str, Any] = {
        "title": "An announcement",
        "summary": "What it is about.",
        "organizations": [],
    }
    products, levels = fields.pop("products", []), fields.pop("levels", {})
    row = Edition(
        announcement=of, number=number, state=state, body=body, html=markdown_to_html(body), edited_by=by,
        edited_by_id=by.id, edited_at=at, published_at=at if state in ONCE_PUBLIC else None, **(defaults | fields),
    )  # fmt: skip
    row.affect(products, levels)
    if second is not None:
        agree(row, second)
    return row


def agree(row: Edition, second: Person) -> None:
    """Give the text of `row` the agreement its kind needs."""
    row.agreed_hash = row.text_hash
    if DEFAULTS[row.announcement.kind].way == AgreementWay.SENSE_VOTE or row.announcement.is_important:
        ballot(row, outcome=BallotOutcome.AGREED, closed_at=row.edited_at, seats=1, for_it=1)
    else:
        said = {"stance": SignOffStance.AGREE, "text_hash": row.text_hash, "at": row.edited_at}
        row.sign_offs.append(SignOff(person=second, person_id=second.id, **said))


def signing_person() -> Person:
    """The one second person who agreed to everything that factories make agreed."""
    known = sa.select(Person).where(Person.email == "signing@example.org")
    return db.session.scalars(known).first() or person("Signing Person", email="signing@example.org")


def ballot(of: Edition, *, way: AgreementWay = AgreementWay.SENSE_VOTE, **fields: Any) -> Ballot:
    """A vote on the text as it is, open unless `closed_at` says otherwise."""
    policy = DEFAULTS[of.announcement.kind]._replace(way=way)
    defaults: dict[str, Any] = {
        "text_hash": of.text_hash,
        "text": saying(of),
        "opened_at": of.edited_at,
        "outcome": BallotOutcome.VOTING,
        "reason": "",
    }
    row = Ballot(**(policy._asdict() | defaults | fields))
    of.ballots.append(row)
    return row


def hook(of: Organization | None = None, *, by: Person, **fields: Any) -> Webhook:
    """Told of everything its owner may want to know, by default."""
    kinds = [k.value for each in offered(to_organization=of is not None) for k in each.kinds]
    defaults: dict[str, Any] = {
        "kind": HookKind.WEBHOOK,
        "name": f"Hook {next(number)}",
        "url": "https://hooks.example.org/in",
        "kinds": kinds,
        "created_by": by,
        "created_at": now(),
    }
    return made(Webhook(organization=of, **(defaults | fields)))
