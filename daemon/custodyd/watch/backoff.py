"""Pauses between attempts: doubling with jitter, for ever, and at once when something new stands at the path."""

import asyncio
import os
import random
from collections.abc import Callable

FIRST_S = 0.2
LONGEST_S = 10.0
LONGEST_BLIND_S = 1.5  # without a path nothing tells that the device returned, and two seconds later it is used
LOOK_S = 0.2  # netlink is shut in the sandbox, and a look costs microseconds: docs/decisions/0013

_Stood = tuple[int, int, int]


class Backoff:
    """The pauses of one device. `path` is the port to look for, None where there is no hot-plug."""

    def __init__(self, path: str | None, chance: Callable[[], float] = random.random) -> None:
        self._path = path
        self._chance = chance
        self._stood: _Stood | None = None
        self._pause = FIRST_S
        self._longest = LONGEST_S if path is not None else LONGEST_BLIND_S

    def reset(self) -> None:
        """The device worked: begin anew."""
        self._pause = FIRST_S

    def next(self) -> float:
        """The next pause in seconds: three quarters of the step or more, never beyond it."""
        pause = self._pause * (0.75 + self._chance() / 4)
        self._pause = min(self._pause * 2, self._longest)
        return pause

    def look(self) -> None:
        """Note what stands at the path: the attempt that follows is made with that."""
        self._stood = _stands(self._path)

    async def wait(self) -> None:
        """Sleep until the next attempt is due, or something stands at the path that the last attempt did not meet."""
        left = self.next()
        while left > 0:
            nap = min(left, LOOK_S)
            await asyncio.sleep(nap)
            left -= nap
            met, self._stood = self._stood, _stands(self._path)
            if self._stood not in (None, met):
                self.reset()
                return


def _stands(path: str | None) -> _Stood | None:
    """Which device node the path leads to; None while it leads nowhere. A node made anew is another one."""
    try:
        found = os.stat(path) if path is not None else None
    except OSError:
        return None
    return (found.st_dev, found.st_ino, found.st_ctime_ns) if found is not None else None
