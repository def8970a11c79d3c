"""A scanner at work: codes that are held before its window, each once, and never two glued together."""

import time
from collections.abc import Mapping
from functools import partial
from typing import cast

from custodyd_drivers.contract import CodeScanned, CodeScanner, Driver
from custodyd_simulators.hands import Window
from custodyd_simulators.kit.exercises.exercise import Verb
from custodyd_simulators.kit.host import Host

_MARK = "KIT-"


class Codes:
    """See `Exercise`."""

    reports_within_s = 2.0

    def __init__(self, hand: object) -> None:
        if not isinstance(hand, Window):
            raise TypeError("a scanner's twin needs the hand Window")
        self._window = hand
        self._held: set[str] = set()

    async def prepare(self, host: Host) -> None:
        """Nothing but a scanner that is there."""
        await host.up(16)

    async def seen(self, host: Host, seconds: float) -> bool:
        """One code after the other, each held for a while, until one is read."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            code = f"{_MARK}{len(self._held):06}-ABCDEFGH"
            self._held.add(code)
            if host.driver is not None:
                self._window.scan(code)
            if await host.until(partial(self._read, host, code), min(left, 0.8)):
                return True
        return False

    @staticmethod
    def _read(host: Host, code: str) -> bool:
        return any(isinstance(one, CodeScanned) and one.text == code for _, one in host.reports)

    async def act(self, driver: Driver) -> None:
        """Ask for a scan."""
        await cast("CodeScanner", driver).trigger()

    def wrong(self, host: Host, *, exact: bool) -> list[str]:
        """Codes that nobody held; where bytes may be lost or changed, only those that were glued together."""
        texts = [one.text for _, one in host.reports if isinstance(one, CodeScanned)]
        if exact:
            return [f"read {text[:40]!r}, which nobody held" for text in texts if text not in self._held]
        return [f"two codes were glued to {text[:60]!r}" for text in texts if text.count(_MARK) > 1]

    def verbs(self) -> Mapping[str, Verb]:
        """The trigger."""
        return {"trigger": lambda driver: cast("CodeScanner", driver).trigger()}
