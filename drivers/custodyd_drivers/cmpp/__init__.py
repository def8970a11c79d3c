"""SMS gateways of China Mobile and of police networks that speak CMPP 2.0 or 3.0; it knows no person, no reminder."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import cast

from custodyd_drivers.cmpp.settings import Settings
from custodyd_drivers.contract import Bus, Driver, Wire

__all__ = ["FAMILY", "Settings"]


class _Family:
    """See `custodyd_drivers.contract.Family`."""

    name = "cmpp"
    caption: Mapping[str, str] = MappingProxyType(
        {
            "zh-CN": "短信网关(CMPP 2.0/3.0:中国移动、公安短信平台)",
            "en": "SMS gateway (CMPP 2.0 and 3.0: China Mobile, police message platforms)",
        }
    )
    wire = Wire.NET
    capability = "SmsGateway"
    settings: type = Settings

    def open(self, settings: object, bus: Bus | None = None) -> Driver:
        """A driver for one connection; raises TypeError for another family's settings or a bus."""
        if not isinstance(settings, Settings) or bus is not None:
            raise TypeError("a cmpp takes its own settings and no bus")
        # by name, so that neither the daemon's check nor the twin pulls in the driver
        module = import_module("custodyd_drivers.cmpp.driver")
        return cast("Driver", module.Gateway(settings))


FAMILY = _Family()
