"""A condition of the station that stands until it is over, in plain values; it must not know how it is noticed."""

from dataclasses import dataclass
from typing import Literal

AlarmName = Literal[
    "storage-full",
    "storage-read-only",
    "storage-failing",
    "record-broken",
    "record-quarantined",
    "disk-low",
    "emergency-owed",
    "device-blind",
    "clock-impossible",
    "clock-unsynced",
    "settings-mistaken",
    "settings-waiting",
    "calendar-short",
    "calendar-ending",
]


@dataclass(frozen=True, slots=True)
class Alarm:
    """One condition: its sentence is `alarm.<name>`; `device` and `why` where it is about one; `since` is civil."""

    name: AlarmName
    device: str = ""
    why: str = ""
    since: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same alarm a moment later."""
        return self.name, self.device
