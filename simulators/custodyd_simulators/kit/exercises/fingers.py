"""A fingerprint reader at work: two enrolled fingers in turn, and never one taken for the other."""

import asyncio
import time
from collections.abc import Mapping
from typing import cast

from custodyd_drivers.contract import Driver, FingerMatched, FingerprintReader, Light
from custodyd_simulators.hands import Reader
from custodyd_simulators.kit.exercises.exercise import Verb
from custodyd_simulators.kit.host import Broken, Host

TOUCH_S = 0.5  # as long as an officer in a hurry
ENROL_S = 20.0
SLOTS = {3: "kit-left", 7: "kit-right"}


class Fingers:
    """See `Exercise`."""

    reports_within_s = 3.0

    def __init__(self, hand: object) -> None:
        if not isinstance(hand, Reader):
            raise TypeError("a reader's twin needs the hand Reader")
        self._glass = hand
        self._touches: list[tuple[float, float, int]] = []  # from, to, slot
        self._turn = 0

    async def prepare(self, host: Host) -> None:
        """Enrol both fingers."""
        reader = cast("FingerprintReader", await host.up(16))
        for slot, finger in SLOTS.items():
            enrolling = asyncio.ensure_future(reader.enrol(slot, ENROL_S))
            while not enrolling.done():
                await self._touch(finger)
            await enrolling
        if not SLOTS.keys() <= await reader.occupied():
            raise Broken("a finger was enrolled, and its slot is not occupied")

    async def _touch(self, finger: str, seconds: float = TOUCH_S) -> None:
        self._glass.press(finger)
        try:
            await asyncio.sleep(seconds)
        finally:
            self._glass.lift()
        await asyncio.sleep(0.3)

    async def seen(self, host: Host, seconds: float) -> bool:
        """The other finger than last time."""
        self._turn += 1
        slot = sorted(SLOTS)[self._turn % 2]
        began = time.monotonic()
        while (left := began + seconds - time.monotonic()) > 0:
            self._glass.press(SLOTS[slot])
            named = await host.until(lambda: self._named(host, slot, began), min(left, 2 * TOUCH_S))
            self._glass.lift()
            self._touches.append((began, time.monotonic(), slot))
            if named:
                await asyncio.sleep(0.5)  # the glass is free for longer than a look, as between two people
                return True
            await asyncio.sleep(min(0.3, left))
        return False

    @staticmethod
    def _named(host: Host, slot: int, since: float) -> bool:
        return any(at >= since and isinstance(one, FingerMatched) and one.slot == slot for at, one in host.reports)

    async def act(self, driver: Driver) -> None:
        """Nothing that moves: the slots, which must be what was enrolled."""
        if await cast("FingerprintReader", driver).occupied() != SLOTS.keys():
            raise Broken("the occupied slots are not those that were enrolled")

    def wrong(self, host: Host, *, exact: bool) -> list[str]:
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
            self._glass.press("kit-new")
            try:
                await cast("FingerprintReader", driver).enrol(9, 2.0)
            finally:
                self._glass.lift()

        return {
            "occupied": lambda driver: cast("FingerprintReader", driver).occupied(),
            "light": lambda driver: cast("FingerprintReader", driver).light(Light.WORKING),
            "delete": lambda driver: cast("FingerprintReader", driver).delete(11),
            "enrol": enrol_and_lift,
        }
