"""SMS service centres that speak SMPP 3.4; it knows no person and no reminder."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import cast

from custodyd_drivers.contract import Bus, Driver, Wire
from custodyd_drivers.smpp.settings import Settings

__all__ = ["FAMILY", "Settings"]


class _Family:
    """See `custodyd_drivers.contract.Family`."""

    name = "smpp"
    caption: Mapping[str, str] = MappingProxyType(
        {
            "zh-CN": "短信中心(SMPP 3.4)",
            "en": "SMS service centre (SMPP 3.4)",
        }
    )
    wire = Wire.NET
    capability = "SmsGateway"
    settings: type = Settings

    def open(self, settings: object, bus: Bus | None = None) -> Driver:
        """A driver for one connection; raises TypeError for another family's settings or a bus."""
        if not isinstance(settings, Settings) or bus is not None:
            raise TypeError("a smpp takes its own settings and no bus")
        # by name, so that neither the daemon's check nor the twin pulls in the driver
        module = import_module("custodyd_drivers.smpp.driver")
        return cast("Driver", module.Gateway(settings))


FAMILY = _Family()
