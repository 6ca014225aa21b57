"""What people read instead of the database's words."""

from flask_babel import lazy_gettext as _

from cass_portal.announcements.lifecycle import ProductLevel, Stage

LEVELS = {
    ProductLevel.NO_KNOWN_ISSUES: _("No known issues"),
    ProductLevel.MAINTENANCE: _("Maintenance"),
    ProductLevel.ADVISORY: _("Advisory"),
    ProductLevel.DEGRADED: _("Degraded"),
    ProductLevel.OUTAGE: _("Outage"),
}
DAYS_OF = {
    ProductLevel.NO_KNOWN_ISSUES: _("without known issues"),
    ProductLevel.MAINTENANCE: _("with maintenance"),
    ProductLevel.ADVISORY: _("with an advisory"),
    ProductLevel.DEGRADED: _("degraded"),
    ProductLevel.OUTAGE: _("with an outage"),
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
