"""The numbers of a period, counted from entries alone: docs/reports.md says the same as a query."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from custodyd.clock import CHINA
from custodyd.model.entry import Entry
from custodyd.reports.periods import Period

NOBODY = ""
"""Stands for the officer of a clock that belongs to no case, or to a case without one."""


@dataclass(slots=True)
class Tally:
    """Clocks whose end lies in the period: met in time, met late, missed = still open after their end."""

    in_time: int = 0
    late: int = 0
    missed: int = 0

    @property
    def due(self) -> int:
        """All of them that can be judged."""
        return self.in_time + self.late + self.missed

    @property
    def score(self) -> int | None:
        """Thousandths that were met in time; None where nothing was due."""
        return round(1000 * self.in_time / self.due) if self.due else None


@dataclass(slots=True)
class Clock:
    """A clock as the entries leave it."""

    name: str
    case: str
    due: int | None
    ended: int | None = None
    met: bool = False


@dataclass(slots=True)
class Figures:
    """Tallies of the unit, of each officer (pseudonym) and of each clock's name; levels reached per day and colour.

    `waiting` = clocks that run and have not ended by `until`; `overdue` = those of them whose end has passed.
    """

    period: Period
    until: int
    unit: Tally = field(default_factory=Tally)
    officers: dict[str, Tally] = field(default_factory=dict[str, Tally])
    clocks: dict[str, Tally] = field(default_factory=dict[str, Tally])
    steps: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    waiting: int = 0
    overdue: int = 0

    @property
    def ranking(self) -> list[tuple[str, Tally]]:
        """Officers by the part met in time, then by how much was due; those with nothing due are left out."""
        judged = [(person, tally) for person, tally in self.officers.items() if tally.due and person != NOBODY]
        return sorted(judged, key=lambda one: (-(one[1].score or 0), -one[1].due, one[0]))


def figures(period: Period, now: int, entries: Iterable[Entry]) -> Figures:
    """Count; `entries` = all of `case.`, `clock.`, `reminder.`, each in order. Later ones than `now` pass by."""
    until = min(period.end, now)
    leads: dict[str, str] = {}
    clocks: dict[str, Clock] = {}
    found = Figures(period, until)
    for entry in entries:
        if entry.recorded < until:
            _take(entry, leads, clocks, found)
    for clock in clocks.values():
        _judge(clock, leads.get(clock.case, NOBODY), found)
    return found


def _take(entry: Entry, leads: dict[str, str], clocks: dict[str, Clock], found: Figures) -> None:
    data = entry.data
    match entry.kind:
        case "case.officer.assigned" if data["part"] == "lead":
            leads[entry.case or ""] = entry.subject or NOBODY
        case "clock.started":
            clocks[data["id"]] = Clock(data["name"], entry.case or "", data.get("due"))
        case "clock.moved" if data["id"] in clocks and data.get("due") is not None:
            clocks[data["id"]].due = data["due"]
        case "clock.ended" if data["id"] in clocks:
            clocks[data["id"]].ended, clocks[data["id"]].met = entry.recorded, bool(data["met"])
        case "reminder.step.reached" if entry.recorded >= found.period.start:
            found.steps[_day(entry.recorded), data["colour"]] += 1
        case _:
            pass


def _judge(clock: Clock, officer: str, found: Figures) -> None:
    if clock.due is None:
        return
    if clock.ended is None:
        found.waiting += 1
        found.overdue += clock.due < found.until
    if not found.period.start <= clock.due < found.until or (clock.ended is not None and not clock.met):
        return  # not due here, or waited for no longer
    for tally in (
        found.unit, found.officers.setdefault(officer, Tally()), found.clocks.setdefault(clock.name, Tally())
    ):  # fmt: skip
        if clock.ended is None:
            tally.missed += 1
        elif clock.ended <= clock.due:
            tally.in_time += 1
        else:
            tally.late += 1


def _day(moment: int) -> str:
    return datetime.fromtimestamp(moment // 1_000_000, CHINA).date().isoformat()
