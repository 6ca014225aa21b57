"""One announcement from its first draft to where its story ends."""

from datetime import datetime, timedelta
from typing import Any

from cass_portal.announcements import actions
from cass_portal.announcements.models import AnnouncementKind, Edition
from cass_portal.clock import as_of
from cass_portal.db import db
from cass_portal.demo.people import Cast
from cass_portal.directory import queries as directory
from cass_portal.directory.models import Organization


def live(
    story: dict[str, Any], *, start: datetime, organizations: dict[str, Organization], cast: Cast
) -> None:
    author, second, _ = cast.coordinators
    at = start - timedelta(days=story["age"])
    products, _ = directory.about_by_slugs(story["products"])
    with as_of(at - timedelta(hours=9)):
        document = actions.create(
            kind=AnnouncementKind(story["kind"]),
            title=story["title"],
            summary=story["summary"],
            body=story["body"],
            organizations=[organizations[name] for name in story["for"]],
            products=products,
            by=author,
        )
        db.session.flush()
    edition = document.latest_edition
    if story.get("state") == "draft":
        return
    with as_of(at - timedelta(hours=6)):
        actions.request_sign_off(edition, by=author)
    if story.get("state") == "in_sign_off":
        return
    agree_and_publish(edition, story, at=at, start=start, by=second)
    if "correction" in story:
        correct(edition, story["correction"], start=start, author=author, second=second)
    if "withdrawn" in story:
        with as_of(start - timedelta(days=story["withdrawn"]["age"], hours=2)):
            actions.propose_withdrawal(edition, reason=story["withdrawn"]["reason"], by=author)
        with as_of(start - timedelta(days=story["withdrawn"]["age"])):
            actions.withdraw(edition, by=second)


def agree_and_publish(
    edition: Edition, story: dict[str, Any], *, at: datetime, start: datetime, by: Any
) -> None:
    with as_of(at - timedelta(hours=1)):
        actions.sign_off(edition, text_hash=edition.text_hash, by=by)
    if story.get("state") == "scheduled":
        actions.schedule(edition, at=start + timedelta(days=story["publish_in_days"]), by=by)
        return
    with as_of(at):
        actions.publish(edition, by=by)
        db.session.flush()


def correct(
    edition: Edition, correction: dict[str, Any], *, start: datetime, author: Any, second: Any
) -> None:
    at = start - timedelta(days=correction["age"])
    with as_of(at - timedelta(hours=3)):
        draft = actions.open_edition(edition, by=author)
        db.session.flush()
        actions.edit(
            draft,
            title=draft.title,
            summary=draft.summary,
            body=correction["body"],
            organizations=list(draft.organizations),
            products=list(draft.products),
            change_note=correction["note"],
            by=author,
        )
        actions.request_sign_off(draft, by=author)
    agree_and_publish(draft, {}, at=at, start=start, by=second)
