"""The acts on a notice that is out: an update by a person, a step by the clock, and a reminder of its owner."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm.attributes import flag_modified

from cass_portal.announcements.lifecycle import OVER, ProductLevel, Stage
from cass_portal.announcements.models import Announcement
from cass_portal.clock import now
from cass_portal.db import db
from cass_portal.directory.models import Product
from cass_portal.history import Audience, EventKind, record
from cass_portal.policy import SYSTEM, Permission, require
from cass_portal.status import queries
from cass_portal.status.lifecycle import act_between
from cass_portal.status.models import LevelChange, StatusUpdate
from cass_portal.status.rules import affected_by, check_update, standing_of
from cass_portal.status.spans import FINE, Standing
from cass_portal.text import plain_to_html

BY_THE_CLOCK = {
    Stage.IN_PROGRESS: "The maintenance has begun, as scheduled.",
    Stage.COMPLETED: "The maintenance has ended, as scheduled.",
}


def post_update(
    announcement: Announcement,
    *,
    stage: Stage,
    body: str,
    levels: Mapping[Product, ProductLevel] | None = None,
    ends_at: datetime | None = None,
    post_mortem_url: str | None = None,
    is_minor: bool = False,
    by: Any,
) -> StatusUpdate:
    """Say how it goes on with a published notice. `body` is plain text; `levels` holds what changes.

    Subscribers are told of it unless it is minor. At the end every product has no known issues again unless `levels`
    says otherwise; reopened, it stands where it stood before. Raises NotPermitted, TransitionRefused, UpdateRefused.
    """
    affected = affected_by(announcement)
    require(by, Permission.STATUS_UPDATE, affected)
    standing = standing_of(announcement)
    act = act_between(standing.stage, stage)
    said = {product.id: level for product, level in (levels or {}).items()}
    check_update(standing, act, stage, body=body, said=said, ends_at=ends_at, post_mortem_url=post_mortem_url)
    acting_for = next(
        (each for each in by.organizations if each.id in affected.organization_ids and not by.is_coordinator),
        None,
    )
    update = _post(announcement, stage, body, by=by, at=now(), ends_at=ends_at, acting_for=acting_for)
    update.post_mortem_url, update.is_minor = post_mortem_url, is_minor
    update.changes = [
        LevelChange(product_id=product, level=level)
        for product, level in _changes(standing, act, stage, said).items()
    ]
    _tell(announcement, stage, is_minor=is_minor, by=by, acting_for=acting_for)
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


def _tell(
    announcement: Announcement, stage: Stage, *, is_minor: bool = False, by: Any, acting_for: Any = None
) -> None:
    edition = announcement.public_edition or announcement.latest_edition
    record(
        announcement,
        EventKind.ANNOUNCEMENT_UPDATED,
        by=by,
        acting_for=acting_for,
        audience=Audience.PUBLIC,
        edition=edition.number,
        stage=stage.value,
        minor=is_minor,
    )
