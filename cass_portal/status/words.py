"""What people read instead of the database's words."""

from cass_portal.announcements.lifecycle import ProductLevel, Stage

LEVELS = {
    ProductLevel.NO_KNOWN_ISSUES: "No known issues",
    ProductLevel.MAINTENANCE: "Maintenance",
    ProductLevel.ADVISORY: "Advisory",
    ProductLevel.DEGRADED: "Degraded",
    ProductLevel.OUTAGE: "Outage",
}
DAYS_OF = {
    ProductLevel.NO_KNOWN_ISSUES: "without known issues",
    ProductLevel.MAINTENANCE: "with maintenance",
    ProductLevel.ADVISORY: "with an advisory",
    ProductLevel.DEGRADED: "degraded",
    ProductLevel.OUTAGE: "with an outage",
}
STAGES = {
    Stage.INVESTIGATING: "Investigating",
    Stage.IDENTIFIED: "Identified",
    Stage.MONITORING: "Monitoring",
    Stage.RESOLVED: "Resolved",
    Stage.SCHEDULED: "Scheduled",
    Stage.IN_PROGRESS: "In progress",
    Stage.VERIFYING: "Verifying",
    Stage.COMPLETED: "Completed",
}
