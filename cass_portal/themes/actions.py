"""What coordinators do with themes. Each act asks policy and lifecycle, changes rows and records its event."""

from itertools import chain, count
from typing import Any, TypedDict, Unpack

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import flag_modified

from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.feedback.models import Feedback
from cass_portal.feedback.queries import NEVER_SHOWN_AROUND
from cass_portal.history import Audience, EventKind, record
from cass_portal.policy import Permission, require
from cass_portal.text import markdown_to_html, slug
from cass_portal.themes.lifecycle import THEME, ThemeState
from cass_portal.themes.models import Theme, ThemeItem
from cass_portal.themes.queries import slug_is_taken, was_told
from cass_portal.themes.refusals import InItAlready, NothingGathered, NotInIt, NotToShow

RESERVED_SLUGS = frozenset({"new", "feed"})


class Text(TypedDict):
    """The heading, and the three texts as Markdown."""

    title: str
    said: str
    discussed: str
    did: str


def create(*, by: Any, **text: Unpack[Text]) -> Theme:
    """A draft. Raises TextRefused."""
    require(by, Permission.THEME_EDIT)
    theme = Theme(state=ThemeState.DRAFT, created_at=now())
    _write(theme, text, by=by)
    _add_with_free_slug(theme)
    record(theme, EventKind.THEME_CREATED, by=by)
    return theme


def edit(theme: Theme, *, by: Any, **text: Unpack[Text]) -> None:
    """Change heading and texts; its address stays, and nobody is told again. Raises TextRefused."""
    require(by, Permission.THEME_EDIT)
    THEME.after("edit", theme.state)
    _write(theme, text, by=by)
    _touch(theme)
    record(theme, EventKind.THEME_CHANGED, by=by)


def gather(theme: Theme, item: Feedback, *, by: Any) -> None:
    """Put a matter into the theme. Where it is published already, the author hears of it now.

    Raises InItAlready, NotToShow.
    """
    require(by, Permission.THEME_EDIT)
    THEME.after("gather", theme.state)
    if item.state in NEVER_SHOWN_AROUND:
        raise NotToShow(f"{item.reference} was not accepted, or its author took it back")
    if any(each.feedback_id == item.id for each in theme.items):
        raise InItAlready(f"{item.reference} is in it already")
    theme.items.append(ThemeItem(feedback=item, feedback_id=item.id))
    _touch(theme)
    record(theme, EventKind.THEME_CHANGED, by=by, gathered=item.reference)
    if theme.is_published:
        _tell_authors(theme, by=by)


def leave_out(theme: Theme, item: Feedback, *, by: Any) -> None:
    """Take a matter out of the theme. Raises NotInIt."""
    require(by, Permission.THEME_EDIT)
    THEME.after("gather", theme.state)
    row = next((each for each in theme.items if each.feedback_id == item.id), None)
    if row is None:
        raise NotInIt(f"{item.reference} is not in it")
    theme.items.remove(row)
    _touch(theme)
    record(theme, EventKind.THEME_CHANGED, by=by, left_out=item.reference)


def publish(theme: Theme, *, by: Any) -> None:
    """Show it to everybody, and tell each author once: one event for each matter. Raises NothingGathered."""
    require(by, Permission.THEME_EDIT)
    state = THEME.after("publish", theme.state)
    if not theme.items:
        raise NothingGathered("there is no matter in it yet")
    theme.state, theme.published_at = state, theme.published_at or now()
    record(theme, EventKind.THEME_PUBLISHED, by=by, audience=Audience.PUBLIC)
    _tell_authors(theme, by=by)


def withdraw(theme: Theme, *, reason: str, by: Any) -> None:
    """Take it back; its readers find `reason` in its place."""
    require(by, Permission.THEME_EDIT)
    theme.state = THEME.after("withdraw", theme.state)
    record(theme, EventKind.THEME_WITHDRAWN, by=by, audience=Audience.PUBLIC, note=reason)


def _tell_authors(theme: Theme, *, by: Any) -> None:
    """Once for each matter, whatever happens to the theme later; who took theirs back is left alone."""
    for row in theme.items:
        item = row.feedback
        if row.told_at is not None or item.state in NEVER_SHOWN_AROUND or was_told(item, theme):
            continue
        row.told_at = now()
        record(
            item,
            EventKind.FEEDBACK_IN_THEME,
            by=by,
            audience=Audience.PUBLIC if item.is_public else Audience.STAKEHOLDER,
            theme=theme.id,
            slug=theme.slug,
            title=theme.title,
        )


def _write(theme: Theme, text: Text, *, by: Any) -> None:
    theme.title = text["title"]
    theme.said, theme.said_html = text["said"], markdown_to_html(text["said"])
    theme.discussed, theme.discussed_html = text["discussed"], markdown_to_html(text["discussed"])
    theme.did, theme.did_html = text["did"], markdown_to_html(text["did"])
    theme.edited_by, theme.edited_at = by, now()


def _touch(theme: Theme) -> None:
    """Count a new version even where no column of it changes: two people at once must meet."""
    flag_modified(theme, "state")


def _add_with_free_slug(theme: Theme) -> None:
    """Store under the title's slug; “-2”, “-3” … where that is taken."""
    stem = slug(theme.title) or "outcome"
    for candidate in chain([stem], (f"{stem}-{number}" for number in count(2))):
        if candidate in RESERVED_SLUGS or slug_is_taken(candidate):
            continue
        theme.slug = candidate
        try:
            with db.session.begin_nested():
                db.session.add(theme)
        except IntegrityError:  # somebody else took it between the look and the store
            continue
        return
