"""What was promised and when it is broken: a pure function of what happened to one assignment, in order.

`replay` folds the log of one assignment into its clock: until when it is to be acknowledged and answered, and when the
next overdue step is taken. The stored columns (acknowledge_by, answer_by, step_at, overdue_steps) are what it
says. Days are days of the member's calendar.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import reduce

from cass_portal.workdays import Calendar

STEP_DAYS = (1, 4, 8)
"""Working days after the due date on which the overdue steps are taken, at the start of the member's day: the member
hears on the first, its leads three days later, the coordinators four days after that."""
SOON_DAYS = 2


class Happening(StrEnum):
    SENT = "sent"
    READ = "read"
    PAUSED = "paused"
    RESUMED = "resumed"
    ANSWERED = "answered"
    GONE = "gone"
    SET_ASIDE = "set_aside"
    TAKEN_UP = "taken_up"
    REOPENED = "reopened"
    DUE_CHANGED = "due_changed"
    ROLE_CHANGED = "role_changed"
    STEPPED = "stepped"


H = Happening


class Promise(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    ANSWER = "answer"


@dataclass(frozen=True)
class Moment:
    """One thing that happened. Days and dates go with a promise that is given (a date stands above the days);
    `owes` with SENT and ROLE_CHANGED: whether an answer is owed; `promise` with STEPPED: which one was broken.
    """

    what: Happening
    at: datetime
    acknowledge_days: int = 0
    answer_days: int = 0
    acknowledge_by: date | None = None
    answer_by: date | None = None
    owes: bool = True
    promise: Promise | None = None


@dataclass(frozen=True)
class Clock:
    """`promise` is the one that runs, None where nothing is owed any more; `steps` were taken for it.

    `set_aside`: how it stood when the matter was rejected or joined with another, to be taken up again.
    """

    calendar: Calendar
    acknowledge_by: date | None = None
    answer_by: date | None = None
    answer_days: int = 0
    promise: Promise | None = None
    owes: bool = True
    was_answered: bool = False
    paused_since: datetime | None = None
    steps: int = 0
    set_aside: "Clock | None" = None

    @property
    def due_on(self) -> date | None:
        if self.promise is None or not self.owes:
            return None
        return self.acknowledge_by if self.promise == Promise.ACKNOWLEDGE else self.answer_by

    @property
    def step_at(self) -> datetime | None:
        """When the next overdue step is to be taken; None while nothing runs and when all are taken."""
        if self.due_on is None or self.paused_since is not None:
            return None
        return step_at(self.due_on, taken=self.steps, calendar=self.calendar)


def step_at(due_on: date, *, taken: int, calendar: Calendar) -> datetime | None:
    """The start of the member's day on which the step after `taken` steps is due; None after the last."""
    if taken >= len(STEP_DAYS):
        return None
    return calendar.start_of(calendar.add(due_on, STEP_DAYS[taken]))


def replay(log: Iterable[Moment], calendar: Calendar) -> Clock:
    """The clock of one assignment after all of `log`, oldest first."""
    return reduce(_after, log, Clock(calendar))


def _after(clock: Clock, moment: Moment) -> Clock:
    return AFTER[moment.what](clock, moment)


def _sent(clock: Clock, moment: Moment) -> Clock:
    begun = Clock(clock.calendar, promise=Promise.ACKNOWLEDGE, owes=moment.owes)
    return _promised(replace(begun, paused_since=clock.paused_since), moment)


def _read(clock: Clock, _moment: Moment) -> Clock:
    if clock.promise != Promise.ACKNOWLEDGE:
        return clock
    return replace(clock, promise=Promise.ANSWER, steps=0)


def _paused(clock: Clock, moment: Moment) -> Clock:
    return replace(clock, paused_since=clock.paused_since or moment.at)


def _resumed(clock: Clock, moment: Moment) -> Clock:
    """What still runs is due later by the working days that were waited."""
    since, calendar = clock.paused_since, clock.calendar
    clock = replace(clock, paused_since=None)
    if since is None or clock.promise is None:
        return clock
    waited = calendar.between(calendar.day_of(since), calendar.day_of(moment.at))
    later = replace(clock, answer_by=clock.answer_by and calendar.add(clock.answer_by, waited))
    if clock.promise == Promise.ACKNOWLEDGE and clock.acknowledge_by:
        later = replace(later, acknowledge_by=calendar.add(clock.acknowledge_by, waited))
    return later


def _answered(clock: Clock, _moment: Moment) -> Clock:
    return replace(clock, promise=None, was_answered=True)


def _gone(clock: Clock, _moment: Moment) -> Clock:
    return clock if clock.promise is None else replace(clock, promise=None, was_answered=False)


def _set_aside(clock: Clock, _moment: Moment) -> Clock:
    return clock if clock.promise is None else replace(clock, promise=None, set_aside=clock)


def _taken_up(clock: Clock, _moment: Moment) -> Clock:
    return clock.set_aside or clock


def _reopened(clock: Clock, moment: Moment) -> Clock:
    """Not solved: as many working days again as there were for the first answer."""
    if not clock.was_answered:
        return clock
    answer_by = clock.calendar.add(clock.calendar.day_of(moment.at), clock.answer_days)
    return replace(clock, promise=Promise.ANSWER, answer_by=answer_by, was_answered=False, steps=0)


def _due_changed(clock: Clock, moment: Moment) -> Clock:
    return replace(_promised(clock, moment), answer_days=clock.answer_days)


def _role_changed(clock: Clock, moment: Moment) -> Clock:
    """Who was only informed and owes an answer from now on, promises it now."""
    begins = moment.owes and not clock.owes
    changed = replace(clock, owes=moment.owes)
    return _promised(changed, moment) if begins else changed


def _stepped(clock: Clock, moment: Moment) -> Clock:
    if moment.promise != clock.promise:
        return clock
    return replace(clock, steps=min(clock.steps + 1, len(STEP_DAYS)))


def _promised(clock: Clock, moment: Moment) -> Clock:
    """A promise is given: by days of the member, or by dates that somebody chose. Its steps begin anew.

    Where the stakeholder is asked meanwhile, only what is waited from now on counts.
    """
    calendar, today = clock.calendar, clock.calendar.day_of(moment.at)
    return replace(
        clock,
        acknowledge_by=moment.acknowledge_by or calendar.add(today, moment.acknowledge_days),
        answer_by=moment.answer_by or calendar.add(today, moment.answer_days),
        answer_days=moment.answer_days,
        paused_since=clock.paused_since and moment.at,
        steps=0,
    )


AFTER: dict[Happening, Callable[[Clock, Moment], Clock]] = {
    H.SENT: _sent,
    H.READ: _read,
    H.PAUSED: _paused,
    H.RESUMED: _resumed,
    H.ANSWERED: _answered,
    H.GONE: _gone,
    H.SET_ASIDE: _set_aside,
    H.TAKEN_UP: _taken_up,
    H.REOPENED: _reopened,
    H.DUE_CHANGED: _due_changed,
    H.ROLE_CHANGED: _role_changed,
    H.STEPPED: _stepped,
}


class Urgency(StrEnum):
    FAR = "far"
    SOON = "soon"
    LATE = "late"
    PAUSED = "paused"


@dataclass(frozen=True)
class Badge:
    """A promise in words, for a list or a page."""

    urgency: Urgency
    words: str
    due_on: date


def badge(due_on: date, *, at: datetime, calendar: Calendar, is_paused: bool = False) -> Badge:
    """How a promise stands at `at`, in working days of the member."""
    today = calendar.day_of(at)
    if is_paused:
        return Badge(Urgency.PAUSED, "paused while we wait for the stakeholder", due_on)
    if due_on < today:
        late = calendar.between(due_on, today)
        return Badge(
            Urgency.LATE, f"{_working_days(late)} late" if late else "late: the day has passed", due_on
        )
    if due_on == today:
        return Badge(Urgency.SOON, "due today", due_on)
    left = calendar.between(today, due_on)
    words = f"due in {_working_days(left)}" if left else "due before the next working day"
    return Badge(Urgency.SOON if left <= SOON_DAYS else Urgency.FAR, words, due_on)


def _working_days(number: int) -> str:
    return "1 working day" if number == 1 else f"{number} working days"
