"""Statutory periods: how long, from when, until when, and why; pure, it reads no file and no clock.

`deadline(limit, start, calendar=…)` is the door; data and calendars are handed in by `settings`.
"""

from custodyd.law.calendar import Calendar, YearPlan
from custodyd.law.dataset import DataSet
from custodyd.law.deadline import Deadline, before, deadline
from custodyd.law.errors import LawError, NoCalendar, NoLength, WrongWay
from custodyd.law.given import Extension, Pause
from custodyd.law.length import Length
from custodyd.law.limit import Basis, ExtensionRule, Instrument, Limit, Version, Words
from custodyd.law.line import Line, evaluate

__all__ = [
    "Basis",
    "Calendar",
    "DataSet",
    "Deadline",
    "Extension",
    "ExtensionRule",
    "Instrument",
    "LawError",
    "Length",
    "Limit",
    "Line",
    "NoCalendar",
    "NoLength",
    "Pause",
    "Version",
    "Words",
    "WrongWay",
    "YearPlan",
    "before",
    "deadline",
    "evaluate",
]
