"""The acts on a notice that is out: an update by a person, a step by the clock, and a reminder of its owner."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm.attributes import flag_modified

from cass_portal.announcements.lifecycle import OVER, EditionState, ProductLevel, Stage
from cass_portal.announcements.models import Announcement
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.models import Product
from cass_portal.history import Audience, EventKind, record
from cass_portal.policy import SYSTEM, Permission, require
from cass_portal.status import queries
from cass_portal.status.lifecycle import REOPEN_WITHIN, act_between
from cass_portal.status.models import LevelChange, StatusUpdate
from cass_portal.status.spans import FINE, Standing
from cass_portal.text import plain_to_html
from cass_portal.transitions import ActRefused

BODY_LIMIT, URL_LIMIT = 5_000, 2_000
BY_THE_CLOCK = {
    Stage.IN_PROGRESS: "The maintenance has begun, as scheduled.",
    Stage.COMPLETED: "The maintenance has ended, as scheduled.",
}


class UpdateRefused(ActRefused):
    """The update cannot be posted; the message says why."""


@dataclass(frozen=True)
class Affected:
    """Whom a notice concerns, for the policy: the stewards of its products."""

    organization_ids: frozenset[int]


def post_update(
    announcement: Announcement,
    *,
    stage: Stage,
    body: str,
    levels: Mapping[Product, ProductLevel] | None = None,
    ends_at: datetime | None = None,
    post_mortem_url: str | None = None,
    by: Any,
) -> StatusUpdate:
    """Say how it goes on with a published notice. `body` is plain text; `levels` holds what changes.

    At the end every product has no known issues again unless `levels` says otherwise; reopened, it stands where it
    stood before. Raises NotPermitted, TransitionRefused, UpdateRefused.
    """
    affected = affected_by(announcement)
    require(by, Permission.STATUS_UPDATE, affected)
    standing = _running(announcement)
    act = act_between(standing.stage, stage)
    said = {product.id: level for product, level in (levels or {}).items()}
    _check(standing, act, stage, body=body, said=said, ends_at=ends_at, post_mortem_url=post_mortem_url)
    acting_for = next(
        (each for each in by.organizations if each.id in affected.organization_ids and not by.is_coordinator),
        None,
    )
    update = _post(announcement, stage, body, by=by, at=now(), ends_at=ends_at, acting_for=acting_for)
    update.post_mortem_url = post_mortem_url
    update.changes = [
        LevelChange(product_id=product, level=level)
        for product, level in _changes(standing, act, stage, said).items()
    ]
    _tell(announcement, stage, by=by, acting_for=acting_for)
    return update


def follow_clock(announcement: Announcement) -> StatusUpdate | None:
    """Post the next step that the clock is due for, in the portal's name; None where there is none.

    The step is dated when it was due, however late the worker comes, but never before what was posted since.
    """
    standing = queries.standing_of(announcement, by_clock=False)
    due = queries.step_due(standing, now()) if standing is not None else None
    if standing is None or due is None:
        return None
    stage, at = due
    update = _post(announcement, stage, BY_THE_CLOCK[stage], by=SYSTEM, at=max(at, standing.spoke_at))
    if stage in OVER:
        update.changes = [LevelChange(product_id=product, level=FINE) for product in standing.counting]
    _tell(announcement, stage, by=SYSTEM)
    return update


def remind(announcement: Announcement) -> bool:
    """Remind the owner of a silent notice where that is due; once for each of the hours, the longest that passed."""
    standing = queries.standing_of(announcement)
    if standing is None:
        return False
    silence = queries.silence_of(standing, queries.reminders_of(announcement), now())
    if silence.hours is None:
        return False
    record(
        announcement,
        EventKind.ANNOUNCEMENT_STALE,
        by=SYSTEM,
        audience=Audience.MEMBERS,
        edition=announcement.latest_edition.number,
        hours=silence.hours,
    )
    return True


def affected_by(announcement: Announcement) -> Affected:
    return Affected(queries.steward_ids(announcement))


def _running(announcement: Announcement) -> Standing:
    edition = announcement.public_edition
    standing = queries.standing_of(announcement)
    if standing is None or edition is None:
        raise UpdateRefused("This is no status notice that is out with a timeline")
    if edition.state != EditionState.PUBLISHED:
        raise UpdateRefused("The notice was withdrawn; nothing can be added to it")
    return standing


def _check(
    standing: Standing,
    act: str,
    stage: Stage,
    *,
    body: str,
    said: Mapping[int, ProductLevel],
    ends_at: datetime | None,
    post_mortem_url: str | None,
) -> None:
    if act == "reopen" and standing.ended_at is not None and now() - standing.ended_at > REOPEN_WITHIN:
        raise UpdateRefused("It ended more than 7 days ago; please write a new notice")
    if not body.strip() or len(body) > BODY_LIMIT:
        raise UpdateRefused(f"Say in a few words what is known, in at most {BODY_LIMIT:,} characters")
    if said.keys() - standing.levels.keys():
        raise UpdateRefused("The notice does not name one of these products")
    if ends_at is not None and stage not in OVER and ends_at <= now():
        raise UpdateRefused("The expected end must lie ahead")
    if post_mortem_url is not None and stage not in OVER:
        raise UpdateRefused("A post-mortem belongs to the end")
    if post_mortem_url is not None and not is_https(post_mortem_url):
        raise UpdateRefused("The post-mortem needs an address that begins with https://")


def is_https(address: str) -> bool:
    """Whether `address` is an absolute https address of a host, without a name or password in it."""
    if len(address) > URL_LIMIT or any(sign.isspace() or not sign.isprintable() for sign in address):
        return False
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - raises where it is no number
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc


def _changes(
    standing: Standing, act: str, stage: Stage, said: Mapping[int, ProductLevel]
) -> dict[int, ProductLevel]:
    """Where the update puts products: what is said, and what the act implies."""
    if act == "reopen":
        return {**standing.before_end, **said}
    if stage in OVER and standing.stage not in OVER:
        return {**dict.fromkeys(standing.counting, FINE), **said}
    return {product: level for product, level in said.items() if level != standing.levels[product]}


def _post(
    announcement: Announcement,
    stage: Stage,
    body: str,
    *,
    by: Any,
    at: datetime,
    ends_at: datetime | None = None,
    acting_for: Any = None,
) -> StatusUpdate:
    """The row. The document counts a new version, so that two who post at once meet."""
    flag_modified(announcement, "slug")
    update = StatusUpdate(
        announcement=announcement,
        stage=stage,
        body=body,
        html=plain_to_html(body),
        ends_at=ends_at,
        by_id=by.id,
        acting_for=acting_for,
        at=at,
    )
    db.session.add(update)
    return update


def _tell(announcement: Announcement, stage: Stage, *, by: Any, acting_for: Any = None) -> None:
    edition = announcement.public_edition or announcement.latest_edition
    record(
        announcement,
        EventKind.ANNOUNCEMENT_UPDATED,
        by=by,
        acting_for=acting_for,
        audience=Audience.PUBLIC,
        edition=edition.number,
        stage=stage.value,
    )
