"""How much a driver may say: a device tells what people and doors do, and that is little; it knows no device."""

from collections.abc import Callable
from dataclasses import dataclass

from custodyd_drivers.contract import Answered, Report

WINDOW_S = 10.0
NEWS_MOST = 500  # in one window: fifty times what people do at a cabinet; a bank tells all its doors at the start
SIGNS_MOST = 5_000  # of life
UNLIMITED = frozenset({"WristbandReceiver"})  # how often bands are heard is their maker's choice, and costs no entry


class Flooded(Exception):
    """More came than any device can have to tell."""


@dataclass(slots=True)
class Flow:
    """Counts the reports of one driver in windows of elapsed time."""

    elapsed: Callable[[], float]
    limited: bool = True
    _began: float = float("-inf")
    _signs: int = 0
    _news: int = 0

    def take(self, report: Report) -> None:
        """One more; raises Flooded."""
        now = self.elapsed()
        if now - self._began > WINDOW_S:
            self._began, self._signs, self._news = now, 0, 0
        alive = isinstance(report, Answered)
        self._signs += alive
        self._news += not alive
        if self.limited and (self._signs > SIGNS_MOST or self._news > NEWS_MOST):
            raise Flooded
