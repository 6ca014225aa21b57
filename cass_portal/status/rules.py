"""What stands between a notice and an update, and who may post one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from cass_portal.announcements.lifecycle import OVER, EditionState, ProductLevel, Stage
from cass_portal.announcements.models import Announcement
from cass_portal.clock import now
from cass_portal.status import queries
from cass_portal.status.lifecycle import REOPEN_WITHIN
from cass_portal.status.spans import Standing
from cass_portal.transitions import ActRefused

BODY_LIMIT, URL_LIMIT = 5_000, 2_000


class UpdateRefused(ActRefused):
    """The update cannot be posted; the message says why."""


@dataclass(frozen=True)
class Affected:
    """Whom a notice concerns, for the policy: the stewards of its products."""

    organization_ids: frozenset[int]


def affected_by(announcement: Announcement) -> Affected:
    return Affected(queries.steward_ids(announcement))


def standing_of(announcement: Announcement) -> Standing:
    """How a notice stands that can be added to. Raises UpdateRefused for everything else."""
    edition = announcement.public_edition
    standing = queries.standing_of(announcement)
    if standing is None or edition is None:
        raise UpdateRefused("This is no status notice that is out with a timeline")
    if edition.state != EditionState.PUBLISHED:
        raise UpdateRefused("The notice was withdrawn; nothing can be added to it")
    return standing


def check_update(
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
