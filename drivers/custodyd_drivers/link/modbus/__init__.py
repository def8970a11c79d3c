"""The Modbus wire that several devices share, the only door to pymodbus; it knows requests and units, no device.

    bus = open_bus(settings)          no I/O yet; settings is the [bus.<id>] table
    await bus.start()                 raises LinkLost
    answer = await bus.ask(unit, read_inputs(0, 8), urgent=False)
    await bus.close()                 every exchange under way ends; a new object for every attempt

One thread owns the wire: one request outstanding, commands before polls, nothing ever repeated by itself.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from custodyd_drivers.link.breaker import BreakerState
from custodyd_drivers.link.exchange import Answer, Handed, Misfit
from custodyd_drivers.link.modbus.requests import (
    Request,
    bits,
    read_coils,
    read_inputs,
    read_registers,
    registers,
    write_coil,
    write_coils,
    write_registers,
)
from custodyd_drivers.link.modbus.settings import BusSettings, Framer, Parity

if TYPE_CHECKING:
    from custodyd_drivers.link.modbus.bus import ModbusBus

__all__ = [
    "BUS",
    "Answer",
    "BreakerState",
    "BusSettings",
    "Framer",
    "Handed",
    "Misfit",
    "Parity",
    "Request",
    "bits",
    "open_bus",
    "read_coils",
    "read_inputs",
    "read_registers",
    "registers",
    "write_coil",
    "write_coils",
    "write_registers",
]


def open_bus(settings: object) -> "ModbusBus":
    """A bus for one connection; imports pymodbus only now, does no I/O; raises TypeError for other settings."""
    if not isinstance(settings, BusSettings):
        raise TypeError("a Modbus bus takes the settings of a [bus.<id>] table")
    # only now, so that `custodyd check` does without the library
    from custodyd_drivers.link.modbus.bus import ModbusBus

    return ModbusBus(settings)


class _Modbus:
    """See `custodyd_drivers.contract.BusKind`."""

    name = "modbus"
    caption: Mapping[str, str] = MappingProxyType({"zh-CN": "Modbus 总线", "en": "Modbus wire"})
    settings: type = BusSettings

    def open(self, settings: object) -> "ModbusBus":
        """See `open_bus`."""
        return open_bus(settings)


BUS = _Modbus()
