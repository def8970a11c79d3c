"""holidays.d/<year>.toml → the plan of one year, checked against the days that are always off.

Source: 全国年节及纪念日放假办法 (2024-11-10) art. 2; the plan itself is a yearly notice of the State Council's office.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from custodyd.law.calendar import YearPlan
from custodyd.settings.convert import table
from custodyd.settings.lawbook.shape import Holidays
from custodyd.settings.mistakes import Findings, Mistake
from custodyd.settings.source import read

_ALWAYS = ((1, 1), (5, 1), (10, 1), (10, 2), (10, 3))
"""Months and days that no plan leaves out; the others move with the moon."""
_SATURDAY, _DECEMBER = 5, 12
_YEARS = range(2004, 2100)


def plan(file: Path, found: list[Mistake]) -> YearPlan | None:
    """The plan in `file`; None with mistakes added to `found`. Raises Mistakes for a file that cannot be read."""
    document = read(file)
    findings = Findings(file, document.places, found)
    before = len(found)
    good = table(findings, (), document.data, Holidays)
    if not file.stem.isdecimal() or int(file.stem) not in _YEARS:
        findings.add((), "settings.holidays.name", named=file.name)
    if len(found) > before:
        return None
    year, off, on = int(file.stem), good["off"], good.get("on", [])
    _days(findings, year, off, on)
    return YearPlan(year, frozenset(off), frozenset(on), good["document"])


def _days(findings: Findings, year: int, off: Sequence[date], on: Sequence[date]) -> None:
    for key, days in (("off", off), ("on", on)):
        for index, day in enumerate(days):
            if day.year != year and (day.year, day.month) != (year - 1, _DECEMBER):
                findings.add((key, index), "settings.holidays.year", found=day, year=year)
            elif key == "on" and day.weekday() < _SATURDAY:
                findings.add((key, index), "settings.holidays.weekday", found=day)
            elif key == "on" and day in off:
                findings.add((key, index), "settings.holidays.both", found=day)
    for month, number in _ALWAYS:
        day = date(year, month, number)
        if day not in off:
            findings.add(("off",), "settings.holidays.always", day=day.isoformat())
