"""A supervisor over real twins on real wires, with a record that only remembers."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from custodyd.clock import SystemClock
from custodyd.model.entry import Draft, Entry
from custodyd.watch import Buses, Supervisor, Target
from custodyd_drivers.catalogue import families
from custodyd_drivers.contract import Bus, Driver
from custodyd_drivers.link.modbus import BusSettings, open_bus
from custodyd_simulators.modbus_relay import TWIN as RELAYS
from custodyd_simulators.wires import Wire
from custodyd_simulators.zfm import TWIN as READER


class Record:
    """Keeps what happened, and wakes whoever waits for it."""

    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self._came = asyncio.Event()

    async def happened(self, *drafts: Draft) -> tuple[Entry, ...]:
        self.drafts += drafts
        self._came.set()
        return ()

    def of(self, device: str) -> list[str]:
        return [draft.fact.kind for draft in self.drafts if draft.device == device]

    async def until(self, device: str, *kinds: str, within: float) -> float:
        """Wait until the device's newest entries are these; seconds that took."""
        began = time.monotonic()
        async with asyncio.timeout(within):
            while self.of(device)[-len(kinds) :] != list(kinds):
                self._came.clear()
                await self._came.wait()
        return time.monotonic() - began


async def nothing(*_: object) -> None:
    """Nobody listens."""


def target(device: str, family: str, settings: object, **more: Any) -> Target:
    """A device of an installed family."""
    found = families()[family]

    def make(bus: Bus | None) -> Driver:
        return found.open(settings, bus)

    told: dict[str, Callable[..., Awaitable[None]]] = {"seen": nothing, "report": nothing, "blind": nothing}
    return Target(device, found.capability, make, **{**told, **more})


@dataclass
class Reader:
    """A reader on a pty of its own."""

    wire: Wire
    settings: object

    @property
    def path(self) -> str:
        return str(cast("Any", self.settings).port)

    def target(self, device: str, **more: Any) -> Target:
        return target(device, "zfm", self.settings, path=self.path, **more)


def reader(where: Path) -> Reader:
    settings = cast("Any", families()["zfm"].settings)
    standing = READER.stand(settings(port="replaced"), where)
    standing.wire.start()
    return Reader(standing.wire, settings(**dict(standing.transport)))


@dataclass
class Wired:
    """Two lock banks on one simulated bus."""

    wire: Wire
    settings: BusSettings

    def target(self, device: str, unit: int, **more: Any) -> Target:
        made = cast("Any", families()["modbus_relay"].settings)
        own = made(bus="locks", unit=unit, board="waveshare-8", contact="open_when_high")
        return target(device, "modbus_relay", own, bus="locks", path=self.settings.port, **more)

    def buses(self) -> Buses:
        return Buses({"locks": lambda: open_bus(self.settings)})


def bus(where: Path) -> Wired:
    standing = RELAYS.bus(BusSettings(port="replaced", baudrate=115200), where)
    made = cast("Any", families()["modbus_relay"].settings)
    for unit in (1, 2):
        RELAYS.join(standing.hand, unit, made(bus="locks", unit=unit, board="waveshare-8", contact="open_when_high"))
    standing.wire.start()
    port = str(standing.transport["port"])
    return Wired(standing.wire, BusSettings(port=port, baudrate=115200))


@dataclass
class House:
    """What a test holds in its hand."""

    supervisor: Supervisor
    record: Record
    clock: SystemClock = field(default_factory=SystemClock)


@asynccontextmanager
async def watching(*targets: Target, buses: Buses | None = None, record: Record | None = None) -> AsyncGenerator[House]:
    record, clock = record or Record(), SystemClock()
    supervisor = Supervisor(targets, buses or Buses({}), record, clock)
    running = asyncio.create_task(supervisor.run())
    try:
        yield House(supervisor, record, clock)
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
