"""devices.toml: a whole station, checked so that every mistake is told at once; it imports no driver and no library."""

from custodyd.settings.known import Known, installed
from custodyd.settings.load import load
from custodyd.settings.mistakes import Mistake, Mistakes
from custodyd.settings.nouns import (
    Bus,
    Cabinet,
    Device,
    Door,
    Holding,
    Ladder,
    LoanLadder,
    Reminders,
    Role,
    Room,
    Rung,
    Settings,
)
from custodyd.settings.schema import schema
from custodyd.settings.shape import Limits, Simulation, Station
from custodyd.settings.source import digest

__all__ = [
    "Bus",
    "Cabinet",
    "Device",
    "Door",
    "Holding",
    "Known",
    "Ladder",
    "Limits",
    "LoanLadder",
    "Mistake",
    "Mistakes",
    "Reminders",
    "Role",
    "Room",
    "Rung",
    "Settings",
    "Simulation",
    "Station",
    "digest",
    "installed",
    "load",
    "schema",
]
