"""Reads of deliveries. Coordinators and administrators see all of them: to whom, why, when and what failed."""

from cass_portal.delivery.queries.pages import (
    PAGE,
    Filter,
    Page,
    count_failed,
    failed,
    failed_of,
    page_of,
    unsent_counts,
    visible_to,
)
from cass_portal.delivery.queries.waiting import Backlog, backlog, deliveries_wait, events_wait

__all__ = [
    "PAGE",
    "Backlog",
    "Filter",
    "Page",
    "backlog",
    "count_failed",
    "deliveries_wait",
    "events_wait",
    "failed",
    "failed_of",
    "page_of",
    "unsent_counts",
    "visible_to",
]
