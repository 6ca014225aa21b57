"""Days of work: counted and added in a member's own zone. Pure, so asked once and of many."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cass_portal.workdays import (
    Calendar,
    NotAHoliday,
    NoWorkdays,
    UnknownZone,
    checked_workdays,
    checked_zone,
    federal_holidays,
    read_holidays,
)

ZONES = (
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Asia/Kolkata",
)
DAYS = st.dates(date(2019, 1, 1), date(2033, 12, 31))
CALENDARS = st.builds(
    Calendar,
    st.sampled_from(ZONES),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.frozensets(DAYS, max_size=12),
)


@given(CALENDARS, DAYS, st.integers(0, 60))
@settings(max_examples=200)
def test_adding_days_is_what_counting_them_gives(calendar, start, days):
    end = calendar.add(start, days)

    assert calendar.between(start, end) == days
    assert days == 0 or calendar.is_working(end)


@given(CALENDARS, DAYS, DAYS)
@settings(max_examples=200)
def test_counting_looks_at_each_day_and_is_never_negative(calendar, start, end):
    each_day = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))

    assert calendar.between(start, end) == sum(map(calendar.is_working, each_day))


@given(CALENDARS, DAYS)
@settings(max_examples=100)
def test_a_day_begins_on_that_day_and_not_before(calendar, day):
    begins = calendar.start_of(day)

    assert calendar.day_of(begins) == day
    assert calendar.day_of(begins - timedelta(seconds=1)) == day - timedelta(days=1)


@pytest.mark.parametrize(
    ("zone", "instant", "day"),
    [
        ("Pacific/Kiritimati", datetime(2026, 3, 1, 10, tzinfo=UTC), date(2026, 3, 2)),
        ("Pacific/Pago_Pago", datetime(2026, 3, 1, 10, 59, tzinfo=UTC), date(2026, 2, 28)),
        ("America/New_York", datetime(2026, 3, 8, 4, 30, tzinfo=UTC), date(2026, 3, 7)),
        ("America/New_York", datetime(2026, 3, 9, 4, 30, tzinfo=UTC), date(2026, 3, 9)),
        ("Europe/Berlin", datetime(2026, 10, 25, 22, 30, tzinfo=UTC), date(2026, 10, 25)),
    ],
)
def test_the_date_is_that_of_the_place_on_both_sides_of_the_date_line_and_of_summer_time(zone, instant, day):
    assert Calendar(zone).day_of(instant) == day


def test_a_day_without_midnight_begins_at_its_first_instant():
    """Beirut put its clocks forward at midnight: 26 March 2023 began at one o'clock."""
    begins = Calendar("Asia/Beirut").start_of(date(2023, 3, 26))

    assert begins.astimezone(ZoneInfo("Asia/Beirut")).date() == date(2023, 3, 26)


def test_leap_days_count_and_holidays_on_weekends_do_not():
    calendar = Calendar(holidays=frozenset({date(2028, 2, 26), date(2028, 3, 1)}))

    assert calendar.add(date(2028, 2, 25), 2) == date(2028, 2, 29)
    assert calendar.between(date(2028, 2, 25), date(2028, 3, 2)) == 3


@pytest.mark.parametrize("days", [frozenset(), frozenset({7}), frozenset({-1, 2})])
def test_a_calendar_without_workdays_is_refused(days):
    with pytest.raises(NoWorkdays):
        Calendar(workdays=days)
    with pytest.raises(NoWorkdays):
        checked_workdays(days)


def test_only_known_zones_are_taken():
    assert checked_zone("America/Chicago") == "America/Chicago"
    for wrong in ("", "Mars/Olympus", "../etc/passwd"):
        with pytest.raises(UnknownZone):
            checked_zone(wrong)


def test_counting_ends_where_dates_do():
    calendar = Calendar("Pacific/Pago_Pago")

    assert calendar.add(date.max, 5) == date.max
    assert calendar.start_of(date.max).year == 9999


def test_holidays_are_read_line_by_line():
    pasted = "2027-12-24  Christmas Eve\n\n2027-01-01, New Year\n2027-01-01 New Year again"

    assert read_holidays(pasted) == [
        (date(2027, 1, 1), "New Year again"), (date(2027, 12, 24), "Christmas Eve")
    ]  # fmt: skip


@pytest.mark.parametrize("wrong", ["New Year", "2027-02-29 No such day", "2027-01-01", "1.1.2027 New Year"])
def test_a_line_that_is_no_holiday_is_named(wrong):
    with pytest.raises(NotAHoliday, match=r"2027|New Year"):
        read_holidays(f"2027-05-01 Labor Day\n{wrong}")


def test_federal_holidays_are_those_of_the_law():
    """As the Office of Personnel Management lists them for 2021, 2022 and 2027."""
    said = {year: [day.strftime("%m-%d") for day, _ in federal_holidays(year)] for year in (2021, 2022, 2027)}

    assert said == {
        2021: ["01-01", "01-18", "02-15", "05-31", "06-18", "07-05", "09-06", "10-11", "11-11", "11-25", "12-24",
               "12-31"],
        2022: ["01-17", "02-21", "05-30", "06-20", "07-04", "09-05", "10-10", "11-11", "11-24", "12-26"],
        2027: ["01-01", "01-18", "02-15", "05-31", "06-18", "07-05", "09-06", "10-11", "11-11", "11-25", "12-24",
               "12-31"],
    }  # fmt: skip
