"""Working days and days off, of the years whose plan is known; a year that is not known is never guessed.

Source: 全国年节及纪念日放假办法 (2024) with the State Council's plan of each year. A make-up workday (调休上班) is a
workday; a Saturday or Sunday without one is a day off.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from typing import Literal

from custodyd.law.errors import NoCalendar

DAY = timedelta(days=1)
EARLY_DAYS, LATE_DAYS = 120, 60
"""Days of calendar left at which an alarm begins, and at which it becomes urgent [ours]."""
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class YearPlan:
    """The plan of one year: days off that are not plain weekends, make-up workdays, and the document that says so.

    A plan may also change December of the year before it, as that of 2019 did.
    """

    year: int
    off: frozenset[date]
    on: frozenset[date]
    document: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """Known plans by year."""

    plans: Mapping[int, YearPlan] = field(default_factory=dict[int, YearPlan])
    _off: frozenset[date] = frozenset()
    _on: frozenset[date] = frozenset()

    @classmethod
    def of(cls, plans: Iterable[YearPlan]) -> "Calendar":
        """Put plans together; a later plan of a year replaces the earlier one, and says last what a day is."""
        by_year = {plan.year: plan for plan in plans}
        off: set[date] = set()
        on: set[date] = set()
        for year in sorted(by_year):
            plan = by_year[year]
            off = (off - plan.on) | plan.off
            on = (on - plan.off) | plan.on
        return cls(MappingProxyType(by_year), frozenset(off), frozenset(on))

    def is_workday(self, day: date) -> bool:
        """Whether offices work on `day`; raises NoCalendar."""
        if day.year not in self.plans:
            raise NoCalendar(day.year)
        return day in self._on or (day.weekday() < _SATURDAY and day not in self._off)

    def document(self, day: date) -> str:
        """The plan that decides about `day`; raises NoCalendar."""
        if day.year not in self.plans:
            raise NoCalendar(day.year)
        return self.plans[day.year].document

    def without(self, year: int) -> "Calendar":
        """The same calendar cut off before `year`."""
        return Calendar.of(plan for plan in self.plans.values() if plan.year < year)

    def days_left(self, today: date) -> int:
        """Days after `today` up to the first whose year is not known; 0 where today's own is not."""
        year = self.first_missing(today)
        return (date(year, 1, 1) - today).days - 1 if year > today.year else 0

    def first_missing(self, today: date) -> int:
        """The first year from today's on that is not known."""
        year = today.year
        while year in self.plans:
            year += 1
        return year


Stage = Literal["early", "late"]


def stage(days_left: int) -> Stage | None:
    """How urgently the next year's plan is wanted; None while there is time."""
    if days_left < LATE_DAYS:
        return "late"
    return "early" if days_left < EARLY_DAYS else None
