"""What drivers of one device leave behind: awaits and threads that do not end, open descriptors; it ends none of them.

Closing a descriptor under its holder would free its number for the next file, which the holder would then close.
"""

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from custodyd.watch.bounded import Bounded
from custodyd_drivers.contract import Driver, Threaded


@dataclass(slots=True)
class Leftovers:
    """Of one device."""

    awaits: Sequence[Bounded]
    _threads: list[threading.Thread] = field(default_factory=list[threading.Thread])

    def note(self, driver: Driver) -> None:
        """After its `close`: threads that are still there."""
        if isinstance(driver, Threaded):
            self._threads += driver.threads

    def count(self, path: str | None) -> int:
        """How much has not ended by now, descriptors of its port at `path` among it."""
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        return len(self._threads) + sum(len(each.stuck) for each in self.awaits) + len(descriptors(path))


def descriptors(path: str | None) -> Sequence[int]:
    """Numbers of this process's descriptors that lead to what stands at `path`."""
    port = os.path.realpath(path) if path is not None and os.path.exists(path) else None
    return [number for number in map(int, os.listdir("/proc/self/fd")) if port is not None and _leads(number) == port]


def _leads(number: int) -> str:
    try:
        return os.readlink(f"/proc/self/fd/{number}")
    except OSError:  # closed since it was listed
        return ""
