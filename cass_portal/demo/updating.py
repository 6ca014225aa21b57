"""What is posted about a status notice after its publication, and the maintenance that the clock has begun or ended."""

from datetime import datetime, timedelta
from typing import Any

from cass_portal.announcements.lifecycle import ProductLevel, Stage
from cass_portal.announcements.models import Announcement
from cass_portal.clock import as_of
from cass_portal.db import db
from cass_portal.status import actions, queries


def live(story: dict[str, Any], document: Announcement, *, start: datetime, by: Any) -> None:
    """Each of the story's updates at its age in days, then whatever the clock is due for until the start."""
    for told in story.get("updates", []):
        with as_of(start - timedelta(days=told["age"])):
            post(told, document, at=start - timedelta(days=told["age"]), by=by)
    follow_clock(document, start=start)


def post(told: dict[str, Any], document: Announcement, *, at: datetime, by: Any) -> None:
    products = {each.slug: each for each in document.editions[-1].products}
    actions.post_update(
        document,
        stage=Stage(told["stage"]),
        body=told["body"],
        levels={products[slug]: ProductLevel(level) for slug, level in told.get("levels", {}).items()},
        ends_at=at + timedelta(hours=told["ends_in_hours"]) if "ends_in_hours" in told else None,
        post_mortem_url=told.get("post_mortem"),
        by=by,
    )
    db.session.flush()


def follow_clock(document: Announcement, *, start: datetime) -> None:
    """As the worker would have done it then, had it been there."""
    while True:
        standing = queries.standing_of(document, by_clock=False)
        due = queries.step_due(standing, start) if standing is not None else None
        if due is None:
            return
        with as_of(due[1]):
            actions.follow_clock(document)
            db.session.flush()
