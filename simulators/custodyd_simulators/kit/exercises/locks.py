"""A lock bank at work: a door that a hand moves, and pulses that its coil counts."""

import time
from collections.abc import Mapping
from typing import cast

from custodyd_drivers.contract import DoorClosed, DoorOpened, Driver, LockBank
from custodyd_drivers.errors import DeviceError, LinkLost, NoReply
from custodyd_simulators.hands import Doors
from custodyd_simulators.kit.exercises.exercise import Verb
from custodyd_simulators.kit.host import Host

MOVED, PULSED, CANCELLED = 1, 2, 3  # doors, so that what is counted at one is not disturbed at another


class Locks:
    """See `Exercise`."""

    reports_within_s = 2.0

    def __init__(self, hand: object) -> None:
        if not isinstance(hand, Doors):
            raise TypeError("a lock bank's twin needs the hand Doors")
        self._doors = hand
        self._acts = 0
        self._accepted = 0
        self._unsent = 0

    async def prepare(self, host: Host) -> None:
        """Every door is shut."""
        await host.up(16)

    async def seen(self, host: Host, seconds: float) -> bool:
        """The door moves the other way."""
        opening = MOVED not in self._doors.standing_open
        kind = DoorOpened if opening else DoorClosed
        since = time.monotonic()
        (self._doors.open if opening else self._doors.shut)(MOVED)
        return await host.until(
            lambda: any(at >= since and isinstance(one, kind) and one.door == MOVED for at, one in host.reports),
            seconds,
        )

    async def act(self, driver: Driver) -> None:
        """One pulse, counted by what the driver says of it."""
        self._acts += 1
        try:
            await cast("LockBank", driver).pulse(PULSED)
        except DeviceError as exc:
            self._unsent += isinstance(exc, LinkLost) and not isinstance(exc, NoReply)
            raise
        self._accepted += 1

    def wrong(self, host: Host, *, exact: bool) -> list[str]:
        """Pulses that nobody asked for, and pulses that were promised and never felt."""
        felt = self._doors.pulses.get(PULSED, 0)
        found: list[str] = []
        if felt > self._acts - self._unsent:
            found.append(f"the coil felt {felt} pulses for {self._acts} commands, {self._unsent} of them never sent")
        if felt < self._accepted:
            found.append(f"{self._accepted} pulses were called accepted, the coil felt {felt}")
        return found

    def verbs(self) -> Mapping[str, Verb]:
        """Both."""
        return {
            "pulse": lambda driver: cast("LockBank", driver).pulse(CANCELLED),
            "contacts": lambda driver: cast("LockBank", driver).contacts(),
        }
