"""Days, months and standing clocks by arithmetic alone; it must not know which law is counted.

Sources: CPL art. 105 and AR art. 35 (the day of the start is not counted), SPC21 art. 202 (months).
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta

from custodyd.law.given import Pause
from custodyd.model.civil import CHINA


def minute(moment: datetime) -> datetime:
    """The minute in Beijing in which `moment` lies: papers know no seconds. Raises ValueError without an offset."""
    if moment.tzinfo is None:
        raise ValueError("a time needs its offset, as in 2026-11-24T08:00:00+08:00")
    return moment.astimezone(CHINA).replace(second=0, microsecond=0)


def midnight(moment: datetime) -> datetime:
    """The beginning of its day in Beijing."""
    return datetime.combine(moment.astimezone(CHINA).date(), time(), CHINA)


def end_of(day: date) -> datetime:
    """24:00 of `day`, as 00:00 of the next."""
    return datetime.combine(day, time(), CHINA) + timedelta(days=1)


def last_day(end: datetime) -> date:
    """The day whose 24:00 is `end`."""
    return (end - timedelta(days=1)).date()


def _ahead(day: date, months: int) -> tuple[int, int, int]:
    """(year, month, its number of days), so many months ahead."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return year, month + 1, monthrange(year, month + 1)[1]


def months_after(day: date, months: int) -> date:
    """The same day so many months ahead; from a month's last day to a month's last day (SPC21 art. 202)."""
    year, month, longest = _ahead(day, months)
    from_last = day.day == monthrange(day.year, day.month)[1]
    return date(year, month, longest if from_last else min(day.day, longest))


def clamped_months_after(day: date, months: int) -> date:
    """The same day, or the month's last where there is none; from 28 February to the 28th."""
    year, month, longest = _ahead(day, months)
    return date(year, month, min(day.day, longest))


def stood_still(
    pauses: Iterable[Pause], start: datetime, end: datetime, *, by_day: bool
) -> Iterator[tuple[Pause, timedelta]]:
    """Each pause that moves `end`, with what it adds: overlapping time once, time before `start` not at all.

    By day the difference of the two dates counts, else the minutes. A pause that begins after the end moves nothing.
    """
    place = midnight if by_day else minute
    reached = place(start)
    for one in sorted(pauses, key=lambda pause: pause.begin):
        begin, stop = place(one.begin), place(one.end)
        if begin >= end:
            return
        added = stop - max(begin, reached)
        if added > timedelta():
            yield one, added
            end += added
            reached = stop
