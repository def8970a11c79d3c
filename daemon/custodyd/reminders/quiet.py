"""Quiet hours and digest times: moments of a day in China; it must not know what waits for them.

Minutes count from midnight; moments are microseconds UTC.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from custodyd.clock import CHINA

_DAY = timedelta(days=1)


def civil_day(now: int) -> date:
    """The day in China in which a moment lies."""
    return datetime.fromtimestamp(now // 1_000_000, CHINA).date()


def at(day: date, minute: int) -> int:
    """The moment of a minute of a day."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=CHINA)
    return int((midnight + timedelta(minutes=minute)).timestamp()) * 1_000_000


def tomorrow(now: int) -> int:
    """The next midnight."""
    return at(civil_day(now) + _DAY, 0)


def quiet_until(now: int, quiet: tuple[int, int] | None) -> int:
    """The end of the quiet hours (from, to; past midnight where `to` is the smaller) that hold `now`, else `now`."""
    if quiet is None:
        return now
    begin, end = quiet
    for day in (civil_day(now) - _DAY, civil_day(now)):
        last = at(day if begin < end else day + _DAY, end)
        if at(day, begin) <= now < last:
            return last
    return now


def next_digest(now: int, minutes: Sequence[int]) -> int:
    """The first of these times of day at or after `now`; `now` where there are none."""
    if not minutes:
        return now
    moments = (at(day, minute) for day in (civil_day(now), civil_day(now) + _DAY) for minute in minutes)
    return min(moment for moment in moments if moment >= now)
