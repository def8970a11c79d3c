"""Pauses between attempts: doubling with jitter, for ever, and at once when the configured path returns."""

import asyncio
import os
import random
from collections.abc import Callable

FIRST_S = 0.2
LONGEST_S = 10.0
LONGEST_BLIND_S = 2.0  # without a path nothing tells that the device returned
LOOK_S = 0.2  # netlink is shut in the sandbox; a look at a path costs microseconds


class Backoff:
    """The pauses of one device. `path` is the port to look for, None where there is no hot-plug."""

    def __init__(self, path: str | None, chance: Callable[[], float] = random.random) -> None:
        self._path = path
        self._chance = chance
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

    def _away(self) -> bool:
        return self._path is not None and not os.path.exists(self._path)

    async def wait(self) -> None:
        """Sleep until the next attempt is due, or the path that was away is there again."""
        left = self.next()
        while left > 0:
            away = self._away()
            nap = min(left, LOOK_S)
            await asyncio.sleep(nap)
            left -= nap
            if away and not self._away():
                self.reset()
                return
