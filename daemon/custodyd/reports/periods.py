"""The civil day, week, month or quarter in which a moment lies, in China's time; pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from custodyd.clock import CHINA, from_rfc3339
from custodyd.model.facts.reports import PeriodKind


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` up to and without `end` (microseconds UTC); `days` are its civil days, as `2026-11-25`."""

    kind: PeriodKind
    start: int
    end: int
    days: tuple[str, ...]


def period(kind: PeriodKind, moment: int) -> Period:
    """The period of this kind that holds `moment`; a week begins on Monday."""
    day = datetime.fromtimestamp(moment // 1_000_000, CHINA).replace(hour=0, minute=0, second=0)
    if kind == "week":
        day -= timedelta(days=day.weekday())
    elif kind == "month":
        day = day.replace(day=1)
    elif kind == "quarter":
        day = day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    end = _after(kind, day)
    days = tuple((day + timedelta(days=number)).date().isoformat() for number in range((end - day).days))
    return Period(kind, from_rfc3339(day.isoformat()), from_rfc3339(end.isoformat()), days)


def _after(kind: PeriodKind, first: datetime) -> datetime:
    if kind in ("day", "week"):
        return first + timedelta(days=1 if kind == "day" else 7)
    month = first.month + (1 if kind == "month" else 3)
    return first.replace(year=first.year + (month - 1) // 12, month=(month - 1) % 12 + 1)
