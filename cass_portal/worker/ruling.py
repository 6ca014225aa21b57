"""Routing without a coordinator, where an administrator allowed it, and what routing learns."""

from cass_portal.casework import background as casework
from cass_portal.worker.duty import Duty

LEARN_SECONDS = 30.0
REPORT_SECONDS = 5.0


def route_new(worker: Duty) -> bool:
    """New matters that a rule holds for."""
    busy = False
    with worker.going_on("routing by rule"):
        busy = casework.route_new()
    return busy  # noqa: RET504 what goes wrong inside ends there


def learn_routing(worker: Duty) -> bool:
    """What coordinators decided since the last time."""
    if worker.is_time("learn routing", LEARN_SECONDS):
        with worker.going_on("learning to route"):
            casework.learn_routing()
    return False


def report_on_rules(worker: Duty) -> bool:
    """What rules would have done, a spell each round until it is complete."""
    busy = False
    if worker.is_time("look for a report to make", REPORT_SECONDS) or casework.is_reporting():
        with worker.going_on("reporting on rules"):
            busy = casework.report_on_rules()
    return busy
