"""One announcement from its first draft to where its story ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from cass_portal.announcements import actions
from cass_portal.announcements.actions import readers
from cass_portal.announcements.agreement import AgreementWay
from cass_portal.announcements.lifecycle import EditionState, ProductLevel, Stage
from cass_portal.announcements.models import (
    DIGESTED,
    Announcement,
    AnnouncementKind,
    Edition,
    ReaderLinkKind,
)
from cass_portal.clock import after_working_days, as_of
from cass_portal.db import db
from cass_portal.demo import updating, voting
from cass_portal.demo.people import Cast
from cass_portal.directory import queries as directory
from cass_portal.directory.models import Organization
from cass_portal.feedback.models import Feedback

WRITING = timedelta(hours=3)
"""From the first draft to the request for sign-off."""
VOTED_KINDS = ("direction", "call_for_input")


@dataclass(frozen=True)
class Telling:
    """A story with its clock; days are counted back from the start."""

    story: dict[str, Any]
    start: datetime
    organizations: dict[str, Organization]
    cast: Cast

    def ago(self, days: float) -> datetime:
        return self.start - timedelta(days=days)

    @property
    def asked_at(self) -> datetime:
        """When sign-off was requested. A vote of all members takes some days before the publication."""
        if "asked_working_days" in self.story:
            return long_ago(self.start, working_days=self.story["asked_working_days"]) - timedelta(hours=6)
        age = self.story["age"]
        return self.ago(self.story.get("asked", age + (4 if self.story["kind"] in VOTED_KINDS else 0.25)))

    @property
    def is_draft(self) -> bool:
        return self.story.get("state") == "draft"

    @property
    def voters(self) -> dict[str, Any]:
        return {"seats": self.cast.seats, "ended_by": self.second, "start": self.start}

    @property
    def author(self) -> Any:
        return self.cast.coordinators[0]

    @property
    def second(self) -> Any:
        return self.cast.coordinators[1]


def live(
    story: dict[str, Any], *, start: datetime, organizations: dict[str, Organization], cast: Cast
) -> None:
    telling = Telling(story, start, organizations, cast)
    document = write(telling)
    edition = document.latest_edition
    show_to_reader(telling, edition)
    if "at_once" in story:
        publish_at_once(telling, edition)
    elif not telling.is_draft:
        ask_and_agree(telling, edition)
    if edition.is_public:
        ratify(telling, edition)
        updating.live(story, document, start=start, by=telling.second)
        correct(telling, edition)
        withdraw(telling, edition)


def write(telling: Telling) -> Announcement:
    story = telling.story
    with as_of((telling.ago(story["age"]) if telling.is_draft else telling.asked_at) - WRITING):
        document = actions.create(
            kind=AnnouncementKind(story["kind"]),
            title=story["title"],
            summary=story["summary"],
            body=story["body"],
            organizations=[telling.organizations[name] for name in story["for"]],
            **affected(story),
            **dates(telling),
            feedback=matters(story.get("answers", [])),
            by=telling.author,
        )
        db.session.flush()
    return document


def affected(story: dict[str, Any]) -> dict[str, Any]:
    """The products, and for a status notice their levels and where its timeline begins."""
    products, _ = directory.about_by_slugs(story["products"])
    level, stage = story.get("level"), story.get("stage")
    return {
        "products": products,
        "levels": dict.fromkeys(products, ProductLevel(level)) if level else {},
        "stage": Stage(stage) if stage else None,
        "follows_clock": story.get("follows_clock", False),
    }


def dates(telling: Telling) -> dict[str, Any]:
    """Of an event or a maintenance, on the full hour."""
    if "starts_in_days" not in telling.story:
        return {}
    starts_at = telling.ago(-telling.story["starts_in_days"]).replace(minute=0, second=0, microsecond=0)
    return {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=telling.story["hours"])}


def matters(subjects: Sequence[str]) -> list[Feedback]:
    """The feedback that the announcement answers."""
    return [
        db.session.scalars(sa.select(Feedback).where(Feedback.subject == each)).one() for each in subjects
    ]


def show_to_reader(telling: Telling, edition: Edition) -> None:
    """Somebody from outside checks the facts, and says what is wrong."""
    if "reader" not in telling.story:
        return
    label, said = telling.story["reader"]
    with as_of(telling.ago(telling.story["age"])):
        link, secret = readers.invite_reader(
            edition, kind=ReaderLinkKind.FACT_CHECK, label=label, by=telling.author
        )
    with as_of(telling.ago(telling.story["age"] / 2)):
        readers.comment(link, body=said, text_hash=edition.text_hash, form_key=secret)


def ask_and_agree(telling: Telling, edition: Edition) -> None:
    """By a vote of the members or a second person, up to the publication or as far as the story goes."""
    story = telling.story
    with as_of(telling.asked_at):
        actions.request_sign_off(edition, by=telling.author)
    if "important" in story:
        raise_question(telling, edition)
    if edition.ballot is not None:
        voting.hold(edition.ballot, story.get("vote", voting.UNANIMOUS), **telling.voters)
        rewrite(telling, edition)
    elif story.get("state") != "in_sign_off":
        with as_of(telling.ago(story["age"]) - timedelta(hours=1)):
            actions.sign_off(edition, text_hash=edition.text_hash, by=telling.second)
    if edition.state == EditionState.AGREED:
        publish(telling, edition)


def raise_question(telling: Telling, edition: Edition) -> None:
    name, reason = telling.story["important"]
    with as_of(telling.asked_at + timedelta(hours=2)):
        actions.raise_question(edition, reason=reason, by=telling.cast.seats[name].holder)


def rewrite(telling: Telling, edition: Edition) -> None:
    """The author changes the text while the members vote, and asks them again."""
    if "rewritten" not in telling.story:
        return
    body = telling.story["rewritten"]
    with as_of(telling.ago(telling.story["age"])):
        actions.edit(edition, **saying(edition) | {"body": body}, by=telling.author)
        db.session.flush()
    with as_of(telling.ago(telling.story["age"] / 2)):
        actions.request_sign_off(edition, by=telling.author)


def publish(telling: Telling, edition: Edition) -> None:
    story = telling.story
    with as_of(telling.ago(story["age"])):
        if story.get("state") == "scheduled":
            actions.schedule(edition, at=telling.ago(-story["publish_in_days"]), by=telling.second)
        else:
            actions.publish(edition, by=telling.second)
        db.session.flush()


def publish_at_once(telling: Telling, edition: Edition) -> None:
    with as_of(telling.ago(telling.story["age"])):
        actions.publish_at_once(edition, reason=telling.story["at_once"], by=telling.author)
        db.session.flush()


def ratify(telling: Telling, edition: Edition) -> None:
    if edition.ballot is not None and edition.ballot.way == AgreementWay.RATIFY:
        voting.hold(edition.ballot, telling.story.get("ratified", voting.RATIFIED), **telling.voters)


def correct(telling: Telling, edition: Edition) -> None:
    if "correction" not in telling.story:
        return
    correction = telling.story["correction"]
    at = telling.ago(correction["age"])
    with as_of(at - WRITING):
        draft = actions.open_edition(edition, by=telling.author)
        db.session.flush()
        text = saying(draft) | {"body": correction["body"], "change_note": correction["note"]}
        actions.edit(draft, **text, by=telling.author)
        actions.request_sign_off(draft, by=telling.author)
    with as_of(at):
        actions.sign_off(draft, text_hash=draft.text_hash, by=telling.second)
        actions.publish(draft, by=telling.second)
        db.session.flush()


def withdraw(telling: Telling, edition: Edition) -> None:
    if "withdrawn" not in telling.story:
        return
    withdrawn = telling.story["withdrawn"]
    with as_of(telling.ago(withdrawn["age"]) - WRITING):
        actions.propose_withdrawal(edition, reason=withdrawn["reason"], by=telling.author)
    with as_of(telling.ago(withdrawn["age"])):
        actions.withdraw(edition, by=telling.second)


def saying(edition: Edition) -> dict[str, Any]:
    """The parts of a text as they are, for an edit that changes one of them."""
    return {name: getattr(edition, name) for name in DIGESTED}


def long_ago(start: datetime, *, working_days: int) -> datetime:
    """The latest instant that was already so many working days ago, to the hour."""
    at = start
    while after_working_days(at, working_days) > start:
        at -= timedelta(hours=1)
    return at
