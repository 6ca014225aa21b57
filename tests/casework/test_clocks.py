"""Due dates and overdue steps as a pure function of what happened."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cass_portal.casework.clocks import STEP_DAYS, Clock, Happening, Moment, Promise, Urgency, badge, replay
from cass_portal.casework.outcome_checks import check_on, target_on
from cass_portal.workdays import Calendar
from tests.foundations.test_workdays import CALENDARS

H = Happening
MONDAY = datetime(2026, 3, 2, 15, tzinfo=UTC)
PLAIN = Calendar()


def sent(at=MONDAY, **said):
    return Moment(H.SENT, at, **({"acknowledge_days": 5, "answer_days": 15} | said))


def days(number):
    return MONDAY + timedelta(days=number)


def dates(clock):
    return clock.acknowledge_by, clock.answer_by, clock.due_on


def test_days_are_counted_from_the_day_of_the_sending():
    assert dates(replay([sent()], PLAIN)) == (date(2026, 3, 9), date(2026, 3, 23), date(2026, 3, 9))
    read = replay([sent(), Moment(H.READ, days(1))], PLAIN)
    assert dates(read) == (date(2026, 3, 9), date(2026, 3, 23), date(2026, 3, 23))


def test_dates_that_somebody_chose_stand_above_the_days():
    clock = replay([sent(acknowledge_by=date(2026, 3, 4), answer_by=date(2026, 3, 7))], PLAIN)

    assert dates(clock) == (date(2026, 3, 4), date(2026, 3, 7), date(2026, 3, 4))


@pytest.mark.parametrize(
    ("calendar", "due"),
    [
        (Calendar("Pacific/Kiritimati"), date(2026, 3, 10)),
        (Calendar("Pacific/Pago_Pago"), date(2026, 3, 9)),
        (Calendar(workdays=frozenset({0, 1, 2, 3})), date(2026, 3, 10)),
        (Calendar(workdays=frozenset({6, 0, 1, 2, 3})), date(2026, 3, 9)),
        (Calendar(holidays=frozenset({date(2026, 3, 5), date(2026, 3, 7)})), date(2026, 3, 10)),
    ],
)
def test_the_members_own_calendar_counts(calendar, due):
    assert replay([sent()], calendar).acknowledge_by == due


def test_a_pause_moves_what_still_runs_by_the_working_days_waited():
    read = Moment(H.READ, days(1))
    asked, replied = Moment(H.PAUSED, days(2)), Moment(H.RESUMED, days(9))

    waiting = replay([sent(), read, asked], PLAIN)
    after = replay([sent(), read, asked, replied], PLAIN)

    assert (waiting.due_on, waiting.step_at) == (date(2026, 3, 23), None)
    assert dates(after) == (date(2026, 3, 9), date(2026, 3, 30), date(2026, 3, 30))
    unread = replay([sent(), asked, replied], PLAIN)
    assert dates(unread)[:2] == (date(2026, 3, 16), date(2026, 3, 30))
    assert dates(replay([sent(), asked, Moment(H.RESUMED, days(2))], PLAIN)) == dates(replay([sent()], PLAIN))


def test_who_is_sent_it_while_the_stakeholder_is_asked_waits_from_then_on():
    log = [Moment(H.PAUSED, days(-7)), sent(), Moment(H.RESUMED, days(1))]

    assert replay(log, PLAIN).acknowledge_by == date(2026, 3, 10)


@pytest.mark.parametrize("what", [H.DUE_CHANGED, H.ROLE_CHANGED])
def test_what_is_promised_while_the_stakeholder_is_asked_moves_by_what_is_waited_from_then_on(what):
    until = {"acknowledge_by": date(2026, 3, 12), "answer_by": date(2026, 3, 19)}
    begun = sent(owes=what == H.DUE_CHANGED)
    log = [begun, Moment(H.PAUSED, days(1)), Moment(what, days(8), **until), Moment(H.RESUMED, days(9))]

    assert dates(replay(log, PLAIN))[:2] == (date(2026, 3, 13), date(2026, 3, 20))


def test_steps_are_taken_once_each_on_working_days_of_the_member():
    clocks, log = [], [sent()]
    for _ in STEP_DAYS:
        clocks.append(replay(log, PLAIN).step_at)
        log.append(Moment(H.STEPPED, clocks[-1], promise=Promise.ACKNOWLEDGE))

    assert clocks == [datetime(2026, 3, day, tzinfo=UTC) for day in (10, 13, 19)]
    assert (replay(log, PLAIN).step_at, replay([*log, log[-1]], PLAIN).steps) == (None, 3)


def test_the_first_step_waits_for_the_next_working_day_and_for_midnight_of_the_place():
    honolulu = Calendar("Pacific/Honolulu", holidays=frozenset({date(2026, 3, 9)}))
    clock = replay([sent(acknowledge_by=date(2026, 3, 6))], honolulu)

    assert clock.step_at == datetime(2026, 3, 10, 10, tzinfo=UTC)


def test_each_promise_has_steps_of_its_own():
    step = Moment(H.STEPPED, days(10), promise=Promise.ACKNOWLEDGE)
    read = Moment(H.READ, days(10))

    assert replay([sent(), step], PLAIN).steps == 1
    assert replay([sent(), step, read], PLAIN).steps == 0
    assert replay([sent(), read, step], PLAIN).steps == 0, "a step that came too late"
    changed = Moment(H.DUE_CHANGED, days(11), acknowledge_by=date(2026, 3, 9), answer_by=date(2026, 4, 1))
    again = replay([sent(), step, changed], PLAIN)
    assert (again.steps, again.answer_by) == (0, date(2026, 4, 1))


@pytest.mark.parametrize("end", [H.ANSWERED, H.GONE, H.SET_ASIDE])
def test_nothing_is_due_once_it_is_over(end):
    clock = replay(
        [sent(), Moment(end, days(1)), Moment(H.PAUSED, days(2)), Moment(H.RESUMED, days(9))], PLAIN
    )

    assert (clock.due_on, clock.step_at) == (None, None)
    assert dates(clock)[:2] == (date(2026, 3, 9), date(2026, 3, 23))


def test_not_solved_gives_as_many_days_again():
    log = [sent(answer_days=4), Moment(H.ANSWERED, days(1)), Moment(H.REOPENED, days(30))]

    assert replay(log, PLAIN).due_on == date(2026, 4, 7)
    refused = [sent(), Moment(H.GONE, days(1)), Moment(H.REOPENED, days(30))]
    assert replay(refused, PLAIN).due_on is None


def test_taken_apart_again_it_is_exactly_as_it_was():
    log = [sent(), Moment(H.READ, days(1))]
    apart = [*log, Moment(H.SET_ASIDE, days(2)), Moment(H.TAKEN_UP, days(8))]

    assert replay(apart, PLAIN) == replay(log, PLAIN)


def test_who_is_only_informed_promises_nothing_until_an_answer_is_owed():
    informed = sent(owes=False)
    asked = Moment(H.ROLE_CHANGED, days(7), acknowledge_days=5, answer_days=15)

    assert replay([informed], PLAIN).due_on is None
    assert replay([informed, asked], PLAIN).due_on == date(2026, 3, 16)
    back = Moment(H.ROLE_CHANGED, days(8), owes=False)
    assert replay([informed, asked, back], PLAIN).step_at is None


MOMENTS = st.builds(
    Moment,
    st.sampled_from(H),
    st.builds(lambda hours: MONDAY + timedelta(hours=hours), st.integers(0, 20_000)),
    acknowledge_days=st.integers(0, 20),
    answer_days=st.integers(1, 60),
    owes=st.booleans(),
    promise=st.sampled_from(Promise),
)


@given(CALENDARS, st.lists(MOMENTS, max_size=12))
@settings(max_examples=300)
def test_whatever_happens_no_clock_is_negative_and_no_step_is_early(calendar, moments):
    log = [sent(datetime(2025, 12, 31, tzinfo=UTC)), *sorted(moments, key=lambda each: each.at)]
    begun = max(each.at for each in log if each.what == H.SENT)

    clock = replay(log, calendar)

    assert 0 <= clock.steps <= len(STEP_DAYS)
    assert clock.answer_by >= calendar.day_of(begun)
    assert clock.acknowledge_by >= calendar.day_of(begun)
    if clock.step_at is not None:
        assert calendar.is_working(calendar.day_of(clock.step_at))
        assert calendar.day_of(clock.step_at) > clock.due_on
        assert calendar.between(clock.due_on, calendar.day_of(clock.step_at)) == STEP_DAYS[clock.steps]


@given(CALENDARS, st.integers(0, 30), st.integers(0, 30))
@settings(max_examples=100)
def test_a_pause_keeps_the_days_that_were_left(calendar, until_asked, asked_for):
    asked, replied = days(until_asked), days(until_asked + asked_for)
    log = [sent(), Moment(H.READ, MONDAY), Moment(H.PAUSED, asked)]
    before = replay(log, calendar).answer_by
    after = replay([*log, Moment(H.RESUMED, replied)], calendar).answer_by

    left = calendar.between(calendar.day_of(asked), before)
    assert calendar.between(calendar.day_of(replied), after) == left


@pytest.mark.parametrize(
    ("due", "urgency", "words"),
    [
        (date(2026, 3, 9), Urgency.FAR, "due in 5 working days"),
        (date(2026, 3, 3), Urgency.SOON, "due in 1 working day"),
        (date(2026, 3, 2), Urgency.SOON, "due today"),
        (date(2026, 3, 1), Urgency.LATE, "1 working day late"),
        (date(2026, 2, 25), Urgency.LATE, "3 working days late"),
    ],
)
def test_a_badge_says_it_in_working_days(due, urgency, words):
    told = badge(due, at=MONDAY, calendar=PLAIN)
    assert (told.urgency, told.words) == (urgency, words)
    paused = badge(due, at=MONDAY, calendar=PLAIN, is_paused=True)
    assert (paused.urgency, paused.words) == (Urgency.PAUSED, "paused while we wait for the stakeholder")


def test_a_badge_on_a_day_off():
    saturday = datetime(2026, 3, 7, 12, tzinfo=UTC)
    assert badge(date(2026, 3, 6), at=saturday, calendar=PLAIN).words == "late: the day has passed"
    assert badge(date(2026, 3, 8), at=saturday, calendar=PLAIN).words == "due before the next working day"


@pytest.mark.parametrize(
    ("target", "day"),
    [
        ("2027-03-15", date(2027, 3, 15)), ("2027-02", date(2027, 2, 28)), ("2028-02", date(2028, 2, 29)),
        ("Q3 2027", date(2027, 9, 30)), ("2027 Q4", date(2027, 12, 31)), ("by 2027/Q1.", date(2027, 3, 31)),
        ("the second quarter of 2027", date(2027, 6, 30)), ("March 2027", date(2027, 3, 31)),
        ("15 March 2027", date(2027, 3, 15)), ("Sept. 5th, 2027", date(2027, 9, 5)),
        ("end of 2027", date(2027, 12, 31)),
        ("2027-13", None), ("2027-02-30", None), ("version 5.2", None), ("2027.1", None), ("v2027.2", None),
        ("the next release", None), ("", None),
    ],
)  # fmt: skip
def test_targets_that_name_a_day_are_read(target, day):
    assert target_on(target) == day


def test_an_answer_is_checked_when_it_had_its_time():
    on = date(2026, 3, 2)

    assert check_on([("done", None)], released_on=on) == date(2026, 3, 30)
    assert check_on([("planned", "2026-06"), ("partly", None)], released_on=on) == date(2026, 9, 28)
    assert check_on([("planned", "some day")], released_on=on) == date(2026, 5, 31)
    assert check_on([("planned", "2024")], released_on=on) == date(2026, 5, 31)
    assert check_on([("declined", None), ("information", None)], released_on=on) is None


def test_an_empty_log_promises_nothing():
    assert replay([], PLAIN) == Clock(PLAIN)
