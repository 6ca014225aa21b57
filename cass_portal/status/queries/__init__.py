"""Reads of the status board: what was published and posted, for everybody. Products not listed are left out."""

from cass_portal.status.queries.board import (
    DAYS,
    Board,
    History,
    Page,
    Row,
    board,
    level_of,
    open_notices,
    page_of,
)
from cass_portal.status.queries.care import (
    in_need_of_care,
    out_now,
    reminders_of,
    silence_of,
    stale_for,
    step_due,
)
from cass_portal.status.queries.dates import dates, moved_ends
from cass_portal.status.queries.facts import levels_now, standing_of
from cass_portal.status.queries.notices import (
    Notice,
    by_slug,
    latest_updates,
    notices_of,
    steward_ids,
    told,
)

__all__ = [
    "DAYS",
    "Board",
    "History",
    "Notice",
    "Page",
    "Row",
    "board",
    "by_slug",
    "dates",
    "in_need_of_care",
    "latest_updates",
    "level_of",
    "levels_now",
    "moved_ends",
    "notices_of",
    "open_notices",
    "out_now",
    "page_of",
    "reminders_of",
    "silence_of",
    "stale_for",
    "standing_of",
    "step_due",
    "steward_ids",
    "told",
]
