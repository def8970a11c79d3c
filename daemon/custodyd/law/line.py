"""The explanation of a deadline: a list of steps that people read and a machine can do again.

A line is an operation with its operands; what it gives is written beside them, and `evaluate` believes none of it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from custodyd.law.counting import clamped_months_after, end_of, months_after
from custodyd.model.civil import civil

Value = str | int | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One step: `op` names the sentence `law.line_<op>`; times are ISO 8601 with +08:00, days `2026-11-25`."""

    op: str
    values: Mapping[str, Value] = field(default_factory=dict[str, Value], hash=False)

    def text(self, name: str) -> str:
        """An operand as text, empty where there is none."""
        return str(self.values.get(name, ""))

    def number(self, name: str) -> int:
        """An operand as a number; raises ValueError where it is none."""
        return int(self.text(name))

    def days(self) -> tuple[str, ...]:
        """The days that are listed."""
        found = self.values.get("days", ())
        return tuple(found) if isinstance(found, list | tuple) else ()


@dataclass(slots=True)
class _Sum:
    at: datetime = field(default_factory=lambda: civil(0))
    by_day: bool = False  # it ends with a day, and this is the last one
    day: date = date.min
    clamped: date = date.min
    readings: dict[str, datetime] = field(default_factory=dict[str, datetime])

    @property
    def now(self) -> datetime:
        return end_of(self.day) if self.by_day else self.at


def _start(total: _Sum, line: Line) -> None:
    total.at = datetime.fromisoformat(line.text("at"))


def _hours(total: _Sum, line: Line) -> None:
    total.at += timedelta(hours=line.number("count"))


def _days(total: _Sum, line: Line) -> None:
    total.by_day = True
    total.day = total.at.date() + timedelta(days=line.number("count"))


def _months(total: _Sum, line: Line) -> None:
    total.by_day = True
    total.day = months_after(total.at.date(), line.number("count"))
    total.clamped = clamped_months_after(total.at.date(), line.number("count"))


def _workdays(total: _Sum, line: Line) -> None:
    total.by_day = True
    total.day = date.fromisoformat(line.days()[line.number("count") - 1])


def _paused(total: _Sum, line: Line) -> None:
    if line.text("unit") == "minutes":
        total.at += timedelta(minutes=line.number("count"))
    elif line.text("unit") == "days":
        total.day += timedelta(days=line.number("count"))
        total.clamped += timedelta(days=line.number("count"))


def _roll(total: _Sum, line: Line) -> None:
    total.readings["unrolled"] = end_of(total.day)
    total.day += timedelta(days=len(line.days()))


def _conservative(total: _Sum, _: Line) -> None:
    total.readings["conservative"] = end_of(total.clamped - timedelta(days=1))


def _back(total: _Sum, line: Line) -> None:
    total.at -= timedelta(days=line.number("count"))


def _alarm(total: _Sum, line: Line) -> None:
    total.readings["alarm"] = total.readings.get(line.text("reading"), total.now)


_STEPS: Mapping[str, Callable[[_Sum, Line], None]] = {
    "start": _start,
    "hours": _hours,
    "days": _days,
    "months": _months,
    "workdays": _workdays,
    "paused": _paused,
    "roll": _roll,
    "conservative": _conservative,
    "back": _back,
    "alarm": _alarm,
}
"""What changes the sum; every other line only says why."""


def evaluate(lines: Iterable[Line]) -> tuple[datetime, datetime]:
    """Do the steps again from their operands alone: (due, alarm), the ends of days as 00:00 of the next."""
    total = _Sum()
    for line in lines:
        step = _STEPS.get(line.op)
        if step is not None:
            step(total, line)
    return total.now, total.readings.get("alarm", total.now)
