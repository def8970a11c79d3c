"""A fingerprint reader at work: two enrolled fingers in turn, and never one taken for the other."""

import asyncio
import time
from collections.abc import Mapping
from typing import cast

from custodyd_drivers.contract import Driver, FingerMatched, FingerprintReader, Light
from custodyd_simulators.hands import Reader
from custodyd_simulators.kit.bench import Stand
from custodyd_simulators.kit.bounds import BOUNDS
from custodyd_simulators.kit.exercises.exercise import Verb
from custodyd_simulators.kit.host import Broken, Host

TOUCH_S = 0.5  # as long as an officer in a hurry
FREE_S = 0.5  # the glass is free for longer than a look, as between two people
ENROL_S = 20.0
SLOTS = {3: "kit-left", 7: "kit-right"}
EMPTY = 11
NEW = 9


class Fingers:
    """See `Exercise`."""

    def __init__(self, stand: Stand) -> None:
        if not isinstance(stand.hand, Reader):
            raise TypeError("a reader's twin needs the hand Reader")
        self._glass = stand.hand
        self._touches: list[tuple[float, float, int]] = []  # from, to, slot
        self._turn = 0

    def came(self, driver: Driver) -> None:
        """Nothing is told to a reader."""

    async def prepare(self, host: Host) -> None:
        """Enrol both fingers."""
        reader = cast("FingerprintReader", await host.up(BOUNDS["FingerprintReader"].start_s))
        for slot, finger in SLOTS.items():
            enrolling = asyncio.ensure_future(reader.enrol(slot, ENROL_S))
            while not enrolling.done():
                await self._touch(finger)
            await enrolling
        await self.ask(reader)

    async def _touch(self, finger: str) -> None:
        self._glass.press(finger)
        try:
            await asyncio.sleep(TOUCH_S)
        finally:
            self._glass.lift()
        await asyncio.sleep(FREE_S)

    async def seen(self, host: Host, seconds: float) -> bool:
        """The other finger than last time."""
        self._turn += 1
        slot = sorted(SLOTS)[self._turn % 2]
        began = time.monotonic()
        while (left := began + seconds - time.monotonic()) > 0:
            self._glass.press(SLOTS[slot])
            named = await host.until(lambda: self._named(host, slot, began), min(left, 2 * TOUCH_S))
            self._glass.lift()
            await asyncio.sleep(FREE_S)
            self._touches.append((began, time.monotonic(), slot))
            if named:
                return True
        return False

    @staticmethod
    def _named(host: Host, slot: int, since: float) -> bool:
        return any(at >= since and isinstance(one, FingerMatched) and one.slot == slot for at, one in host.reports)

    async def act(self, driver: Driver) -> None:
        """What moves nothing and leaves nothing behind: the light."""
        await cast("FingerprintReader", driver).light(Light.GOOD)

    async def ask(self, driver: Driver) -> None:
        """The slots."""
        found = await cast("FingerprintReader", driver).occupied()
        if found != SLOTS.keys():
            raise Broken(f"slots {sorted(found)} are said to be occupied, {sorted(SLOTS)} are")

    def wrong(self, *, exact: bool) -> list[str]:
        """A reader moves nothing."""
        return []

    def false(self, host: Host, *, exact: bool) -> list[str]:
        """A finger named that did not lie on the glass."""
        return [
            f"slot {one.slot} was named while the finger of slot {slot} lay on the glass"
            for at, one in host.reports
            for since, until, slot in self._touches
            if isinstance(one, FingerMatched) and since <= at <= until and one.slot != slot
        ]

    def verbs(self) -> Mapping[str, Verb]:
        """All but the token, which would make the reader another one."""

        async def enrol_and_lift(driver: Driver) -> None:
            self._glass.press("kit-new")  # never lifted, so that it is never stored
            try:
                await cast("FingerprintReader", driver).enrol(NEW, 2.0)
            finally:
                self._glass.lift()

        return {
            "occupied": lambda driver: cast("FingerprintReader", driver).occupied(),
            "light": self.act,
            "delete": lambda driver: cast("FingerprintReader", driver).delete(EMPTY),
            "enrol": enrol_and_lift,
        }
