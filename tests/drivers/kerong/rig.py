"""A simulated wire with KERONG boards, and the real bus that speaks to it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from custodyd_drivers.kerong import CU16_BUS, CU48_BUS
from custodyd_drivers.kerong.driver import KerongBank
from custodyd_drivers.kerong.settings import BusSettings, Settings
from custodyd_drivers.kerong.wire import KerongBus
from custodyd_simulators.bank import Bank
from custodyd_simulators.kerong import TWIN, Seat, SimulatedLine
from custodyd_simulators.wires import Wire

KINDS = ("pty", "tcp")
BOARDS = ("cu16", "cu48")
TIMEOUT_S = 0.12


def bank_settings(unit: int = 0, **keys: Any) -> Settings:
    return Settings(**{"bus": "b", "unit": unit, "board": "cu48", **keys})


@dataclass
class Rig:
    """One wire with its twin side (`sim`, `wire`, `hands` by unit) and its host side (`bus`)."""

    wire: Wire
    sim: SimulatedLine
    hands: dict[int, Bank]
    host: BusSettings
    bus: KerongBus
    keys: dict[str, Any]

    def bank(self, unit: int = 0, **keys: Any) -> KerongBank:
        return KerongBank(bank_settings(unit, **{**self.keys, **keys}), self.bus)

    def seat(self, unit: int = 0) -> Seat:
        return self.sim.seat(unit)

    def unlocks(self, unit: int = 0) -> int:
        """How many unlock commands the board carried out."""
        return self.seat(unit).board.unlocks

    async def new_bus(self) -> KerongBus:
        await self.bus.close()
        self.bus = KerongBus(self.host)
        await self.bus.start()
        return self.bus


@asynccontextmanager
async def rig(where: Path, kind: str = "pty", units: Sequence[int] = (0,), **keys: Any) -> AsyncIterator[Rig]:
    """Everything started; `keys` go to each board's settings."""
    address: dict[str, Any] = {"port": "replaced"} if kind == "pty" else {"host": "replaced"}
    standing = TWIN.bus(BusSettings(**address), where / "bus")
    sim = cast("SimulatedLine", standing.hand)
    hands = {unit: TWIN.join(sim, unit, bank_settings(unit, **keys)) for unit in units}
    standing.wire.start()
    host = BusSettings(**cast("dict[str, Any]", dict(standing.transport)), timeout_s=TIMEOUT_S)
    kinds = {"cu16": CU16_BUS, "cu12": CU16_BUS, "cu48": CU48_BUS}
    bus = cast("KerongBus", kinds[keys.get("board", "cu48")].open(host))
    found = Rig(standing.wire, sim, hands, host, bus, keys)
    try:
        await found.bus.start()
        yield found
    finally:
        await found.bus.close()
        standing.wire.close()
