"""Pauses between attempts: doubling with jitter, for ever, and at once when the configured path returns."""

import asyncio
import os
import random
from collections.abc import Callable

FIRST_S = 0.2
LONGEST_S = 10.0
LOOK_S = 0.2  # netlink is shut in the sandbox; a look at a path costs microseconds


class Backoff:
    """The pauses of one device. `path` is the port to look for, None where there is no hot-plug."""

    def __init__(self, path: str | None, chance: Callable[[], float] = random.random) -> None:
        self._path = path
        self._chance = chance
        self._pause = FIRST_S

    def reset(self) -> None:
        """The device was seen: begin anew."""
        self._pause = FIRST_S

    def _away(self) -> bool:
        return self._path is not None and not os.path.exists(self._path)

    async def wait(self) -> None:
        """Sleep until the next attempt is due, or the path that was away is there again."""
        left = self._pause * (0.75 + self._chance() / 2)
        self._pause = min(self._pause * 2, LONGEST_S)
        while left > 0:
            away = self._away()
            nap = min(left, LOOK_S)
            await asyncio.sleep(nap)
            left -= nap
            if away and not self._away():
                self._pause = FIRST_S
                return
