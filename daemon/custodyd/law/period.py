"""One period counted to its end: hours, days, months, working days, pauses, rolling; it judges no document."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from custodyd.law.calendar import DAY, Calendar
from custodyd.law.counting import clamped_months_after, end_of, midnight, months_after, stood_still
from custodyd.law.errors import NoCalendar
from custodyd.law.given import Pause
from custodyd.law.length import Length
from custodyd.law.limit import Limit
from custodyd.law.line import Line

_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class Count:
    """Where a count has come to; `unrolled`, `conservative` and `arguable` are other readings, where there are any."""

    due: datetime
    lines: list[Line]
    unrolled: datetime | None = None
    conservative: datetime | None = None
    arguable: datetime | None = None
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Period:
    """What is counted from `start`; `held` = whether a person is, None where nobody knows."""

    limit: Limit
    start: datetime
    calendar: Calendar
    pauses: Sequence[Pause] = field(default=())
    held: bool | None = None

    def ends(self, total: Length) -> Count:
        """Count `total`; raises NoCalendar for working days beyond the known years."""
        if total.unit == "h":
            return self._hours(total.amount)
        if total.unit == "wd":
            return self._workdays(total.amount)
        count = self._days(total.amount) if total.unit == "d" else self._months(total.amount)
        self._roll(count)
        return count

    def _hours(self, hours: int) -> Count:
        due = self.start + hours * _HOUR
        count = Count(due, [Line("hours", {"count": hours, "to": due.isoformat()})])
        self._stand_still(count, by_day=False)
        count.lines.append(Line("unrolled", {"why": "never-hours"}))
        if not self.limit.exact:
            # "the hour of the start is not counted": from the next full hour
            count.arguable = count.due - self.start + self.start.replace(minute=0) + _HOUR
            count.lines.append(Line("arguable", {"to": count.arguable.isoformat()}))
        return count

    def _days(self, days: int) -> Count:
        last = self.start.date() + days * DAY
        count = Count(end_of(last), [Line("days", {"count": days, "to": last.isoformat()})])
        self._stand_still(count, by_day=True)
        return count

    def _months(self, months: int) -> Count:
        last = months_after(self.start.date(), months)
        count = Count(end_of(last), [Line("months", {"count": months, "to": last.isoformat()})])
        self._stand_still(count, by_day=True)
        if not self.limit.earliest:
            added = count.due - end_of(last)
            day = clamped_months_after(self.start.date(), months) - DAY
            count.conservative = end_of(day) + added
            count.lines.append(Line("conservative", {"to": (day + added).isoformat()}))
        return count

    def _workdays(self, days: int) -> Count:
        stand = [(midnight(one.begin), midnight(one.end)) for one in self.pauses]
        found: list[str] = []
        day = self.start.date()
        while len(found) < days:
            day += DAY
            still = any(begin < end_of(day) <= end for begin, end in stand)
            if self.calendar.is_workday(day) and not still:
                found.append(day.isoformat())
        lines = [Line("paused", {"count": 0, "unit": "workdays", **_pause(one)}) for one in self.pauses]
        counted = Line("workdays", {"count": days, "days": tuple(found), "document": self.calendar.document(day)})
        return Count(end_of(day), [*lines, counted])

    def _stand_still(self, count: Count, *, by_day: bool) -> None:
        unit, one = ("days", DAY) if by_day else ("minutes", _MINUTE)
        for pause, added in stood_still(self.pauses, self.start, count.due, by_day=by_day):
            count.due += added
            to = (count.due - DAY).date().isoformat() if by_day else count.due.isoformat()
            count.lines.append(Line("paused", {"count": added // one, "unit": unit, "to": to, **_pause(pause)}))

    def _roll(self, count: Count) -> None:
        last = (count.due - DAY).date()
        if self.limit.rolling != "roll" or self.held:
            why = "held" if self.limit.rolling == "roll" else self.limit.rolling
            count.lines.append(Line("unrolled", {"why": why}))
            return
        try:
            off = tuple(self._days_off(last))
        except NoCalendar as exc:
            count.provisional = True
            count.lines.append(Line("provisional", {"year": exc.year}))
            return
        count.lines += self._moved(count, last, off)

    def _moved(self, count: Count, last: date, off: Sequence[date]) -> Iterator[Line]:
        if not off:
            yield Line("workday", {"day": last.isoformat(), "document": self.calendar.document(last)})
        elif self.held is None:
            yield Line("unrolled", {"why": "held-unknown"})
        else:
            count.unrolled = count.due
            count.due += len(off) * DAY
            days = tuple(day.isoformat() for day in off)
            to = (last + len(off) * DAY).isoformat()
            yield Line("roll", {"days": days, "to": to, "document": self.calendar.document(last)})

    def _days_off(self, day: date) -> Iterator[date]:
        while not self.calendar.is_workday(day):
            yield day
            day += DAY


def _pause(one: Pause) -> dict[str, str]:
    begin, end = one.begin.isoformat(), one.end.isoformat()
    return {"begin": begin, "end": end, "reason": one.reason, "document": one.document}
