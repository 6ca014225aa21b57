"""Timelines of status notices: which update leads where, until when one may reopen, when silence is too long. Pure."""

from datetime import timedelta

from cass_portal.announcements.lifecycle import INCIDENT, MAINTENANCE, OVER, Stage
from cass_portal.policy import Permission
from cass_portal.transitions import Lifecycle, Transition, TransitionRefused

REOPEN_WITHIN = timedelta(days=7)
"""After its end an incident may go on for this long; later it is a new one."""
NAG_HOURS = (3, 6, 12, 24)
"""After so many hours without an update an open notice reminds its owner, once each."""

S, P = Stage, Permission.STATUS_UPDATE
UPDATE = Lifecycle(  # An update may also leave the stage as it is: each target is among its own sources.
    Stage,
    [
        Transition(
            "investigate", frozenset({S.INVESTIGATING, S.MONITORING}), S.INVESTIGATING, P, "Investigating"
        ),
        Transition(
            "identify",
            frozenset({S.INVESTIGATING, S.IDENTIFIED, S.MONITORING}),
            S.IDENTIFIED,
            P,
            "Identified",
        ),
        Transition(
            "monitor", frozenset({S.INVESTIGATING, S.IDENTIFIED, S.MONITORING}), S.MONITORING, P, "Monitoring"
        ),
        Transition("resolve", frozenset(INCIDENT), S.RESOLVED, P, "Resolved"),
        Transition("reopen", frozenset({S.RESOLVED}), S.INVESTIGATING, P, "Reopened, investigating"),
        Transition("announce", frozenset({S.SCHEDULED}), S.SCHEDULED, P, "Scheduled"),
        Transition(
            "start", frozenset({S.SCHEDULED, S.IN_PROGRESS, S.VERIFYING}), S.IN_PROGRESS, P, "In progress"
        ),
        Transition("verify", frozenset({S.IN_PROGRESS, S.VERIFYING}), S.VERIFYING, P, "Verifying"),
        Transition(
            "complete", frozenset({S.IN_PROGRESS, S.VERIFYING, S.COMPLETED}), S.COMPLETED, P, "Completed"
        ),
    ],
)


def act_between(stage: Stage, target: Stage) -> str:
    """The act by which an update leads from `stage` to `target`. Raises TransitionRefused."""
    for transition in UPDATE.open_acts(stage):
        if transition.target == target:
            return transition.act
    raise TransitionRefused(f"an update to {target}", stage)


def possible(stage: Stage, *, may_reopen: bool) -> list[tuple[Stage, str]]:
    """The stages that an update may lead to from `stage`, with their words; the present one first."""
    open_acts = [each for each in UPDATE.open_acts(stage) if may_reopen or each.act != "reopen"]
    found = [(Stage(each.target), each.label) for each in open_acts if each.target is not None]
    return sorted(found, key=lambda each: (each[0] != stage, _place(each[0])))


def is_maintenance(stage: Stage) -> bool:
    return stage in MAINTENANCE


def is_running(stage: Stage) -> bool:
    """Neither ahead nor over."""
    return stage not in OVER and stage != Stage.SCHEDULED


def _place(stage: Stage) -> int:
    return list(Stage).index(stage)
