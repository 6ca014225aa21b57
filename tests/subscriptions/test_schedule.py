"""When digests are due where clocks are changed, and windows that leave nothing out."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cass_portal.subscriptions.lifecycle import Frequency
from cass_portal.subscriptions.schedule import latest_due, next_due, window, zone_named

DAILY, WEEKLY = Frequency.DAILY, Frequency.WEEKLY
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kwajalein",
)
RUNS = [
    ("UTC", DAILY, "2026-12-30T08:00", ["12-31T08:00", "01-01T08:00"]),
    ("Europe/Berlin", DAILY, "2026-03-28T07:00", ["03-29T06:00", "03-30T06:00"]),
    ("Europe/Berlin", DAILY, "2026-10-24T06:00", ["10-25T07:00", "10-26T07:00"]),
    ("Europe/Berlin", WEEKLY, "2026-03-23T07:00", ["03-30T06:00", "04-06T06:00"]),
    ("America/New_York", DAILY, "2026-03-07T13:00", ["03-08T12:00", "03-09T12:00"]),
    ("America/New_York", WEEKLY, "2026-10-26T12:00", ["11-02T13:00", "11-09T13:00"]),
    ("Australia/Lord_Howe", DAILY, "2026-04-03T21:00", ["04-04T21:30", "04-05T21:30"]),
    ("Australia/Lord_Howe", DAILY, "2026-10-02T21:30", ["10-03T21:00", "10-04T21:00"]),
    ("Pacific/Apia", DAILY, "2011-12-29T17:59", ["12-29T18:00", "12-30T18:00", "12-31T18:00"]),
    ("Pacific/Kwajalein", DAILY, "1969-09-28T21:00", ["09-29T21:00", "10-01T20:00"]),
    ("Asia/Kathmandu", DAILY, "2026-05-01T02:15", ["05-02T02:15"]),
    ("UTC", DAILY, "2028-02-28T08:00", ["02-29T08:00", "03-01T08:00"]),
    ("UTC", WEEKLY, "2026-12-28T08:00", ["01-04T08:00"]),
    ("Mars/Olympus", DAILY, "2026-01-01T00:00", ["01-01T08:00"]),
]
INSTANTS = st.datetimes(datetime(1965, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
FREQUENCIES = st.sampled_from([DAILY, WEEKLY])


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(("zone", "frequency", "after", "due"), RUNS)
def test_digests_are_due_at_eight_on_the_subscribers_clock(zone, frequency, after, due):
    at, found = utc(after), []
    for _ in due:
        at = next_due(at, frequency, zone)
        found.append(f"{at:%m-%dT%H:%M}")

    assert found == due


@pytest.mark.parametrize(
    "name", ["Mars/Olympus", "", "Europe", "../etc/passwd", "/etc/passwd", "a\0b", "é" * 300]
)
def test_a_zone_that_nobody_knows_is_utc(name):
    assert zone_named(name) == UTC


def test_nothing_is_due_in_between():
    with pytest.raises(ValueError, match="no digest is immediately"):
        next_due(utc("2026-01-01"), Frequency.IMMEDIATELY, "UTC")


def test_missed_runs_are_one_window():
    told_until = utc("2026-05-01T08:00")

    assert window(told_until, utc("2026-05-20T07:59"), DAILY, "UTC") == (told_until, utc("2026-05-19T08:00"))


def test_window_that_was_told_is_not_told_again():
    told_until = utc("2026-05-01T08:00")

    assert window(told_until, utc("2026-05-02T07:59:59"), DAILY, "UTC") is None
    assert window(told_until, utc("2026-04-01T08:00"), DAILY, "UTC") is None
    assert window(told_until, utc("2026-05-02T08:00"), DAILY, "UTC") == (told_until, utc("2026-05-02T08:00"))


@given(at=INSTANTS, frequency=FREQUENCIES, zone=st.sampled_from(ZONES))
def test_next_and_latest_due_instants_are_neighbors(at, frequency, zone):
    following, latest = next_due(at, frequency, zone), latest_due(at, frequency, zone)

    assert latest <= at < following
    assert next_due(latest, frequency, zone) == following
    assert latest_due(following, frequency, zone) == following
    assert latest_due(following - timedelta(microseconds=1), frequency, zone) == latest


@given(
    start=INSTANTS,
    looks=st.lists(st.tuples(st.timedeltas(timedelta(days=-9), timedelta(days=20)), st.sampled_from(ZONES))),
    frequency=FREQUENCIES,
)
def test_windows_tile_time_whatever_the_clock_and_the_zone_do(start, looks, frequency):
    at = told_until = start
    windows = []
    for step, zone in looks:
        at += step
        found = window(told_until, at, frequency, zone)
        if found is not None:
            windows.append(found)
            told_until = found[1]
            assert told_until <= at < next_due(told_until, frequency, zone)
        assert window(told_until, at, frequency, zone) is None

    assert all(begin < end for begin, end in windows)
    assert all(one[1] == other[0] for one, other in pairwise([(start, start), *windows]))
