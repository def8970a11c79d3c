"""QR and bar code scanners on a serial port, USB-CDC or as a USB keyboard; it must not know what a code means."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import cast

from custodyd_drivers.contract import Bus, Driver, Wire
from custodyd_drivers.scanner.settings import Settings

__all__ = ["FAMILY", "Settings"]


class _Family:
    """See `custodyd_drivers.contract.Family`."""

    name = "scanner"
    caption: Mapping[str, str] = MappingProxyType(
        {
            "zh-CN": "扫码器(任意串口或键盘口扫码枪、GM65/GM861/GM812、EM3095)",
            "en": "Code scanner (any gun on a serial port or as a keyboard, GM65/GM861/GM812, EM3095)",
        }
    )
    wire = Wire.PORT
    capability = "CodeScanner"
    settings: type = Settings

    def open(self, settings: object, bus: Bus | None = None) -> Driver:
        """A driver for one connection; raises TypeError for another family's settings or a bus."""
        if not isinstance(settings, Settings) or bus is not None:
            raise TypeError("a scanner takes its own settings and no bus")
        # by name, so that neither the daemon's check nor the twin pulls in the library behind the driver
        module = import_module("custodyd_drivers.scanner.driver")
        return cast("Driver", module.Scanner(settings))


FAMILY = _Family()
