"""The package's calendar against the plan of 2026 as it was published."""

from datetime import date

import pytest
from tests.daemon.law.support import CALENDAR

from custodyd.law import Calendar, NoCalendar
from custodyd.law.calendar import DAY
from custodyd.law.published import published


def test_the_package_and_the_published_plan_agree_on_every_day_of_2026() -> None:
    packaged = Calendar.of(published())
    year = [date(2026, 1, 1) + number * DAY for number in range(365)]
    assert [day for day in year if packaged.is_workday(day) != CALENDAR.is_workday(day)] == []


def test_the_package_knows_2004_and_refuses_what_is_before() -> None:
    packaged = Calendar.of(published())
    assert not packaged.is_workday(date(2004, 1, 1))
    with pytest.raises(NoCalendar):
        packaged.is_workday(date(2003, 12, 31))
