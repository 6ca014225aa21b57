"""What people read instead of the database's words."""

from collections.abc import Sequence

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from cass_portal.announcements.lifecycle import ProductLevel, Stage

LEVELS = {
    ProductLevel.NO_KNOWN_ISSUES: _("No known issues"),
    ProductLevel.MAINTENANCE: _("Maintenance"),
    ProductLevel.ADVISORY: _("Advisory"),
    ProductLevel.DEGRADED: _("Degraded"),
    ProductLevel.OUTAGE: _("Outage"),
}
STAGES = {
    Stage.INVESTIGATING: _("Investigating"),
    Stage.IDENTIFIED: _("Identified"),
    Stage.MONITORING: _("Monitoring"),
    Stage.RESOLVED: _("Resolved"),
    Stage.SCHEDULED: _("Scheduled"),
    Stage.IN_PROGRESS: _("In progress"),
    Stage.VERIFYING: _("Verifying"),
    Stage.COMPLETED: _("Completed"),
}


def history_in_words(percent: str, days: int, others: Sequence[tuple[ProductLevel, int]]) -> str:
    """“97.7 % of 90 days without known issues; 2 days degraded.” `others`: how many days at which other level."""
    whole = gettext("{percent} of {days} days without known issues").format(percent=percent, days=days)
    return "; ".join(
        [whole, ", ".join(_days_of(level, count) for level, count in others)][: 1 + bool(others)]
    )


def _days_of(level: ProductLevel, count: int) -> str:
    match level:
        case ProductLevel.MAINTENANCE:
            words = ngettext("{count} day with maintenance", "{count} days with maintenance", count)
        case ProductLevel.ADVISORY:
            words = ngettext("{count} day with an advisory", "{count} days with an advisory", count)
        case ProductLevel.DEGRADED:
            words = ngettext("{count} day degraded", "{count} days degraded", count)
        case ProductLevel.OUTAGE:
            words = ngettext("{count} day with an outage", "{count} days with an outage", count)
        case _:
            words = ngettext("{count} day without known issues", "{count} days without known issues", count)
    return words.format(count=count)
