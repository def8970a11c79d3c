"""The twin of relay boards with locks behind them, several on one simulated wire; it must not know a driver.

standing = TWIN.bus(BusSettings(port="..."), Path("buses/cabinet"))     a pty; TCP when the settings name a host
hand = TWIN.join(standing.hand, 3, Settings(...))                        a Doors hand for each bank
standing.wire.start()
"""

from pathlib import Path

from custodyd_drivers.link.modbus import BusSettings
from custodyd_drivers.modbus_relay.settings import Settings
from custodyd_simulators.bank import Bank
from custodyd_simulators.buses import stand_bus
from custodyd_simulators.hands import Standing
from custodyd_simulators.modbus_relay.board import Relays
from custodyd_simulators.modbus_relay.bus import Seat, SimulatedBus

__all__ = ["TWIN", "Bank", "RelayTwin", "Relays", "Seat", "SimulatedBus"]


class RelayTwin:
    """See `hands.BusTwin`."""

    def bus(self, settings: object, where: Path) -> Standing:
        """An empty simulated wire: a pty linked at `where`, or a port on loopback; `hand` is a SimulatedBus."""
        if not isinstance(settings, BusSettings):
            raise TypeError("a simulated bus takes the settings of a [bus.<id>] table")
        bus = SimulatedBus(numbered=settings.numbered)
        return stand_bus(bus, settings, where)

    def join(self, bus: object, unit: int, settings: object) -> Bank:
        """Put the board that these settings describe on `bus`; returns its hand, which fulfils `hands.Doors`."""
        if not isinstance(bus, SimulatedBus) or not isinstance(settings, Settings):
            raise TypeError("a relay board joins a simulated bus with its own settings")
        row = settings.profile
        bank = Bank(row.channels, open_when_high=settings.contact == "open_when_high", lock=bus.lock)
        bus.add(Relays(row, unit, bank, pulse_mode=settings.pulse_mode))
        return bank


TWIN = RelayTwin()
