"""A simulated bus with boards, and the real bus that speaks to it, for the tests of both."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from custodyd_drivers.link.modbus import BusSettings, open_bus
from custodyd_drivers.link.modbus.bus import ModbusBus
from custodyd_drivers.modbus_relay.driver import RelayBank
from custodyd_drivers.modbus_relay.settings import Settings
from custodyd_simulators.modbus_relay import TWIN, Bank, SimulatedBus
from custodyd_simulators.wires import Wire

KINDS = ("pty", "socket", "rtu")
TIMEOUT_S = 0.1


def bank_settings(unit: int = 1, **keys: Any) -> Settings:
    return Settings(**{"bus": "b", "unit": unit, "board": "waveshare-8", "contact": "open_when_high", **keys})


@dataclass
class Rig:
    """One wire with its twin side (`sim`, `wire`, `hands` by unit) and its host side (`bus`)."""

    wire: Wire
    sim: SimulatedBus
    hands: dict[int, Bank]
    host: BusSettings
    bus: ModbusBus

    def bank(self, unit: int = 1, **keys: Any) -> RelayBank:
        return RelayBank(bank_settings(unit, **keys), self.bus)

    async def new_bus(self) -> ModbusBus:
        await self.bus.close()
        self.bus = open_bus(self.host)
        await self.bus.start()
        return self.bus


@asynccontextmanager
async def rig(
    kind: str, where: Path, units: Sequence[int] = (1,), timeout_s: float = TIMEOUT_S, **keys: Any
) -> AsyncIterator[Rig]:
    """Everything started; `keys` go to the board's settings."""
    speaks: dict[str, Any] = {"baudrate": 115200} if kind == "pty" else {"framer": kind}
    address: dict[str, Any] = {"port": "replaced"} if kind == "pty" else {"host": "replaced"}
    standing = TWIN.bus(BusSettings(**address, **speaks), where / "bus")
    sim = cast("SimulatedBus", standing.hand)
    hands = {unit: TWIN.join(sim, unit, bank_settings(unit, **keys)) for unit in units}
    standing.wire.start()
    host = BusSettings(**cast("dict[str, Any]", dict(standing.transport)), **speaks, timeout_s=timeout_s)
    found = Rig(standing.wire, sim, hands, host, open_bus(host))
    try:
        await found.bus.start()
        yield found
    finally:
        await found.bus.close()
        standing.wire.close()


async def until(fact: Callable[[], object], seconds: float = 3.0) -> None:
    """Wait for a fact, at most so long."""
    async with asyncio.timeout(seconds):
        while not fact():  # noqa: ASYNC110 - the fact happens on the twin's thread
            await asyncio.sleep(0.002)
