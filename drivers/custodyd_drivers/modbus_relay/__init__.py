"""Lock banks on Modbus relay boards (Waveshare, DAM0808) on a shared wire; it must not know what a door guards."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import cast

from custodyd_drivers.contract import Bus, Driver, Wire
from custodyd_drivers.link import modbus
from custodyd_drivers.modbus_relay.settings import Settings

__all__ = ["FAMILY", "Settings"]


class _Family:
    """See `custodyd_drivers.contract.Family`."""

    name = "modbus_relay"
    caption: Mapping[str, str] = MappingProxyType(
        {
            "zh-CN": "Modbus 继电器锁控板(微雪 Waveshare、聚英 DAM0808)",
            "en": "Lock bank on a Modbus relay board (Waveshare, DAM0808)",
        }
    )
    wire = Wire.BUS
    capability = "LockBank"
    settings: type = Settings

    def protocol(self, settings: object) -> str:
        """Modbus, whatever the board."""
        return modbus.BUS.name

    def open(self, settings: object, bus: Bus | None = None) -> Driver:
        """A driver for one connection over a started ModbusBus; raises TypeError for anything else."""
        if not isinstance(settings, Settings) or bus is None:
            raise TypeError("a modbus_relay bank takes its own settings and a Modbus bus")
        # by name, so that neither the daemon's check nor the twin pulls in the library behind the driver
        module = import_module("custodyd_drivers.modbus_relay.driver")
        return cast("Driver", module.RelayBank(settings, bus))


FAMILY = _Family()
