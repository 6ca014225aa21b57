"""Fill an empty instance with a past: the stories of the YAML files, lived through the ordinary acts."""

import importlib.resources
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import yaml

from cass_portal.clock import as_of, now
from cass_portal.db import db
from cass_portal.demo import (
    announcing,
    asking,
    feedback_stories,
    gathering,
    holding,
    joining,
    keeping,
    listening,
    tools,
)
from cass_portal.demo.people import invite_everybody
from cass_portal.directory import queries as directory
from cass_portal.history import Event
from cass_portal.people.models import Person
from cass_portal.text import slug
from cass_portal.website.archiving import import_archive
from cass_portal.website.site_news import News, NewsItem

FRESH = timedelta(days=2)
"""Acts younger than this still send their mails, so that the outbox has something to show."""


def fill(key: str) -> bool:
    """Fill the instance, once; whether anything was done. Needs the catalog. The caller commits.

    `key` is what the portal's links are signed with.
    """
    if db.session.scalar(sa.select(Person.id).limit(1)) is not None:
        return False
    start = now()
    organizations = {each.short_name: each for each in directory.current_members()}
    organizations["RAPIDS"].answers_need_second_person = True
    with as_of(start - timedelta(days=100)):
        cast = invite_everybody(list(organizations.values()))
        db.session.flush()
    for number, story in enumerate(stories("feedback.yaml")):
        feedback_stories.live(story, number, start=start, organizations=organizations, cast=cast)
    for story in stories("announcements.yaml"):
        announcing.live(story, start=start, organizations=organizations, cast=cast)
    holding.hold(start, cast)
    asking.ask(start, cast=cast)
    gathering.gather(start, cast=cast)
    joining.join(start, cast=cast)
    tools.lay_out(start, organizations=organizations, cast=cast)
    keeping.keep(start, cast=cast)
    keep_older_news(start)
    db.session.flush()
    listening.listen(start, organizations=organizations, lead=cast.leads["S4PST"], key=key)
    db.session.flush()
    forget_old_mails(start)
    return True


def stories(name: str) -> list[dict[str, Any]]:
    text = importlib.resources.files("cass_portal.demo").joinpath(name).read_text()
    return sorted(yaml.safe_load(text), key=lambda story: -story["age"])


def keep_older_news(start: datetime) -> None:
    """The archive, as an import of the web site's news would have made it."""
    items = []
    for story in stories("older_news.yaml"):
        day = (start - timedelta(days=story["age"])).date()
        key = f"{day.isoformat()}-{slug(story['title'])}"
        items.append(NewsItem(key, story["title"], story["summary"], day, story["url"]))
    import_archive(News(items), source="news of the demonstration")


def forget_old_mails(start: Any) -> None:
    """What happened long ago was told long ago."""
    old = sa.update(Event).where(Event.at < start - FRESH, Event.fanned_out_at.is_(None))
    db.session.execute(old.values(fanned_out_at=Event.at))
