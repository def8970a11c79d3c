"""The yearly holiday plans that came with the package chinesecalendar, and the only door to it."""

from datetime import date
from functools import cache

from chinese_calendar import __version__
from chinese_calendar.constants import holidays, workdays

from custodyd.law.calendar import YearPlan


@cache
def published() -> tuple[YearPlan, ...]:
    """Every year that the package knows whole (2004 to the newest plan it has seen)."""
    source = f"chinesecalendar {__version__}"
    years = sorted({day.year for day in holidays})
    return tuple(YearPlan(year, _of(holidays, year), _of(workdays, year), source) for year in years)


def _of(days: dict[date, str], year: int) -> frozenset[date]:
    return frozenset(day for day in days if day.year == year)
