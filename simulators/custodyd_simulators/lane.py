"""One direction of a wire: what is said passes the faults and is delivered when it is due; it knows no descriptor."""

import heapq
import itertools
from collections.abc import Callable

from custodyd_simulators.faults import Faults


class Lane:
    """Bytes on their way to `deliver`. Not thread-safe: its wire calls it under its lock, with `now` monotonic."""

    def __init__(self, deliver: Callable[[bytes], None], faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self._deliver = deliver
        self._due: list[tuple[float, int, bytes]] = []
        self._order = itertools.count()
        self._last_due = 0.0

    def put(self, data: bytes, now: float) -> None:
        """Send one utterance through the faults, after all that was put before."""
        when = max(now, self._last_due)
        for after, part in self.faults.utter(data):
            when += after
            if part:
                heapq.heappush(self._due, (when, next(self._order), part))
        self._last_due = when

    def inject(self, data: bytes, now: float) -> None:
        """Send bytes past the faults and past what waits."""
        heapq.heappush(self._due, (now, next(self._order), data))

    def deliver(self, now: float) -> None:
        """Hand over everything that is due."""
        while self._due and self._due[0][0] <= now:
            self._deliver(heapq.heappop(self._due)[2])

    def pause(self, now: float, longest: float) -> float:
        """Seconds until something is due, at most `longest`."""
        return min(longest, max(0.0, self._due[0][0] - now)) if self._due else longest

    def forget(self) -> None:
        """What was under way is lost."""
        self._due.clear()
        self._last_due = 0.0
        self.faults.forget()
