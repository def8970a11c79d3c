"""The twin of KERONG boards with locks behind them, several on one simulated wire; it must not know a driver.

standing = TWIN.bus(BusSettings(port="..."), Path("buses/property"))     a pty; TCP when the settings name a host
hand = TWIN.join(standing.hand, 0, Settings(...))                         a Doors hand for each bank
standing.wire.start()
"""

from pathlib import Path

from custodyd_drivers.kerong.settings import BusSettings, Settings
from custodyd_simulators.bank import Bank
from custodyd_simulators.buses import stand_bus
from custodyd_simulators.hands import Standing
from custodyd_simulators.kerong.board import Board
from custodyd_simulators.kerong.line import Seat, SimulatedLine

__all__ = ["TWIN", "Board", "KerongTwin", "Seat", "SimulatedLine"]


class KerongTwin:
    """See `hands.BusTwin`."""

    def bus(self, settings: object, where: Path) -> Standing:
        """An empty simulated wire: a pty linked at `where`, or a port on loopback; `hand` is a SimulatedLine."""
        if not isinstance(settings, BusSettings):
            raise TypeError("a simulated KERONG bus takes the settings of its [bus.<id>] table")
        return stand_bus(SimulatedLine(), settings, where)

    def join(self, bus: object, unit: int, settings: object) -> Bank:
        """Put the board that these settings describe on `bus`; returns its hand, which fulfils `hands.Doors`."""
        if not isinstance(bus, SimulatedLine) or not isinstance(settings, Settings):
            raise TypeError("a KERONG board joins a simulated KERONG bus with its own settings")
        bank = Bank(settings.locks, open_when_high=settings.contact == "open_when_high", lock=bus.lock)
        bus.add(Board(settings.dialect, unit, bank))
        return bank


TWIN = KerongTwin()
