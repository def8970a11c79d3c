"""A scanner at work: codes that are held before its window, and never two glued together."""

import time
from collections.abc import Mapping
from functools import partial
from typing import cast

from custodyd_drivers.contract import CodeScanned, CodeScanner, Driver
from custodyd_simulators.hands import Window
from custodyd_simulators.kit.bench import Stand
from custodyd_simulators.kit.exercises.exercise import Verb
from custodyd_simulators.kit.host import Host

_MARK = "KIT-"
_HELD_S = 0.8


class Codes:
    """See `Exercise`."""

    def __init__(self, stand: Stand) -> None:
        if not isinstance(stand.hand, Window):
            raise TypeError("a scanner's twin needs the hand Window")
        self._window = stand.hand
        self._held: set[str] = set()

    def came(self, driver: Driver) -> None:
        """Nothing is told to a scanner."""

    async def prepare(self, host: Host) -> None:
        """Nothing but a scanner."""

    async def seen(self, host: Host, seconds: float) -> bool:
        """One code after the other, each held for a while, until one is read."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            code = f"{_MARK}{len(self._held):06}-ABCDEFGH"
            self._held.add(code)
            if host.driver is not None:
                self._window.scan(code)
            if await host.until(partial(self._read, host, code), min(left, _HELD_S)):
                return True
        return False

    @staticmethod
    def _read(host: Host, code: str) -> bool:
        return any(isinstance(one, CodeScanned) and one.text == code for _, one in host.reports)

    async def act(self, driver: Driver) -> None:
        """Ask for a scan."""
        await cast("CodeScanner", driver).trigger()

    async def ask(self, driver: Driver) -> None:
        """A scanner knows nothing that could be asked."""

    def wrong(self, *, exact: bool) -> list[str]:
        """A trigger moves nothing."""
        return []

    def false(self, host: Host, *, exact: bool) -> list[str]:
        """Codes that nobody held; where bytes may be lost or changed, only those that were glued together."""
        texts = [one.text for _, one in host.reports if isinstance(one, CodeScanned)]
        if exact:
            return [f"read {text[:40]!r}, which nobody held" for text in texts if text not in self._held]
        return [f"two codes were glued to {text[:60]!r}" for text in texts if text.count(_MARK) > 1]

    def verbs(self) -> Mapping[str, Verb]:
        """The trigger."""
        return {"trigger": self.act}
