"""A lock bank at work: a door that a hand moves, and pulses that its coil counts."""

import time
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import cast

from custodyd_drivers.contract import DoorClosed, DoorOpened, Driver, LockBank
from custodyd_drivers.errors import DeviceError, LinkLost, NoReply
from custodyd_simulators.hands import Doors
from custodyd_simulators.kit.bench import Stand
from custodyd_simulators.kit.exercises.exercise import Verb
from custodyd_simulators.kit.host import Broken, Host

_AGAIN_S = 1.0
MOVED, PULSED, CANCELLED, ASKED = 1, 2, 3, 4  # doors, so that what is counted at one is not disturbed at another


class Locks:
    """See `Exercise`."""

    def __init__(self, stand: Stand) -> None:
        if not isinstance(stand.hand, Doors):
            raise TypeError("a lock bank's twin needs the hand Doors")
        self._doors = stand.hand
        self._commands: Counter[int] = Counter()
        self._accepted: Counter[int] = Counter()
        self._unsent: Counter[int] = Counter()

    def came(self, driver: Driver) -> None:
        """Nothing is told to a lock bank."""

    async def prepare(self, host: Host) -> None:
        """Every door is shut from the beginning."""

    async def seen(self, host: Host, seconds: float) -> bool:
        """The door moves the other way, and once more while no motion is reported."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            kind = DoorClosed if MOVED in self._doors.standing_open else DoorOpened
            since = time.monotonic()
            self._move(MOVED)
            if await host.until(partial(self._told, host, kind, since), min(left, _AGAIN_S)):
                return True
        return False

    @staticmethod
    def _told(host: Host, kind: type[DoorOpened | DoorClosed], since: float) -> bool:
        return any(at >= since and isinstance(one, kind) and one.door == MOVED for at, one in host.reports)

    def _move(self, door: int) -> None:
        (self._doors.shut if door in self._doors.standing_open else self._doors.open)(door)

    async def act(self, driver: Driver) -> None:
        """One pulse."""
        await self._pulse(driver, PULSED)

    async def _pulse(self, driver: Driver, door: int) -> None:
        self._commands[door] += 1
        try:
            await cast("LockBank", driver).pulse(door)
        except DeviceError as exc:
            self._unsent[door] += isinstance(exc, LinkLost) and not isinstance(exc, NoReply)
            raise
        self._accepted[door] += 1

    async def ask(self, driver: Driver) -> None:
        """The contacts, right after a door has moved: what was true before is not true any more."""
        self._move(ASKED)
        found = (await cast("LockBank", driver).contacts())[ASKED]
        if found != (ASKED in self._doors.standing_open):
            raise Broken(f"door {ASKED} was said to be as it had been before it moved")

    def wrong(self, *, exact: bool) -> list[str]:
        """Pulses that nobody asked for, and pulses that were promised and never felt."""
        found: list[str] = []
        for door, felt in self._doors.pulses.items():
            sent = self._commands[door] - self._unsent[door]
            if felt > sent:
                found.append(f"the coil of door {door} felt {felt} pulses, {sent} were sent")
            if felt < self._accepted[door]:
                found.append(f"{self._accepted[door]} pulses were called accepted, the coil of door {door} felt {felt}")
        return found

    def false(self, host: Host, *, exact: bool) -> list[str]:
        """Doors that nobody touched."""
        touched = {MOVED, PULSED, CANCELLED, ASKED}
        return [
            f"door {one.door} was called open, and nobody touched it"
            for _, one in host.reports
            if isinstance(one, DoorOpened) and one.door not in touched
        ]

    def verbs(self) -> Mapping[str, Verb]:
        """Both."""
        return {
            "pulse": lambda driver: self._pulse(driver, CANCELLED),
            "contacts": lambda driver: cast("LockBank", driver).contacts(),
        }
