"""Civil time (law, stamps) and elapsed time (deadlines of machines); it knows no rule."""

import time
from datetime import datetime
from typing import Protocol

from custodyd.model.civil import CHINA, civil, micros

__all__ = ["CHINA", "Clock", "SimulatedClock", "SystemClock", "from_rfc3339", "rfc3339"]


class Clock(Protocol):
    """Both clocks, as every floor above takes them."""

    def civil(self) -> int:
        """Microseconds since 1970, UTC; may jump."""
        ...

    def elapsed(self) -> float:
        """Seconds that never jump and go on during suspend (CLOCK_BOOTTIME); real even in a simulation."""
        ...


class SystemClock:
    """The machine's clocks."""

    def civil(self) -> int:
        """Microseconds since 1970, UTC."""
        return time.time_ns() // 1000

    def elapsed(self) -> float:
        """Seconds since boot."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)


class SimulatedClock(SystemClock):
    """Civil time that a hand may push forward; elapsed time stays real."""

    def __init__(self, offset_us: int = 0) -> None:
        self._offset_us = offset_us

    def civil(self) -> int:
        """Simulated microseconds since 1970, UTC."""
        return super().civil() + self._offset_us

    def jump_to(self, civil_us: int) -> None:
        """Make it `civil_us` now."""
        self._offset_us += civil_us - self.civil()


def rfc3339(civil_us: int) -> str:
    """`2026-11-24T08:00:00.000001+08:00` in China's time, for people and the API."""
    return civil(civil_us).isoformat()


def from_rfc3339(text: str) -> int:
    """Microseconds of an RFC 3339 text; raises ValueError without an offset."""
    return micros(datetime.fromisoformat(text))
