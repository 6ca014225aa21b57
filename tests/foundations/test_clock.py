from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from cass_portal.clock import add_working_days, as_of, now, today


@time_machine.travel(datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), tick=False)
def test_now_is_aware_and_in_utc():
    assert now() == datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert today() == date(2026, 12, 31)


def test_as_of_pretends_only_inside():
    past = datetime(2020, 2, 29, tzinfo=UTC)

    with as_of(past):
        inside = now()
        with as_of(past - timedelta(days=1)):
            deeper = now()
        again = now()

    assert (inside, deeper, again) == (past, past - timedelta(days=1), past)
    assert now() > past


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        (date(2026, 11, 20), 1, date(2026, 11, 23)),  # Friday to Monday
        (date(2026, 11, 21), 1, date(2026, 11, 23)),  # from a Saturday
        (date(2026, 11, 23), 5, date(2026, 11, 30)),
        (date(2028, 2, 28), 2, date(2028, 3, 1)),  # over a leap day
        (date(2026, 11, 23), 0, date(2026, 11, 23)),
    ],
)
def test_working_days_leave_out_weekends(start, days, expected):
    assert add_working_days(start, days) == expected
